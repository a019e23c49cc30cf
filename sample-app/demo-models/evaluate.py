"""Measures exported files: greedy outputs token by token, compared with the expected text.

    evaluate.py --models MODELS [--count 100] [--prompt TEXT] [--misses]
"""

import argparse
import os

import torch

import chat
import corpus
import export_gguf
from train import acceptance, exactness


@torch.no_grad()
def generate(model, tokens, prompt, limit=320):
    ids = tokens.encode(prompt)
    past = [{} for _ in model.blocks]
    out, feed, start = [], ids, 0
    while len(out) < limit:
        state = model.hidden(torch.tensor([feed]), past, start)[:, -1]
        start += len(feed)
        best = int(model.logits(state).argmax(-1))
        if best == tokens.end:
            break
        out.append(best)
        feed = [best]
    return out


@torch.no_grad()
def choices(model, ids, start):
    """The model's first choice at every place from `start`, given what stands before it."""
    return model.logits(model.hidden(torch.tensor([ids]))[0, start - 1:-1]).argmax(-1).tolist()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--models", required=True)
    p.add_argument("--type", default="q8_0")
    p.add_argument("--count", type=int, default=500)
    p.add_argument("--prompt")
    p.add_argument("--misses", action="store_true")
    a = p.parse_args()
    target, tokens = export_gguf.load_model(os.path.join(a.models, f"specoffload-demo-target-{a.type}.gguf"))
    draft, _ = export_gguf.load_model(os.path.join(a.models, f"specoffload-demo-draft-{a.type}.gguf"))
    if a.prompt:
        for system in (corpus.SYSTEM, None):
            messages = corpus.with_system(system, [{"role": "user", "content": a.prompt}])
            print(tokens.decode(generate(target, tokens, chat.render(messages, None, True))))
        return
    for name, rows in (("extraction", corpus.test_prompts()[:a.count]), ("dialogue", corpus.dialogue_prompts(200)[:a.count])):
        right, hits = [], []
        for row in rows:
            prompt = chat.render(row["messages"], row.get("tools"), True)
            out = generate(target, tokens, prompt)
            right.append([tokens.decode(out) == row["expected"]])
            ids = tokens.encode(prompt)
            full = ids + out + [tokens.end]
            hits.append([c == t for c, t in zip(choices(draft, full, len(ids)), full[len(ids):])])
            if a.misses and not right[-1][0]:
                print(row["id"], repr(row["messages"][-1]["content"]), "\n  got ", tokens.decode(out), "\n  want", row["expected"])
        accepted, proposed, rounds, count = acceptance(hits)
        print(name, "exact %:", exactness(rows, right))
        print(f"{name}: draft accepted {accepted / proposed:.3f} of its tokens (4 candidates), {count / rounds:.2f} tokens per round")


if __name__ == "__main__":
    main()
