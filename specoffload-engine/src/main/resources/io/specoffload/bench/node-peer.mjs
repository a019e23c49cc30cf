// Times llama.cpp's passes by token ids for the bench command, through node-llama-cpp's binding.
// Reads one JSON request per line, answers with one line each. Argument: URL of node-llama-cpp's entry module.
import {createInterface} from "node:readline";

const {getLlama} = await import(process.argv[2]);
const {readFileSync} = await import("node:fs");
const version = JSON.parse(readFileSync(new URL("../package.json", process.argv[2]))).version;

let llama;
let model;
let context;
let sampler;
let cached = [];

async function load({model: file, threads, context: size}) {
    llama = await getLlama({gpu: false, build: "never", skipDownload: true, progressLogs: false, logLevel: "error", maxThreads: 0});
    model = await llama.loadModel({modelPath: file, gpuLayers: 0, useMmap: true});
    context = (await model.createContext({contextSize: size, batchSize: Math.min(size, 512), threads, sequences: 1}))._ctx;
    context.setThreads(threads);
    const release = llama.llamaCppRelease?.release ?? "";
    return {name: `llama.cpp ${release} (node-llama-cpp ${version}, ${threads} threads)`, operations: ["prefill", "decode", "verify"]};
}

// one pass over tokens at a position; logits of all of them, or of the last
async function pass(tokens, position, all) {
    let last;
    for (let from = 0; from < tokens.length; from += 512) {
        const part = tokens.slice(from, from + 512);
        const end = from + part.length === tokens.length;
        const wanted = all ? part.map((_, i) => i) : end ? [part.length - 1] : [];
        context.initBatch(part.length);
        last = context.addToBatch(0, position + from, Uint32Array.from(part), Uint32Array.from(wanted));
        await context.decodeBatch();
    }
    return last;
}

// leaves exactly the prompt in the cache
async function prepare(prompt) {
    let kept = 0;
    while (kept < prompt.length && kept < cached.length && prompt[kept] === cached[kept]) {
        kept++;
    }
    if (kept === 0) {
        context.disposeSequence(0);
    } else {
        context.removeTokenCellsFromSequence(0, kept, -1);
    }
    cached = prompt;
    if (kept < prompt.length) {
        await pass(prompt.slice(kept), kept, false);
    }
}

async function timed(work) {
    const start = process.hrtime.bigint();
    await work();
    return {seconds: Number(process.hrtime.bigint() - start) / 1e9};
}

const operations = {
    load,
    async prefill({tokens}) {
        await prepare([]);
        return timed(() => pass(tokens, 0, false));
    },
    async decode({prompt, tokens}) {
        await prepare(prompt);
        return timed(async () => {
            for (let i = 0; i < tokens.length; i++) {
                await pass([tokens[i]], prompt.length + i, true);
            }
        });
    },
    async verify({prompt, tokens}) {
        await prepare(prompt);
        return timed(() => pass(tokens, prompt.length, true));
    },
    async greedy({tokens}) {
        await prepare([]);
        const indexes = await pass(tokens, 0, false);
        sampler ??= new llama._bindings.AddonSampler(model._model);
        sampler.applyConfig({temperature: 0});
        const token = await context.sampleToken(indexes[indexes.length - 1], sampler);
        cached = [];
        return {token};
    },
};

for await (const line of createInterface({input: process.stdin})) {
    let answer;
    try {
        const request = JSON.parse(line);
        answer = await operations[request.op](request);
    } catch (problem) {
        answer = {error: String(problem?.message ?? problem)};
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
}
process.exit(0);
