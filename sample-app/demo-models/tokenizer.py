"""Byte-level BPE for the demo models: training and encoding.

Text is cut as Qwen2 cuts it (letters with one leading other character, single digits, runs of
punctuation, blanks), so readers of the files use `tokenizer.ggml.pre` = "qwen2". Letters never merge
with a leading blank or quote while pairs are learned, so a name has the same tokens in a sentence and
in JSON and can be copied token by token; only at the end some common words get a form with a blank.
"""

import argparse
import collections
import json
import random
import re

import chat
import corpus

SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>"]
CONTROL = {"<|endoftext|>", "<|im_start|>", "<|im_end|>"}

# The published pattern with \p{L} as [^\W\d_] and \p{N} as \d, which is the same for the text generated here.
PRE = re.compile(r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|(?:[^\r\n\w]|_)?[^\W\d_]+|\d| ?(?:[^\s\w]|_)+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def byte_letters():
    """The printable character that stands for each byte: itself where printable, else 256 and up."""
    keep = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    table, extra = {}, 256
    for b in range(256):
        if b in keep:
            table[b] = chr(b)
        else:
            table[b] = chr(extra)
            extra += 1
    return table


LETTER = byte_letters()
BYTE = {c: b for b, c in LETTER.items()}
BLANK = LETTER[32]


class Tokenizer:
    def __init__(self, tokens, merges):
        self.tokens, self.merges = tokens, [tuple(m) for m in merges]
        self.ids = {t: i for i, t in enumerate(tokens)}
        self.ranks = {m: i for i, m in enumerate(self.merges)}
        self.cache = {}
        self.splitter = re.compile("(" + "|".join(re.escape(s) for s in SPECIALS) + ")")
        self.end, self.start, self.pad = self.ids["<|im_end|>"], self.ids["<|im_start|>"], self.ids["<|endoftext|>"]

    def piece(self, piece):
        known = self.cache.get(piece)
        if known is not None:
            return known
        parts = [LETTER[b] for b in piece.encode("utf-8")]
        while len(parts) > 1:
            rank, at = min((self.ranks.get((a, b), 1 << 30), i) for i, (a, b) in enumerate(zip(parts, parts[1:])))
            if rank == 1 << 30:
                break
            a, b = parts[at], parts[at + 1]
            out, i = [], 0
            while i < len(parts):
                if i + 1 < len(parts) and parts[i] == a and parts[i + 1] == b:
                    out.append(a + b)
                    i += 2
                else:
                    out.append(parts[i])
                    i += 1
            parts = out
        ids = [self.ids[p] for p in parts]
        if len(self.cache) < 200000:
            self.cache[piece] = ids
        return ids

    def encode(self, text, specials=True):
        out = []
        for part in (self.splitter.split(text) if specials else [text]):
            if specials and part in SPECIALS:
                out.append(self.ids[part])
            else:
                for m in PRE.finditer(part):
                    out.extend(self.piece(m.group(0)))
        return out

    def decode(self, ids):
        data = bytearray()
        for i in ids:
            t = self.tokens[i]
            data.extend(t.encode() if t in SPECIALS else bytes(BYTE[c] for c in t))
        return data.decode("utf-8", errors="replace")

    def save(self, path):
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"tokens": self.tokens, "merges": self.merges}, f, ensure_ascii=False)

    @staticmethod
    def load(path):
        with open(path, encoding="utf-8") as f:
            d = json.load(f)
        return Tokenizer(d["tokens"], d["merges"])


def field_words():
    words = set()
    for group in (corpus.FIRST, corpus.LAST, corpus.CITIES, corpus.NOUNS, corpus.ADJECTIVES, corpus.PRODUCT_WORDS,
                  corpus.PROBLEMS, corpus.TOPICS, corpus.TWO_WORD_CITIES, corpus.COMPANY_FORMS):
        for entry in group:
            words.update(re.findall(r"[A-Za-z]+", entry))
    return words


def train(vocabulary=1024, samples=20000, with_blank=180, seed=11):
    """Learns merges from generated conversations; `vocabulary` counts bytes, merges and special tokens."""
    rng = random.Random(seed)
    words, blanks = collections.Counter(), collections.Counter()
    split = re.compile("|".join(re.escape(s) for s in SPECIALS))
    for _ in range(samples):
        s = corpus.training_sample(rng)
        for part in split.split(chat.render(s["messages"], s.get("tools"))):
            for m in PRE.finditer(part):
                w = m.group(0)
                if len(w) > 1 and w[-1].isalpha() and not w[0].isalpha():
                    if w[0] == " ":
                        blanks[w[1:]] += 1
                    w = w[1:]
                words[w] += 1
    entries = [[[LETTER[b] for b in w.encode("utf-8")], n] for w, n in words.items()]
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for i, (parts, n) in enumerate(entries):
        for p in zip(parts, parts[1:]):
            pairs[p] += n
            where[p].add(i)
    merges, tokens = [], [LETTER[b] for b in range(256)]
    while len(tokens) < vocabulary - len(SPECIALS) - with_blank:
        best = max(pairs.items(), key=lambda e: (e[1], e[0]))[0]
        new = best[0] + best[1]
        merges.append(best)
        tokens.append(new)
        for i in list(where[best]):
            parts, n = entries[i]
            for p in zip(parts, parts[1:]):
                pairs[p] -= n
                if pairs[p] <= 0:
                    del pairs[p]
            out, k = [], 0
            while k < len(parts):
                if k + 1 < len(parts) and (parts[k], parts[k + 1]) == best:
                    out.append(new)
                    k += 2
                else:
                    out.append(parts[k])
                    k += 1
            entries[i][0] = out
            for p in zip(out, out[1:]):
                pairs[p] += n
                where[p].add(i)
        where.pop(best, None)
    # A blank joins a whole word only where that word is one token and hardly ever begins a longer one.
    first = collections.Counter()
    for parts, n in entries:
        if len(parts) > 1:
            first[parts[0]] += n
    known, taken = set(tokens), 0
    reserved = field_words()
    for w, n in sorted(blanks.items(), key=lambda e: (-e[1], e[0])):
        if taken == with_blank:
            break
        if w in known and w not in reserved and w.isascii() and first[w] * 50 < n:
            merges.append((BLANK, w))
            tokens.append(BLANK + w)
            taken += 1
    return Tokenizer(tokens + SPECIALS, merges)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True)
    p.add_argument("--vocabulary", type=int, default=1024)
    p.add_argument("--with-blank", type=int, default=180)
    a = p.parse_args()
    t = train(a.vocabulary, with_blank=a.with_blank)
    t.save(a.out)
    print(len(t.tokens), "tokens,", len(t.merges), "merges")


if __name__ == "__main__":
    main()
