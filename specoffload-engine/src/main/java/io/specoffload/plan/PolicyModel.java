package io.specoffload.plan;

import java.util.Optional;

/** Says what a setting would do on some machine. Pure. */
@FunctionalInterface
public interface PolicyModel {

    /** The prediction, or none where the setting does not fit into memory. */
    Optional<Prediction> predict(Setting setting, Demand demand);
}
