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


class Norm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        return x * (torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps)) * self.weight


def rotate(x, cos, sin):
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


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
        q = self.q(h).view(b, t, c.heads, c.head_size).transpose(1, 2)
        k = self.k(h).view(b, t, c.kv_heads, c.head_size).transpose(1, 2)
        v = self.v(h).view(b, t, c.kv_heads, c.head_size).transpose(1, 2)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if past is not None:
            if past.get("k") is not None:
                k, v = torch.cat((past["k"], k), 2), torch.cat((past["v"], v), 2)
            past["k"], past["v"] = k, v
        group = c.heads // c.kv_heads
        if x.is_cuda and past is None and hasattr(F, "scaled_dot_product_attention"):
            k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            # The heads of a group share k and v: fold them into the rows of one product.
            s = k.shape[2]
            q = (q * (c.head_size ** -0.5)).reshape(b * c.kv_heads, group * t, c.head_size)
            w = torch.bmm(q, k.reshape(b * c.kv_heads, s, c.head_size).transpose(1, 2))
            w = torch.softmax(w.view(-1, t, s).add_(mask), -1) if mask is not None else torch.softmax(w, -1)
            y = torch.bmm(w.view(b * c.kv_heads, group * t, s), v.reshape(b * c.kv_heads, s, c.head_size))
            y = y.view(b, c.heads, t, c.head_size)
        x = x + self.o(y.transpose(1, 2).reshape(b, t, c.heads * c.head_size))
        h = self.ffn_norm(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


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
