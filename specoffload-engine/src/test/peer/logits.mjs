// Writes llama.cpp's logits of the models that PeerModels has written: NAME.logits.f32, little-endian float32,
// [tokens][vocabulary]. Argument: the folder. See README.md.
import {readFileSync, writeFileSync} from "node:fs";
import path from "node:path";
import {getLlama} from "node-llama-cpp";

const folder = path.resolve(process.argv[2]);
const {models, tokens} = JSON.parse(readFileSync(path.join(folder, "cases.json"), "utf8"));
const llama = await getLlama({gpu: false, build: "never", progressLogs: false, maxThreads: 2});
console.log("llama.cpp", JSON.stringify(llama.llamaCppRelease));

for (const name of models) {
    try {
        const model = await llama.loadModel({modelPath: path.join(folder, name + ".gguf"), gpuLayers: 0, useMmap: false});
        const context = await model.createContext({
            contextSize: 512,
            batchSize: 512,
            flashAttention: false,
            // the cache in float32 as in the comparison's other half
            experimentalKvCacheKeyType: "F32",
            experimentalKvCacheValueType: "F32"
        });
        const results = await context.getSequence().controlledEvaluate(
            tokens.map((token) => [token, {generateNext: {logits: true, options: {temperature: 0}}}])
        );
        const vocabulary = results[0].next.logits.size;
        const values = new Float32Array(tokens.length * vocabulary);
        results.forEach((result, row) => {
            for (const [token, logit] of result.next.logits)
                values[row * vocabulary + token] = logit;
        });
        writeFileSync(path.join(folder, name + ".logits.f32"), Buffer.from(values.buffer));
        console.log(name, tokens.length, "x", vocabulary);
        await context.dispose();
        await model.dispose();
    } catch (error) {
        console.log(name, "failed:", error.message);
    }
}
await llama.dispose();
