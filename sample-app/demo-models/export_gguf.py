"""Writes a checkpoint as a GGUF file (version 3) of the llama architecture.

    export_gguf.py --folder RUN --out MODELS [--type q8_0|f32] [--suffix TEXT]

writes specoffload-demo-target-q8_0.gguf and specoffload-demo-draft-q8_0.gguf into MODELS, each under a
temporary name first, then renamed. `--list FILE` prints what a file holds.
"""

import argparse
import os
import struct

import numpy as np
import torch

import tokenizer as bpe

ALIGNMENT = 32
U32, F32, BOOL, STRING, ARRAY, I32, U64 = 4, 6, 7, 8, 9, 5, 10
TENSOR_F32, TENSOR_Q8_0 = 0, 8
NORMAL, CONTROL, USER_DEFINED = 1, 3, 4


def text(s):
    data = s.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def value(kind, v):
    if kind == STRING:
        return text(v)
    if kind == ARRAY:
        inner, items = v
        return struct.pack("<IQ", inner, len(items)) + b"".join(value(inner, i) for i in items)
    return struct.pack({U32: "<I", I32: "<i", F32: "<f", BOOL: "<?", U64: "<Q"}[kind], v)


def q8_0(matrix):
    """Blocks of 32 along the input: a half-precision scale and 32 signed bytes."""
    blocks = np.ascontiguousarray(matrix, dtype=np.float32).reshape(-1, 32)
    scale = np.abs(blocks).max(axis=1) / 127.0
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
    q = np.clip(np.rint(blocks * inverse[:, None]), -127, 127).astype(np.int8)
    out = np.empty(len(blocks), dtype=[("d", "<f2"), ("q", "i1", 32)])
    out["d"], out["q"] = scale, q
    return out.tobytes()


def neighbours(matrix, heads, size):
    """Rows of each head from halves (i, i + d/2) to neighbours (2i, 2i + 1)."""
    return matrix.reshape(heads, 2, size // 2, -1).transpose(0, 2, 1, 3).reshape(heads * size, -1)


def tensors(model, c):
    m = {k: v.detach().float().cpu().numpy() for k, v in model.items()}
    out = [("token_embd.weight", m["embedding.weight"])]
    names = [("attn_norm", "attn_norm"), ("attn_q", "q"), ("attn_k", "k"), ("attn_v", "v"), ("attn_output", "o"),
             ("ffn_norm", "ffn_norm"), ("ffn_gate", "gate"), ("ffn_up", "up"), ("ffn_down", "down")]
    for i in range(c["layers"]):
        for name, ours in names:
            w = m[f"blocks.{i}.{ours}.weight"]
            if ours == "q":
                w = neighbours(w, c["heads"], c["head_size"])
            if ours == "k":
                w = neighbours(w, c["kv_heads"], c["head_size"])
            out.append((f"blk.{i}.{name}.weight", w))
    out.append(("output_norm.weight", m["norm.weight"]))
    return out


def metadata(c, tokens, name, quantized, size):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "chat_template.jinja"), encoding="utf-8") as f:
        template = f.read().rstrip("\n")
    types = [CONTROL if t in bpe.CONTROL else USER_DEFINED if t in bpe.SPECIALS else NORMAL for t in tokens.tokens]
    return [
        ("general.architecture", STRING, "llama"),
        ("general.type", STRING, "model"),
        ("general.name", STRING, name),
        ("general.description", STRING, "Trained from scratch on generated business messages"),
        ("general.languages", ARRAY, (STRING, ["en"])),
        ("general.parameter_count", U64, size),
        ("general.file_type", U32, 7 if quantized else 0),
        ("general.quantization_version", U32, 2),
        ("llama.context_length", U32, c["context"]),
        ("llama.embedding_length", U32, c["width"]),
        ("llama.block_count", U32, c["layers"]),
        ("llama.feed_forward_length", U32, c["hidden"]),
        ("llama.attention.head_count", U32, c["heads"]),
        ("llama.attention.head_count_kv", U32, c["kv_heads"]),
        ("llama.attention.key_length", U32, c["head_size"]),
        ("llama.attention.value_length", U32, c["head_size"]),
        ("llama.attention.layer_norm_rms_epsilon", F32, c["eps"]),
        ("llama.rope.dimension_count", U32, c["head_size"]),
        ("llama.rope.freq_base", F32, c["rope_base"]),
        ("llama.vocab_size", U32, c["vocabulary"]),
        ("tokenizer.ggml.model", STRING, "gpt2"),
        ("tokenizer.ggml.pre", STRING, "qwen2"),
        ("tokenizer.ggml.tokens", ARRAY, (STRING, tokens.tokens)),
        ("tokenizer.ggml.token_type", ARRAY, (I32, types)),
        ("tokenizer.ggml.merges", ARRAY, (STRING, [a + " " + b for a, b in tokens.merges])),
        ("tokenizer.ggml.bos_token_id", U32, tokens.pad),
        ("tokenizer.ggml.eos_token_id", U32, tokens.end),
        ("tokenizer.ggml.padding_token_id", U32, tokens.pad),
        ("tokenizer.ggml.add_bos_token", BOOL, False),
        ("tokenizer.ggml.add_eos_token", BOOL, False),
        ("tokenizer.chat_template", STRING, template),
    ]


def write(path, meta, weights, quantized):
    head = [b"GGUF", struct.pack("<IQQ", 3, len(weights), len(meta))]
    for key, kind, v in meta:
        head += [text(key), struct.pack("<I", kind), value(kind, v)]
    blobs, offset = [], 0
    for name, w in weights:
        kind = TENSOR_Q8_0 if quantized and w.ndim == 2 else TENSOR_F32
        data = q8_0(w) if kind == TENSOR_Q8_0 else np.ascontiguousarray(w, dtype="<f4").tobytes()
        head += [text(name), struct.pack("<I", w.ndim), b"".join(struct.pack("<Q", d) for d in reversed(w.shape)),
                 struct.pack("<IQ", kind, offset)]
        pad = -len(data) % ALIGNMENT
        blobs.append(data + b"\0" * pad)
        offset += len(data) + pad
    head = b"".join(head)
    with open(path + ".new", "wb") as f:
        f.write(head + b"\0" * (-len(head) % ALIGNMENT))
        for b in blobs:
            f.write(b)
    os.replace(path + ".new", path)


class Reader:
    """Just enough of a reader to check what was written."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        self.at = 0
        assert self.data[:4] == b"GGUF"
        self.at = 4
        version, count, pairs = self.take("<IQQ")
        assert version == 3
        self.meta = {}
        for _ in range(pairs):
            key = self.string()
            self.meta[key] = self.value(self.take("<I")[0])
        self.tensors = {}
        for _ in range(count):
            name = self.string()
            dims = self.take("<" + "Q" * self.take("<I")[0])
            kind, offset = self.take("<IQ")
            self.tensors[name] = (tuple(reversed(dims)), kind, offset)
        self.base = self.at + (-self.at % ALIGNMENT)

    def take(self, form):
        v = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return v

    def string(self):
        n = self.take("<Q")[0]
        self.at += n
        return self.data[self.at - n:self.at].decode("utf-8")

    def value(self, kind):
        if kind == STRING:
            return self.string()
        if kind == ARRAY:
            inner, n = self.take("<IQ")
            return [self.value(inner) for _ in range(n)]
        return self.take({U32: "<I", I32: "<i", F32: "<f", BOOL: "<?", U64: "<Q"}[kind])[0]

    def tensor(self, name):
        shape, kind, offset = self.tensors[name]
        n = int(np.prod(shape))
        at = self.base + offset
        if kind == TENSOR_F32:
            return np.frombuffer(self.data, "<f4", n, at).reshape(shape).copy()
        blocks = np.frombuffer(self.data, [("d", "<f2"), ("q", "i1", 32)], n // 32, at)
        return (blocks["d"].astype(np.float32)[:, None] * blocks["q"]).reshape(shape)


def load_model(path):
    """A model with the weights of a GGUF file, to measure what was really exported."""
    from model import Config, Model
    r = Reader(path)
    g = lambda k: r.meta["llama." + k]
    c = Config(vocabulary=g("vocab_size"), width=g("embedding_length"), layers=g("block_count"), heads=g("attention.head_count"),
               kv_heads=g("attention.head_count_kv"), hidden=g("feed_forward_length"), head_size=g("rope.dimension_count"),
               rope_base=g("rope.freq_base"), eps=g("attention.layer_norm_rms_epsilon"), context=g("context_length"))
    model, state = Model(c), {}
    state["embedding.weight"], state["norm.weight"] = r.tensor("token_embd.weight"), r.tensor("output_norm.weight")
    for i in range(c.layers):
        for name, ours in (("attn_norm", "attn_norm"), ("attn_q", "q"), ("attn_k", "k"), ("attn_v", "v"), ("attn_output", "o"),
                           ("ffn_norm", "ffn_norm"), ("ffn_gate", "gate"), ("ffn_up", "up"), ("ffn_down", "down")):
            w = r.tensor(f"blk.{i}.{name}.weight")
            if ours in ("q", "k"):
                heads = c.heads if ours == "q" else c.kv_heads
                w = w.reshape(heads, c.head_size // 2, 2, -1).transpose(0, 2, 1, 3).reshape(heads * c.head_size, -1)
            state[f"blocks.{i}.{ours}.weight"] = np.ascontiguousarray(w)
    model.load_state_dict({k: torch.from_numpy(v) for k, v in state.items()})
    tokens = bpe.Tokenizer(r.meta["tokenizer.ggml.tokens"], [m.split(" ") for m in r.meta["tokenizer.ggml.merges"]])
    return model.eval(), tokens


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--folder")
    p.add_argument("--out")
    p.add_argument("--type", choices=("q8_0", "f32"), default="q8_0")
    p.add_argument("--role", choices=("target", "draft"), action="append")
    p.add_argument("--list")
    a = p.parse_args()
    if a.list:
        r = Reader(a.list)
        for k, v in r.meta.items():
            print(k, "=", v if not isinstance(v, list) else f"[{len(v)}] {v[-3:]}")
        for k, v in r.tensors.items():
            print(k, v)
        return
    tokens = bpe.Tokenizer.load(os.path.join(a.folder, "tokenizer.json"))
    os.makedirs(a.out, exist_ok=True)
    from model import Config
    for role in a.role or ("target", "draft"):
        saved = torch.load(os.path.join(a.folder, role + ".pt"), map_location="cpu")
        c = vars(Config(**saved["config"]))
        weights = tensors(saved["model"], c)
        size = sum(w.size for _, w in weights)
        path = os.path.join(a.out, f"specoffload-demo-{role}-{a.type}.gguf")
        write(path, metadata(c, tokens, f"SpecOffload demo {role}", a.type == "q8_0", size), weights, a.type == "q8_0")
        print(path, os.path.getsize(path), "bytes,", size, "parameters, after", saved["state"]["step"], "steps")


if __name__ == "__main__":
    main()
