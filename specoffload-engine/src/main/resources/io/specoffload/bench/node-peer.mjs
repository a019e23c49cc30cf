// Times llama.cpp's passes by token ids for the bench command, through node-llama-cpp's binding.
// Reads one JSON request per line, answers with one line each. Last argument: URL of node-llama-cpp's entry module.
import {readFileSync} from "node:fs";
import {createInterface} from "node:readline";

// processes that the binding starts for itself must not run this text again
process.execArgv = [];
const entry = process.argv.at(-1);
const {getLlama} = await import(entry);
const version = JSON.parse(readFileSync(new URL("../package.json", entry))).version;

const largestBatch = 512;
let llama;
let target;
let draft;
let cached = [];

const seconds = (start) => Number(process.hrtime.bigint() - start) / 1e9;

// a model with a cache for one sequence
async function open(file, size, threads, kvType) {
    const model = await llama.loadModel({modelPath: file, gpuLayers: 0, useMmap: true, ignoreMemorySafetyChecks: true});
    const cacheType = kvType.toUpperCase();
    const options = {
        contextSize: size,
        batchSize: Math.min(size, largestBatch),
        threads,
        sequences: 1,
        ignoreMemorySafetyChecks: true,
        ...(cacheType === "F16" ? {} : {experimentalKvCacheKeyType: cacheType, experimentalKvCacheValueType: cacheType}),
        // llama.cpp quantizes the values' cache only with it
        ...(cacheType.startsWith("Q") ? {flashAttention: true} : {}),
    };
    const context = (await model.createContext(options))._ctx;
    context.setThreads(threads);
    const sampler = new llama._bindings.AddonSampler(model._model);
    sampler.applyConfig({temperature: 0});
    return {context, sampler};
}

async function load({model, draft: draftModel, threads, context, kvType = "f16"}) {
    llama = await getLlama({gpu: false, build: "never", skipDownload: true, progressLogs: false, logLevel: "error", maxThreads: 0});
    const start = process.hrtime.bigint();
    target = await open(model, context, threads, kvType);
    const openSeconds = seconds(start);
    draft = draftModel ? await open(draftModel, context, threads, kvType) : undefined;
    const release = llama.llamaCppRelease?.release ?? "";
    return {name: `llama.cpp ${release} (node-llama-cpp ${version}, ${threads} threads)`, operations: ["prefill", "decode", "verify"], openSeconds};
}

// one pass over tokens at a position; logits of all of them, or of the last
async function pass({context}, tokens, position, all) {
    let last;
    for (let from = 0; from < tokens.length; from += largestBatch) {
        const part = tokens.slice(from, from + largestBatch);
        const end = from + part.length === tokens.length;
        const wanted = all ? part.map((_, i) => i) : end ? [part.length - 1] : [];
        context.initBatch(part.length);
        last = context.addToBatch(0, position + from, Uint32Array.from(part), Uint32Array.from(wanted));
        await context.decodeBatch();
    }
    return last;
}

function greedy({context, sampler}, index) {
    return context.sampleToken(index, sampler);
}

// leaves exactly the prompt in the cache
async function prepare(prompt) {
    let kept = 0;
    while (kept < prompt.length && kept < cached.length && prompt[kept] === cached[kept]) {
        kept++;
    }
    if (kept === 0) {
        target.context.disposeSequence(0);
    } else {
        target.context.removeTokenCellsFromSequence(0, kept, -1);
    }
    cached = prompt;
    if (kept < prompt.length) {
        await pass(target, prompt.slice(kept), kept, false);
    }
}

async function timed(work) {
    const start = process.hrtime.bigint();
    await work();
    return {seconds: seconds(start)};
}

// what the system read from disks for this process so far, or NaN
function bytesRead() {
    try {
        return Number(/^read_bytes: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))[1]);
    } catch {
        return NaN;
    }
}

const known = (bytes) => Number.isNaN(bytes) ? -1 : bytes;

// greedy continuation of a prompt; with a draft model and candidates, drafted and verified
async function generate({prompt, count, candidates}) {
    const atStart = bytesRead();
    let start = process.hrtime.bigint();
    target.context.disposeSequence(0);
    draft?.context.disposeSequence(0);
    cached = [];
    const all = [...prompt];
    all.push(await greedy(target, (await pass(target, prompt, 0, false)).at(-1)));
    if (draft) {
        await pass(draft, prompt, 0, false);
    }
    const promptSeconds = seconds(start);
    const atFirst = bytesRead();
    let inDraft = prompt.length;
    let drafted = 0;
    let accepted = 0;
    start = process.hrtime.bigint();
    while (all.length < prompt.length + count) {
        const rows = [all.at(-1)];
        const most = draft ? Math.min(candidates, prompt.length + count - all.length - 1) : 0;
        const next = [...all];
        for (let i = 0; i < most; i++) {
            next.push(await greedy(draft, (await pass(draft, next.slice(inDraft), inDraft, false)).at(-1)));
            inDraft = next.length - 1;
            rows.push(next.at(-1));
        }
        const indexes = await pass(target, rows, all.length - 1, true);
        drafted += most;
        for (let i = 0; i < rows.length; i++) {
            const token = await greedy(target, indexes[i]);
            all.push(token);
            if (i < most && rows[i + 1] === token) {
                accepted++;
            } else {
                break;
            }
        }
        // the last token is in no cache yet
        const kept = all.length - 1;
        if (most > 0) {
            target.context.removeTokenCellsFromSequence(0, kept, -1);
            if (inDraft > kept) {
                draft.context.removeTokenCellsFromSequence(0, kept, -1);
                inDraft = kept;
            }
        }
    }
    return {
        tokens: all.slice(prompt.length),
        promptSeconds,
        decodeSeconds: seconds(start),
        promptReadBytes: known(atFirst - atStart),
        decodeReadBytes: known(bytesRead() - atFirst),
        drafted,
        accepted,
    };
}

const operations = {
    load,
    generate,
    async prefill({tokens}) {
        await prepare([]);
        return timed(() => pass(target, tokens, 0, false));
    },
    async decode({prompt, tokens}) {
        await prepare(prompt);
        return timed(async () => {
            for (let i = 0; i < tokens.length; i++) {
                await pass(target, [tokens[i]], prompt.length + i, true);
            }
        });
    },
    async verify({prompt, tokens}) {
        await prepare(prompt);
        return timed(() => pass(target, tokens, prompt.length, true));
    },
    async greedy({tokens}) {
        await prepare([]);
        let token;
        const time = await timed(async () => {
            token = await greedy(target, (await pass(target, tokens, 0, false)).at(-1));
        });
        cached = [];
        return {token, ...time};
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
