package io.specoffload.engine;

import io.specoffload.plan.PlanReport;
import io.specoffload.plan.Prediction;
import io.specoffload.plan.Setting;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A plan as nested maps, for JSON: what the command {@code plan} prints and Actuator shows. */
public final class PlanView {

    private PlanView() {}

    /** All of a plan. */
    public static Map<String, Object> of(EnginePlan plan) {
        PlanReport report = plan.report();
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("demand", report.demand());
        view.putAll(prediction(report.best()));
        view.put("loadsDraftModel", plan.loadsDraftModel());
        view.put("memory", memory(plan.memory()));
        view.put(
                "runnersUp",
                report.runnersUp().stream()
                        .map(other -> {
                            Map<String, Object> entry = new LinkedHashMap<>();
                            entry.put("reason", other.reason());
                            entry.putAll(prediction(other.prediction()));
                            return entry;
                        })
                        .toList());
        view.put("settings", report.settings());
        view.put("tried", report.tried());
        view.put("tooLarge", report.tooLarge());
        view.put("searchSeconds", plan.searchSeconds());
        return view;
    }

    private static Map<String, Object> prediction(Prediction prediction) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("policy", policy(prediction));
        Map<String, Object> predicted = new LinkedHashMap<>();
        predicted.put("tokensPerSecond", prediction.tokensPerSecond());
        predicted.put("secondsPerToken", prediction.secondsPerToken());
        predicted.put("tokensPerRound", prediction.tokensPerRound());
        predicted.put("roundSeconds", prediction.roundSeconds());
        predicted.put("diskSeconds", prediction.diskSeconds());
        predicted.put("computeSeconds", prediction.computeSeconds());
        predicted.put("draftSeconds", prediction.draftSeconds());
        predicted.put("stalledSeconds", prediction.stalledSeconds());
        predicted.put("pauseSeconds", prediction.pauseSeconds());
        predicted.put("streamedBytes", prediction.streamedBytes());
        view.put("predicted", predicted);
        view.put("bindingResource", prediction.binding().name().toLowerCase(Locale.ROOT));
        return view;
    }

    private static Map<String, Object> policy(Prediction prediction) {
        Setting setting = prediction.setting();
        Map<String, Object> policy = new LinkedHashMap<>();
        policy.put("slots", setting.slots());
        policy.put("groups", setting.groups());
        policy.put("candidates", setting.candidates());
        policy.put("prefillChunk", setting.prefillChunk());
        policy.put("stagingBytes", prediction.streams() ? (@Nullable Long) setting.stagingBytes() : null);
        policy.put("kvType", setting.kvType().name().toLowerCase(Locale.ROOT));
        return policy;
    }

    private static Map<String, Object> memory(MemoryPlan plan) {
        Map<String, Object> memory = new LinkedHashMap<>();
        memory.put("budget", plan.budget());
        memory.put("total", plan.totalBytes());
        memory.put("items", plan.items());
        memory.put("streams", plan.streams());
        return memory;
    }
}
