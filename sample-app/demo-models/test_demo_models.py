"""Self test without training: python3 test_demo_models.py"""

import hashlib
import json
import os
import random
import re
import sys
import tempfile
import unittest

import chat
import corpus
import tokenizer as bpe

HERE = os.path.dirname(os.path.abspath(__file__))


def digest(rows):
    return hashlib.sha256("\n".join(json.dumps(r, ensure_ascii=False) for r in rows).encode()).hexdigest()[:16]


def samples(count, seed):
    rng = random.Random(seed)
    return [corpus.training_sample(rng) for _ in range(count)]


def extractions(count, seed):
    return [s for s in samples(count, seed) if s["kind"] in corpus.KINDS]


class CorpusTest(unittest.TestCase):
    def test_same_seed_same_text(self):
        self.assertEqual(digest(samples(500, 3)), digest(samples(500, 3)))
        self.assertEqual(TRAINING_DIGEST, digest(samples(500, 3)))

    def test_committed_test_sets(self):
        for name, rows in (("test-prompts.jsonl", corpus.test_prompts()), ("wording-prompts.jsonl", corpus.wording_prompts()), ("dialogue-prompts.jsonl", corpus.dialogue_prompts())):
            with open(os.path.join(HERE, name), encoding="utf-8") as f:
                self.assertEqual([json.loads(line) for line in f], rows)

    def test_values_stand_in_the_text_and_keys_in_order(self):
        for row in corpus.test_prompts():
            j = json.loads(row["expected"])
            self.assertEqual([k[0] for k in corpus.KINDS[row["kind"]]], list(j))
            self.assertEqual(row["expected"], corpus.compact(j))
            said = row["messages"][-1]["content"]
            for key in ("customer", "supplier", "person", "city", "number", "reference", "product", "topic", "problem"):
                if j.get(key):
                    self.assertIn(j[key], said)
            for item in j.get("items", []):
                self.assertIn(item["name"], said)

    def test_training_values_stand_in_the_text(self):
        for s in extractions(6000, 8):
            j, said = json.loads(s["messages"][-1]["content"]), s["messages"][-2]["content"]
            self.assertNotRegex(said, r"[{}\[\]]")
            for key in ("customer", "supplier", "person", "city", "number", "reference", "product", "topic", "problem"):
                if j.get(key):
                    self.assertIn(j[key], said)
            for item in j.get("items", []):
                self.assertIn(item["name"], said)

    def test_held_out_sentences_stay_out_of_training(self):
        held = [p for w in vars(corpus).values() if isinstance(w, corpus.Wordings) for p in w.test]
        parts = [re.escape(part) for p in held for part in re.split(r"\{\w+\}", p) if len(part.split()) >= 4]
        self.assertGreater(len(parts), 15)
        anywhere = re.compile("|".join(parts), re.IGNORECASE)
        tests = {row["messages"][-1]["content"] for row in corpus.test_prompts()}
        for s in extractions(6000, 9):
            said = s["messages"][-2]["content"]
            self.assertNotIn(said, tests)
            self.assertIsNone(anywhere.search(said), said)

    def test_unseen_names_are_held_out(self):
        for row in corpus.test_prompts():
            city = json.loads(row["expected"]).get("city")
            if city:
                self.assertEqual(row["unseen"], corpus.held_out(city), city)


class TokenizerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tokens = bpe.train(600, samples=400, with_blank=60)

    def test_round_trip(self):
        texts = [chat.render(s["messages"], s.get("tools"), True) for s in samples(300, 4)]
        texts += ["Zo\u00eb \u20ac 12,50 \u00a3 \u00df \u4e16\u754c \U0001f600\t\r\n  x", "", "  ", "a  b\n\n c"]
        for t in texts:
            self.assertEqual(t, self.tokens.decode(self.tokens.encode(t)))

    def test_names_have_the_same_tokens_everywhere(self):
        for name in ("Anna Keller", "Wrelmoudan", "oak shelf", "Hofer & Silva"):
            self.assertEqual(self.tokens.encode(name), self.tokens.encode("to " + name)[-len(self.tokens.encode(name)):])
            self.assertEqual(self.tokens.encode(name), self.tokens.encode("\":\"" + name)[-len(self.tokens.encode(name)):])

    def test_digits_are_single(self):
        self.assertEqual(4, len(self.tokens.encode("2027")))

    def test_save_and_load(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "t.json")
            self.tokens.save(path)
            self.assertEqual(self.tokens.encode("Hello Graz 2027"), bpe.Tokenizer.load(path).encode("Hello Graz 2027"))


class TemplateTest(unittest.TestCase):
    def test_twin(self):
        try:
            import jinja2
        except ImportError:
            self.skipTest("jinja2 is not installed")
        env = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
        env.filters["tojson"] = chat.tojson
        with open(os.path.join(HERE, "chat_template.jinja"), encoding="utf-8") as f:
            template = env.from_string(f.read().rstrip("\n"))
        for s in samples(600, 5):
            for prompt in (False, True):
                self.assertEqual(template.render(messages=s["messages"], tools=s.get("tools"), add_generation_prompt=prompt),
                                 chat.render(s["messages"], s.get("tools"), prompt))


class ModelTest(unittest.TestCase):
    def test_begins_with_copying(self):
        try:
            import torch
        except ImportError:
            self.skipTest("torch is not installed")
        from model import Config, Model
        torch.manual_seed(2)
        model = Model(Config(1024, 256, 4, 4, 2, 384, 64)).eval()
        model.begin_with_copying()
        words = torch.randperm(1000)[None, :40]
        ids = torch.cat((words, words), 1)
        with torch.no_grad():
            best = model.logits(model.hidden(ids)).argmax(-1)
        self.assertGreater((best[0, 40:-1] == ids[0, 41:]).float().mean().item(), 0.7)


    def test_growing_changes_nothing(self):
        try:
            import torch
        except ImportError:
            self.skipTest("torch is not installed")
        import dataclasses
        import train
        from model import Config, Model
        torch.manual_seed(3)
        small = Config(300, 64, 2, 2, 1, 96)
        model = Model(small)
        model.begin_with_copying()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m.pt")
            torch.save({"config": dataclasses.asdict(small), "model": model.state_dict()}, path)
            large = Model(Config(300, 64, 4, 2, 1, 160))
            train.grow(large, path, "cpu")
        ids = torch.arange(20, 60)[None]
        with torch.no_grad():
            gap = (model.logits(model.hidden(ids)) - large.logits(large.hidden(ids))).abs().max().item()
        self.assertLess(gap, 1e-4)


class ExportTest(unittest.TestCase):
    def test_f32_file_gives_the_same_logits(self):
        try:
            import torch
        except ImportError:
            self.skipTest("torch is not installed")
        import export_gguf
        from model import Config, Model
        torch.manual_seed(1)
        tokens = bpe.train(500, samples=200, with_blank=20)
        c = Config(len(tokens.tokens), 64, 2, 2, 1, 96)
        model = Model(c).eval()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m.gguf")
            for quantized, bound in ((False, 1e-5), (True, 0.2)):
                weights = export_gguf.tensors(model.state_dict(), vars(c))
                export_gguf.write(path, export_gguf.metadata(vars(c), tokens, "m", quantized, 1), weights, quantized)
                again, loaded = export_gguf.load_model(path)
                self.assertEqual(tokens.tokens, loaded.tokens)
                ids = torch.tensor([tokens.encode("Hello Graz, 2 x oak shelf")])
                with torch.no_grad():
                    gap = (model.logits(model.hidden(ids)) - again.logits(again.hidden(ids))).abs().max().item()
                self.assertLess(gap, bound)


TRAINING_DIGEST = "9caa6c2316126b7f"

if __name__ == "__main__":
    sys.exit(unittest.main())
