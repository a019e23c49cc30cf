package io.specoffload.plan;

import io.specoffload.hardware.HostSpec;
import io.specoffload.hardware.PassCosts;
import io.specoffload.hardware.PassCosts.AttentionCost;
import io.specoffload.tensor.DType;
import java.util.Map;

/** What a pass costs beside its matrix products on a machine of which a profile says only bandwidth and products. */
final class TypicalCosts {

    /** Attention computes with short vectors of scattered rows: this share of what matrix products reach. */
    private static final double ATTENTION_SHARE = 0.3;

    /** Columns at which a curve shows what arithmetic alone allows. */
    private static final int MANY_COLUMNS = 32;

    private static final double PRODUCT_SECONDS = 2e-6;
    private static final double LAYER_SECONDS = 10e-6;

    /** Of one core. */
    private static final double ELEMENT_SECONDS = 1.5e-9;

    private static final double LOGIT_SECONDS = 1e-9;

    /** A multiplication and an addition with a key, and the same with a value. */
    private static final double FLOP_PER_SCORE = 4;

    private TypicalCosts() {}

    static PassCosts of(HostSpec host, DType cache) {
        double peak = host.gigaflops().values().stream()
                .mapToDouble(curve -> curve.gigaflops(MANY_COLUMNS))
                .max()
                .orElseThrow();
        AttentionCost attention = new AttentionCost(
                1 / host.ramReadBytesPerSecond().at(host.cores()), FLOP_PER_SCORE / (ATTENTION_SHARE * peak * 1e9));
        return new PassCosts(
                PRODUCT_SECONDS,
                LAYER_SECONDS,
                ELEMENT_SECONDS / host.cores(),
                LOGIT_SECONDS,
                Map.of(cache, attention));
    }
}
