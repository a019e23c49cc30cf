"""Trains one demo model on generated conversations; also evaluates checkpoints.

    train.py train --preset cpu --role draft  --folder RUN --minutes 30
    train.py train --preset cpu --role target --folder RUN --minutes 60 [--grow RUN/draft.pt]
    train.py evaluate --folder RUN

RUN receives tokenizer.json (trained there when missing), target.pt and draft.pt. A run that was stopped
goes on where its last checkpoint stands. The device is CUDA where there is one.
"""

import argparse
import collections
import json
import math
import multiprocessing
import os
import random
import time

import torch
import torch.nn.functional as F

import chat
import corpus
import export_gguf
import tokenizer as bpe
from model import Config, Model

PRESETS = {
    "cpu-small": {
        "vocabulary": 1536, "with_blank": 216,
        "target": dict(width=128, layers=5, heads=4, kv_heads=2, hidden=512, head_size=32),
        "draft": dict(width=128, layers=2, heads=4, kv_heads=2, hidden=320, head_size=32),
        "batch": 2048, "lr": 0.02, "adam": 1e-3, "workers": 0,
    },
    "cpu": {
        "vocabulary": 1536, "with_blank": 216,
        "target": dict(width=256, layers=6, heads=8, kv_heads=2, hidden=768, head_size=32),
        "draft": dict(width=128, layers=2, heads=4, kv_heads=2, hidden=320, head_size=32),
        "batch": 4096, "lr": 0.012, "adam": 6e-4, "workers": 0,
    },
    "gpu": {
        "vocabulary": 1536, "with_blank": 216,
        "target": dict(width=384, layers=6, heads=6, kv_heads=2, hidden=1024, head_size=64),
        "draft": dict(width=128, layers=2, heads=4, kv_heads=2, hidden=384, head_size=32),
        "batch": 16384, "lr": 0.02, "adam": 1e-3, "workers": 12,
    },
}
LONGEST = 512


class Muon(torch.optim.Optimizer):
    """Momentum whose step is made orthogonal with four Newton-Schulz rounds; equal shapes go together."""

    def __init__(self, params, lr, momentum=0.95, decay=0.01):
        super().__init__(params, dict(lr=lr, momentum=momentum, decay=decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes = collections.defaultdict(list)
            for p in group["params"]:
                if p.grad is not None:
                    shapes[p.shape].append(p)
            for shape, params in shapes.items():
                moves = []
                for p in params:
                    state = self.state[p]
                    if "m" not in state:
                        state["m"] = torch.zeros_like(p)
                    m = state["m"].lerp_(p.grad, 1 - group["momentum"])
                    moves.append(p.grad.lerp(m, group["momentum"]))
                x = orthogonal(torch.stack(moves))
                scale = group["lr"] * max(1.0, shape[0] / shape[1]) ** 0.5
                for p, u in zip(params, x):
                    p.mul_(1 - group["lr"] * group["decay"]).add_(u, alpha=-scale)


def orthogonal(x):
    flip = x.shape[-2] > x.shape[-1]
    if flip:
        x = x.transpose(-2, -1)
    kind = x.dtype
    x = x / (x.flatten(1).norm(dim=1)[:, None, None] + 1e-7)
    x = x.to(torch.bfloat16) if HALF else x
    for _ in range(4):
        a = x @ x.transpose(-2, -1)
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
    return (x.transpose(-2, -1) if flip else x).to(kind)


def halves():
    """Whether this machine multiplies bfloat16 faster than float: CUDA, or a CPU that says so."""
    if torch.cuda.is_available():
        return True
    try:
        with open("/proc/cpuinfo") as f:
            return "avx512_bf16" in f.read()
    except OSError:
        return False


HALF = halves()


class Encoder:
    """Turns conversations into token ids with a mark on the assistant's tokens."""

    def __init__(self, tokens):
        self.t = tokens
        self.header = tokens.encode("assistant\n")

    def encode(self, sample):
        ids = self.t.encode(chat.render(sample["messages"], sample.get("tools")))
        mark, n, i = [False] * len(ids), len(self.header), 0
        while i < len(ids):
            if ids[i] == self.t.start and ids[i + 1:i + 1 + n] == self.header:
                i += 1 + n
                while ids[i] != self.t.end:
                    mark[i] = True
                    i += 1
                mark[i] = True
            i += 1
        return ids, mark

    def copying(self, rng):
        """Random tokens and then the same again: nothing but copying can be learned from it."""
        low, high = 33, len(self.t.tokens) - len(bpe.SPECIALS)
        words = [rng.randrange(low, high) for _ in range(rng.randint(12, 48))]
        return [self.t.start] + words + [self.t.start] + words + [self.t.end], [False] * (len(words) + 2) + [True] * (len(words) + 1)


def make_batches(job):
    """The batches of one pool; everything follows from the job's numbers."""
    seed, index, stage, tokens_path, size, batch = job
    enc = ENCODERS.get(tokens_path) or ENCODERS.setdefault(tokens_path, Encoder(bpe.Tokenizer.load(tokens_path)))
    rng = random.Random(seed * 1000003 + index)
    mix = (0.52, 0.10, 0.08, 0.30) if stage == 0 else (0.76, 0.11, 0.09, 0.04)
    copies = 0.35 if stage == 0 else 0.02
    samples = []
    while len(samples) < size:
        s = enc.copying(rng) if rng.random() < copies else enc.encode(corpus.training_sample(rng, mix))
        if len(s[0]) <= LONGEST:
            samples.append(s)
    samples.sort(key=lambda s: len(s[0]))
    out, i = [], 0
    while i < len(samples):
        j = i + 1
        while j < len(samples) and len(samples[j][0]) * (j + 1 - i) <= batch:
            j += 1
        part = samples[i:j]
        width = len(part[-1][0])
        ids = torch.full((len(part), width), enc.t.pad, dtype=torch.long)
        mark = torch.zeros((len(part), width), dtype=torch.uint8)
        for k, (a, m) in enumerate(part):
            ids[k, :len(a)] = torch.tensor(a)
            mark[k, :len(a)] = 1 + torch.tensor(m, dtype=torch.uint8)
        out.append((ids, mark))
        i = j
    rng.shuffle(out)
    return out


ENCODERS = {}


class Pools:
    """Batches of pool after pool, made here or by worker processes, in the same order either way."""

    def __init__(self, job, index, workers):
        self.job, self.index, self.next = job, index, index
        self.pool = multiprocessing.get_context("spawn").Pool(workers) if workers else None
        self.waiting = collections.deque()

    def get(self):
        if self.pool is None:
            batches = make_batches(self.job(self.index))
        else:
            while len(self.waiting) < 2 * self.pool._processes:
                self.waiting.append(self.pool.apply_async(make_batches, (self.job(self.next),)))
                self.next += 1
            batches = self.waiting.popleft().get()
        self.index += 1
        return batches

    def close(self):
        if self.pool is not None:
            self.pool.terminate()


def schedule(progress):
    if progress < 0.04:
        return 0.1 + 0.9 * progress / 0.04
    return 1.0 if progress < 0.35 else max(0.03, 1 - (progress - 0.35) / 0.65 * 0.97)


def loss_of(model, ids, mark, prompt_weight, teacher=None, share=0.7):
    """Mean loss per weighted token; only positions that count are projected on the vocabulary."""
    target = ids[:, 1:]
    weight = (mark[:, 1:] == 2).float()
    if prompt_weight > 0:
        weight = weight + prompt_weight * (mark[:, 1:] == 1).float()
    at = weight.reshape(-1).nonzero().squeeze(1)
    w, y = weight.reshape(-1)[at], target.reshape(-1)[at]
    logits = model.logits(model.hidden(ids[:, :-1]).reshape(-1, model.c.width)[at]).float()
    each = F.cross_entropy(logits, y, reduction="none")
    if teacher is not None:
        with torch.no_grad():
            t = teacher.logits(teacher.hidden(ids[:, :-1]).reshape(-1, teacher.c.width)[at]).float()
        soft = -(F.softmax(t, -1) * F.log_softmax(logits, -1)).sum(-1)
        each = share * soft + (1 - share) * each
    return (each * w).sum() / w.sum()


@torch.no_grad()
def judged(model, rows, enc, device, batch=8192):
    """Per row: for each expected token, whether it is the model's first choice after the ones before it."""
    coded = []
    for i, row in enumerate(rows):
        prompt = enc.t.encode(chat.render(row["messages"], row.get("tools"), True))
        coded.append((i, prompt, enc.t.encode(row["expected"]) + [enc.t.end]))
    coded.sort(key=lambda c: len(c[1]) + len(c[2]))
    out, i = [None] * len(rows), 0
    while i < len(coded):
        j = i + 1
        while j < len(coded) and (len(coded[j][1]) + len(coded[j][2])) * (j + 1 - i) <= batch:
            j += 1
        width = max(len(c[1]) + len(c[2]) for c in coded[i:j])
        ids = torch.full((j - i, width), enc.t.pad, dtype=torch.long)
        for k, c in enumerate(coded[i:j]):
            ids[k, :len(c[1]) + len(c[2])] = torch.tensor(c[1] + c[2])
        best = model.logits(model.hidden(ids.to(device))).argmax(-1).cpu()
        for k, c in enumerate(coded[i:j]):
            n = len(c[1])
            out[c[0]] = (best[k, n - 1:n - 1 + len(c[2])] == ids[k, n:n + len(c[2])]).tolist()
        i = j
    return out


def acceptance(hits, count=4):
    """Greedy speculation with `count` candidates along known outputs: accepted, proposed, rounds, tokens."""
    accepted = proposed = rounds = tokens = 0
    for row in hits:
        p = 0
        while p < len(row):
            offered = min(count, len(row) - p)
            n = 0
            while n < offered and row[p + n]:
                n += 1
            accepted, proposed, rounds = accepted + n, proposed + offered, rounds + 1
            p += n + 1
        tokens += len(row)
    return accepted, proposed, rounds, tokens


def exactness(rows, hits):
    groups = collections.OrderedDict()
    for row, h in zip(rows, hits):
        for name in ("all", "unseen" if row["unseen"] else "seen", row["kind"]) + (("new wording",) if row.get("newWording") else ()):
            good, total = groups.get(name, (0, 0))
            groups[name] = (good + all(h), total + 1)
    return {name: round(100 * a / b, 1) for name, (a, b) in groups.items()}


def load(path, device="cpu"):
    if path.endswith(".gguf"):
        return export_gguf.load_model(path)[0].to(device), None
    saved = torch.load(path, map_location=device)
    model = Model(Config(**saved["config"])).to(device)
    model.load_state_dict(saved["model"])
    return model, saved


@torch.no_grad()
def grow(model, path, device):
    """Takes over a smaller checkpoint without changing what it computes: what is added (layers, heads of a group,
    feed-forward units, dimensions of the stream) begins with outputs of zero. The old layers stand at 0, 2, 3, ... where
    there is room."""
    old, _ = load(path, device)
    c, o = model.c, old.c
    if (c.kv_heads, c.head_size) != (o.kv_heads, o.head_size) or any(
            getattr(c, n) < getattr(o, n) for n in ("width", "layers", "heads", "hidden")):
        raise SystemExit(f"{path} does not fit into the new shape: it can only grow, with the same key/value heads and size of a head")
    room = c.layers > o.layers
    # The norms divide by the root of a mean over more dimensions, the added ones being zero.
    scale = (o.width / c.width) ** 0.5
    heads = [kv * (c.heads // c.kv_heads) + n for kv in range(c.kv_heads) for n in range(o.heads // o.kv_heads)]
    rows = torch.tensor([h * c.head_size + i for h in heads for i in range(c.head_size)])

    def norm(mine, theirs):
        mine.weight.fill_(theirs.weight.mean() * scale)
        mine.weight[:o.width] = theirs.weight * scale

    for block in model.blocks:
        block.o.weight.zero_()
        block.down.weight.zero_()
    model.embedding.weight.zero_()
    model.embedding.weight[:, :o.width] = old.embedding.weight
    norm(model.norm, old.norm)
    for theirs, i in zip(old.blocks, [0] + [i + (1 if room else 0) for i in range(1, o.layers)]):
        mine = model.blocks[i]
        norm(mine.attn_norm, theirs.attn_norm)
        norm(mine.ffn_norm, theirs.ffn_norm)
        mine.q.weight[rows, :o.width] = theirs.q.weight
        mine.o.weight[:o.width, rows] = theirs.o.weight
        for name in ("k", "v", "gate", "up"):
            part = getattr(theirs, name).weight
            getattr(mine, name).weight[:part.shape[0], :o.width] = part
        mine.down.weight[:o.width, :o.hidden] = theirs.down.weight


def choose_device(name):
    return name or ("cuda" if torch.cuda.is_available() else "cpu")


def train(a):
    preset = dict(PRESETS[a.preset])
    for key in ("batch", "lr", "adam", "workers", "vocabulary", "with_blank"):
        if getattr(a, key) is not None:
            preset[key] = getattr(a, key)
    shape = dict(preset[a.role])
    for key in shape:
        if getattr(a, key) is not None:
            shape[key] = getattr(a, key)
    device = choose_device(a.device)
    torch.manual_seed(a.seed)
    if device == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True
    os.makedirs(a.folder, exist_ok=True)
    tokens_path = os.path.join(a.folder, "tokenizer.json")
    given = a.start or a.grow or ""
    if not os.path.exists(tokens_path) and given.endswith(".gguf"):
        export_gguf.load_model(given)[1].save(tokens_path)
    if not os.path.exists(tokens_path):
        bpe.train(preset["vocabulary"], with_blank=preset["with_blank"]).save(tokens_path)
    enc = Encoder(bpe.Tokenizer.load(tokens_path))
    config = dict(vocabulary=len(enc.t.tokens), **shape)
    model = Model(Config(**config))
    if not a.plain:
        model.begin_with_copying()
    model = model.to(device)
    matrices = [p for n, p in model.named_parameters() if p.dim() == 2 and not n.startswith("embedding")]
    others = [p for n, p in model.named_parameters() if p.dim() != 2 or n.startswith("embedding")]
    # Adam moves every entry by about its rate, so the rates follow the size of what they move.
    groups = [{"params": [model.embedding.weight], "base": preset["adam"] * (1 if a.plain else 10)},
              {"params": [model.norm.weight], "base": preset["adam"] * (1 if a.plain else 0.3)},
              {"params": [p for p in others if p is not model.embedding.weight and p is not model.norm.weight], "base": preset["adam"]}]
    opts = [Muon(matrices, lr=preset["lr"]),
            torch.optim.AdamW(groups, lr=preset["adam"], betas=(0.9, 0.97), eps=1e-10, weight_decay=0.0)]
    opts[0].param_groups[0]["base"] = preset["lr"]
    state = {"step": 0, "pool": 0, "seconds": 0.0, "tokens": 0}
    path = os.path.join(a.folder, a.role + ".pt")
    if a.grow and not os.path.exists(path):
        grow(model, a.grow, device)
    if a.start and not os.path.exists(path):
        model.load_state_dict(load(a.start, device)[0].state_dict())
    if os.path.exists(path):
        saved = torch.load(path, map_location=device)
        model.load_state_dict(saved["model"])
        for o, s in zip(opts, saved["optimizers"]):
            o.load_state_dict(s)
        state = saved["state"]
        print("resumed at", state, flush=True)
    teacher = None
    if a.teacher:
        teacher = load(a.teacher, device)[0].eval()
    runs = model
    print(f"{a.role}: {model.size()} parameters, {len(enc.t.tokens)} tokens, {device}, {torch.get_num_threads()} threads", flush=True)
    tests = corpus.test_prompts(500)[::2][:a.checks // 2] + corpus.test_prompts(500)[1::2][:a.checks // 2]

    def progress():
        return max(state["seconds"] / (a.minutes * 60) if a.minutes else 0, state["step"] / a.steps if a.steps else 0)

    def job(index):
        return a.seed if a.role == "target" else a.seed + 1, index, 0 if progress() < a.warm else 1, tokens_path, a.pool, preset["batch"]

    def save():
        torch.save({"config": config, "model": model.state_dict(), "optimizers": [o.state_dict() for o in opts], "state": state},
                   path + ".new")
        os.replace(path + ".new", path)

    def report():
        model.eval()
        hits = judged(model, tests, enc, device)
        model.train()
        flat = [h for row in hits for h in row]
        line = {"step": state["step"], "minutes": round(state["seconds"] / 60, 1), "tokens": state["tokens"],
                "loss": round(recent, 4), "progress": round(progress(), 3), "token": round(100 * sum(flat) / len(flat), 2),
                "exact": exactness(tests, hits), "acceptedAsDraft": round(acceptance(hits)[0] / acceptance(hits)[1], 3)}
        with open(os.path.join(a.folder, a.role + ".log"), "a") as f:
            f.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)

    pools = Pools(job, state["pool"], preset["workers"])
    recent, last, saved_at, reported = 8.0, time.time(), state["seconds"], state["seconds"]
    mixed = torch.autocast(device, dtype=torch.bfloat16) if HALF else None
    while progress() < 1:
        for ids, mark in pools.get():
            p = progress()
            if p >= 1:
                break
            ids, mark = ids.to(device), mark.to(device)
            weight = a.prompt_weight if p < a.prompt_until else 0.0
            if mixed is not None:
                with mixed:
                    loss = loss_of(runs, ids, mark, weight, teacher)
            else:
                loss = loss_of(runs, ids, mark, weight, teacher)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(others, 1.0)
            for o in opts:
                for group in o.param_groups:
                    group["lr"] = group["base"] * schedule(p)
                o.step()
                o.zero_grad(set_to_none=True)
            state["step"] += 1
            state["tokens"] += ids.numel()
            if state["step"] % 20 == 0:
                value = loss.item()
                recent = value if recent == 8.0 else 0.9 * recent + 0.1 * value
                if state["step"] % 100 == 0:
                    print(f"step {state['step']} loss {recent:.4f} {state['tokens'] / max(1, state['seconds']):.0f} tok/s "
                          f"{state['seconds'] / 60:.1f} min", flush=True)
            now = time.time()
            state["seconds"] += now - last
            last = now
        state["pool"] = pools.index
        if state["seconds"] - saved_at > a.save_every:
            save()
            saved_at = state["seconds"]
        if state["seconds"] - reported > a.report_every:
            report()
            reported, last = state["seconds"], time.time()
    save()
    report()
    pools.close()


def evaluate(a):
    device = choose_device(a.device)
    enc = Encoder(bpe.Tokenizer.load(os.path.join(a.folder, "tokenizer.json")))
    rows, talk = corpus.test_prompts() + corpus.wording_prompts(), corpus.dialogue_prompts(200)
    found = {}
    for role in ("target", "draft"):
        path = os.path.join(a.folder, role + ".pt")
        if os.path.exists(path):
            model, saved = load(path, device)
            model.eval()
            found[role] = (judged(model, rows, enc, device), judged(model, talk, enc, device))
            print(role, model.size(), "parameters,", saved["state"])
            print("  extraction, exact:", exactness(rows, found[role][0]))
            print("  dialogue, exact:", exactness(talk, found[role][1]))
            if a.misses and role == "target":
                for row, hit in zip(rows + talk, found[role][0] + found[role][1]):
                    if not all(hit):
                        ids = enc.t.encode(row["expected"]) + [enc.t.end]
                        at = hit.index(False)
                        print("   ", row["id"], "at:", enc.t.decode(ids[:at])[-40:], "| expected", repr(enc.t.decode(ids[at:at + 4])))
    if len(found) == 2:
        for name, part in (("extraction", 0), ("dialogue", 1)):
            right = [d for t, d in zip(found["target"][part], found["draft"][part]) if all(t)]
            accepted, proposed, rounds, tokens = acceptance(right)
            print(f"{name}: {accepted / max(1, proposed):.3f} of the draft's tokens accepted (4 candidates, outputs the target gets right), "
                  f"{tokens / max(1, rounds):.2f} tokens per round")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = p.add_subparsers(dest="command", required=True)
    t = sub.add_parser("train")
    t.add_argument("--preset", choices=sorted(PRESETS), default="cpu-small")
    t.add_argument("--role", choices=("target", "draft"), required=True)
    t.add_argument("--folder", required=True)
    t.add_argument("--minutes", type=float, default=0, help="training time after which the schedule ends")
    t.add_argument("--steps", type=int, default=0)
    t.add_argument("--teacher", help="checkpoint whose distributions the model also learns")
    t.add_argument("--start", help="checkpoint or exported GGUF file of the same shape to begin from")
    t.add_argument("--grow", help="smaller checkpoint or exported GGUF file to begin from")
    t.add_argument("--plain", action="store_true", help="begin with random weights only")
    t.add_argument("--device")
    t.add_argument("--seed", type=int, default=7)
    t.add_argument("--pool", type=int, default=512, help="conversations per pool")
    t.add_argument("--warm", type=float, default=0.05, help="share of the run with much copying")
    t.add_argument("--prompt-weight", type=float, default=0.1)
    t.add_argument("--prompt-until", type=float, default=0.1)
    t.add_argument("--checks", type=int, default=120)
    t.add_argument("--save-every", type=float, default=150)
    t.add_argument("--report-every", type=float, default=240)
    for key in ("batch", "workers", "vocabulary", "with-blank", "width", "layers", "heads", "kv-heads", "hidden", "head-size"):
        t.add_argument("--" + key, type=int)
    for key in ("lr", "adam"):
        t.add_argument("--" + key, type=float)
    e = sub.add_parser("evaluate")
    e.add_argument("--folder", required=True)
    e.add_argument("--device")
    e.add_argument("--misses", action="store_true")
    a = p.parse_args()
    train(a) if a.command == "train" else evaluate(a)


if __name__ == "__main__":
    main()
