"""A plain llama decoder: RMSNorm, grouped query attention, rotary positions, SwiGLU, no biases, tied embeddings.

Positions rotate the halves (i, i + d/2) of each head while training, which is faster here; the export
reorders the rows of the q and k matrices so that readers rotate neighbours (2i, 2i + 1), as llama files do.
"""

import dataclasses
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclasses.dataclass
class Config:
    vocabulary: int
    width: int
    layers: int
    heads: int
    kv_heads: int
    hidden: int
    head_size: int = 32
    rope_base: float = 500000.0
    eps: float = 1e-5
    context: int = 2048


class Scale(torch.autograd.Function):
    """RMS normalization in few passes: on a CPU the passes over memory cost more than the arithmetic."""

    @staticmethod
    def forward(ctx, x, weight, eps):
        r = torch.rsqrt(x.square().mean(-1, keepdim=True).add_(eps))
        n = x * r
        ctx.save_for_backward(n, r, weight)
        return n * weight

    @staticmethod
    def backward(ctx, g):
        n, r, weight = ctx.saved_tensors
        gn = g * n
        gw = gn.flatten(0, -2).sum(0)
        mean = gn.mul_(weight).mean(-1, keepdim=True)
        return torch.addcmul(g * weight, n, mean, value=-1).mul_(r), gw, None


class Norm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        return Scale.apply(x, self.weight, self.eps)


def rotate(x, cos, sin):
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


class GroupedAttention(torch.autograd.Function):
    """Softmax attention of [n, group * t, d] queries on [n, s, d] keys and values. The heads of a group share k and v
    and are folded into the rows of one product. The score matrices are the largest tensors of a training step: here
    each is written once, in the type of q, where automatic casting would convert it to and fro."""

    @staticmethod
    def forward(ctx, q, k, v, mask):
        with torch.autocast("cpu", enabled=False):
            w = torch.bmm(q, k.transpose(1, 2))
            n, rows, s = w.shape
            if mask is not None:
                w.view(-1, mask.shape[0], s).add_(mask.to(w.dtype))
            w = torch.softmax(w, -1)
            ctx.save_for_backward(q, k, v, w)
            return torch.bmm(w, v)

    @staticmethod
    def backward(ctx, g):
        q, k, v, w = ctx.saved_tensors
        with torch.autocast("cpu", enabled=False):
            g = g.to(w.dtype)
            gv = torch.bmm(w.transpose(1, 2), g)
            gw = torch._softmax_backward_data(torch.bmm(g, v.transpose(1, 2)), w, -1, w.dtype)
            return torch.bmm(gw, k), torch.bmm(gw.transpose(1, 2), q), gv, None


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        q, kv = c.heads * c.head_size, c.kv_heads * c.head_size
        self.attn_norm, self.ffn_norm = Norm(c.width, c.eps), Norm(c.width, c.eps)
        self.q, self.k, self.v = (nn.Linear(c.width, n, bias=False) for n in (q, kv, kv))
        self.o = nn.Linear(q, c.width, bias=False)
        self.gate, self.up = (nn.Linear(c.width, c.hidden, bias=False) for _ in range(2))
        self.down = nn.Linear(c.hidden, c.width, bias=False)

    def forward(self, x, cos, sin, mask, past=None):
        c = self.c
        b, t, _ = x.shape
        h = self.attn_norm(x)
        # One product for q, k and v, one for gate and up: its input is converted and read once.
        sizes = [c.heads * c.head_size, c.kv_heads * c.head_size, c.kv_heads * c.head_size]
        q, k, v = F.linear(h, torch.cat((self.q.weight, self.k.weight, self.v.weight))).split(sizes, -1)
        q = rotate(q.view(b, t, c.heads, c.head_size).transpose(1, 2), cos, sin)
        k = rotate(k.view(b, t, c.kv_heads, c.head_size).transpose(1, 2), cos, sin)
        v = v.view(b, t, c.kv_heads, c.head_size).transpose(1, 2)
        if past is not None:
            if past.get("k") is not None:
                k, v = torch.cat((past["k"], k), 2), torch.cat((past["v"], v), 2)
            past["k"], past["v"] = k, v
        group = c.heads // c.kv_heads
        if x.is_cuda and past is None and hasattr(F, "scaled_dot_product_attention"):
            k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            s = k.shape[2]
            q = (q * (c.head_size ** -0.5)).reshape(b * c.kv_heads, group * t, c.head_size)
            k, v = k.reshape(b * c.kv_heads, s, c.head_size), v.reshape(b * c.kv_heads, s, c.head_size)
            y = GroupedAttention.apply(q.to(v.dtype), k.to(v.dtype), v, mask)
            y = y.view(b, c.heads, t, c.head_size)
        x = x + self.o(y.transpose(1, 2).reshape(b, t, c.heads * c.head_size))
        h = self.ffn_norm(x)
        gate, up = F.linear(h, torch.cat((self.gate.weight, self.up.weight))).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


class Model(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.embedding = nn.Embedding(c.vocabulary, c.width)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.layers))
        self.norm = Norm(c.width, c.eps)
        nn.init.normal_(self.embedding.weight, std=0.03)
        for block in self.blocks:
            for layer in (block.q, block.k, block.v, block.gate, block.up):
                nn.init.normal_(layer.weight, std=c.width ** -0.5)
            nn.init.normal_(block.o.weight, std=0.2 * c.width ** -0.5 / math.sqrt(c.layers))
            nn.init.normal_(block.down.weight, std=0.2 * c.hidden ** -0.5 / math.sqrt(c.layers))
        angles = torch.outer(torch.arange(c.context).float(),
                             c.rope_base ** (-torch.arange(0, c.head_size, 2).float() / c.head_size))
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        self.masks = {}

    @torch.no_grad()
    def begin_with_copying(self):
        """Starts from weights that already copy a little, which training otherwise finds only after a long while.

        In the first layer some heads look 1, 2, ... tokens back, by rotating a constant that every embedding
        holds. In the second layer one head of each key/value group looks for places whose previous token is the
        present one and writes what stands there. All else stays random; training is free to change everything.
        """
        c, d, half = self.c, self.c.head_size, self.c.head_size // 2
        group = c.heads // c.kv_heads
        frequency = c.rope_base ** (-torch.arange(0, d, 2).float() / d)
        slow, fast = torch.cat([frequency < 0.02] * 2).float(), (frequency > 0.1).float()
        e = self.embedding.weight
        e.normal_(std=1.0)
        e[:, 0] = 0
        e.div_(e.square().mean(1, keepdim=True).sqrt())
        e[:, 0] = 3.0
        self.norm.weight.fill_(0.05)
        first, second = self.blocks[0], self.blocks[1]
        strength = 4.5
        for kv in range(c.kv_heads):
            rows = slice(kv * d, kv * d + d)
            first.k.weight[rows] = 0
            first.k.weight[kv * d:kv * d + half, 0] = strength * fast / 2
            read = torch.randn(d, c.width) * c.width ** -0.5
            read[:, 0] = 0
            first.v.weight[rows] = read
            for n in range(group):
                back = 1.0 + kv * group + n if kv * group + n < 3 else None
                head = slice((kv * group + n) * d, (kv * group + n + 1) * d)
                if back is None:
                    first.q.weight[head].normal_(std=c.width ** -0.5)
                    continue
                q = torch.zeros(d, c.width)
                q[:half, 0] = strength * fast * torch.cos(frequency * back)
                q[half:, 0] = -strength * fast * torch.sin(frequency * back)
                first.q.weight[head] = q
                if back == 1:
                    write = torch.randn(c.width, d) * c.width ** -0.5
                    write[0] = 0
                    first.o.weight[:, head] = write * 2.0
                    keep = read, write
        read, write = keep
        for kv in range(c.kv_heads):
            rows = slice(kv * d, kv * d + d)
            head = slice(kv * group * d, (kv * group + 1) * d)
            second.k.weight[rows] = slow[:, None] * write.t() * 3.0
            second.q.weight[head] = slow[:, None] * read * 2.5
            second.v.weight[rows] = torch.randn(d, c.width) * c.width ** -0.5
            second.v.weight[rows, 0] = 0
            second.o.weight[:, head] = second.v.weight[rows].t() * 7.0

    def mask(self, t, s, device):
        if t == 1:
            return None
        key = (t, s, device)
        if key not in self.masks:
            if len(self.masks) > 64:
                self.masks.clear()
            self.masks[key] = torch.full((t, s), float("-inf"), device=device).triu(1 + s - t)
        return self.masks[key]

    def hidden(self, ids, past=None, start=0):
        """Final states; `past`: one dictionary per layer that keeps keys and values."""
        t = ids.shape[1]
        x = self.embedding(ids)
        cos, sin = self.cos[start:start + t], self.sin[start:start + t]
        mask = self.mask(t, start + t, ids.device)
        for i, block in enumerate(self.blocks):
            x = block(x, cos, sin, mask, None if past is None else past[i])
        return self.norm(x)

    def logits(self, states):
        return F.linear(states, self.embedding.weight)

    def size(self):
        return sum(p.numel() for p in self.parameters())
