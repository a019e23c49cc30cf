package io.specoffload.engine;

import io.specoffload.hardware.HardwareProfile;
import io.specoffload.plan.Demand;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a planner may decide, and from what. The configuration's own values hold for everything else, and for all of it
 * where there is no hardware profile.
 *
 * @param hardware the machine; null for no plan
 * @param demand what to plan for
 * @param open values that the planner chooses
 */
public record Planning(@Nullable HardwareProfile hardware, Demand demand, Set<Knob> open) {

    /** A value that a planner may choose. */
    public enum Knob {
        SLOTS,
        CANDIDATES,
        STAGING,
        PREFILL_CHUNK,
        /**
         * Whether the draft model is loaded, where candidates are open too. What is not loaded cannot show how often it is
         * right: to be open only where that is known.
         */
        DRAFT_MODEL,
        /** The type of the KV cache: 8 bits where they promise a tenth more; tokens may then differ from the configured type's. */
        KV_TYPE,
        /** The same, but only where nothing fits otherwise. */
        KV_TYPE_TO_FIT
    }

    /** Everything as it is configured. */
    public static final Planning NONE = new Planning(null, Demand.TYPICAL, EnumSet.noneOf(Knob.class));

    public Planning {
        open = Collections.unmodifiableSet(open.isEmpty() ? EnumSet.noneOf(Knob.class) : EnumSet.copyOf(open));
    }
}
