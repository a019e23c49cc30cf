package io.specoffload.plan;

import java.util.Optional;

/** Says what a setting would do on some machine. */
public interface PolicyModel {

    /** The prediction, or none where the setting does not fit into memory. */
    Optional<Prediction> predict(Setting setting, Demand demand);

    /**
     * What no staging depth from the setting's own on can surpass: rounds are no longer, and tokens no fewer, than with any
     * of them. None where not even the setting itself fits into memory, nor any deeper one.
     */
    Optional<Prediction> bound(Setting setting, Demand demand);
}
