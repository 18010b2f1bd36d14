"""Bad input: a sentence that names the place, never a traceback."""
import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from arny_training import chat, curve  # noqa: E402
from arny_training.base import find  # noqa: E402
from arny_training.config import read_config  # noqa: E402
from arny_training.errors import Problem, main  # noqa: E402

TALK = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]


class Folder(unittest.TestCase):
    def setUp(self):
        self.kept = tempfile.TemporaryDirectory()
        self.folder = Path(self.kept.name)
        self.addCleanup(self.kept.cleanup)

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def refused(self, function, *words):
        with self.assertRaises(Problem) as caught:
            function(*words)
        return str(caught.exception)


class Conversations(Folder):
    def read(self, *lines):
        return self.refused(chat.read_conversations, self.write("d.jsonl", "\n".join(lines)))

    def test_each_mistake_names_its_line(self):
        good = json.dumps({"messages": TALK})
        self.assertIn("d.jsonl:2: not JSON", self.read(good, "{oops"))
        self.assertIn("d.jsonl:1: a JSON object is expected", self.read("[1]"))
        self.assertIn("d.jsonl:1: \"messages\" must be a list", self.read("{}"))
        self.assertIn("has the role \"robot\"", self.read(json.dumps({"messages": [{"role": "robot", "content": "x"}]})))
        self.assertIn("take turns", self.read(json.dumps({"messages": [TALK[0], TALK[0]]})))
        self.assertIn("has no text", self.read(json.dumps({"messages": [{"role": "user", "content": " "}]})))
        self.assertIn("the last message must be of the assistant", self.read(json.dumps({"messages": TALK[:1]})))
        self.assertIn("must be an object", self.read(json.dumps({"messages": ["x"]})))
        self.assertIn("d.jsonl: not UTF-8", self.refused(chat.read_conversations, self.write("d.jsonl", b"\xff\xfe")))
        self.assertIn("no such file", self.refused(chat.read_conversations, self.folder / "missing.jsonl"))

    def test_good_lines_and_empty_ones(self):
        path = self.write("d.jsonl", "\n" + json.dumps({"messages": TALK}) + "\n\n")
        self.assertEqual(chat.read_conversations(path), [TALK])
        chat.write_json_lines(self.folder / "o.jsonl", [{"a": "ü"}])
        self.assertEqual((self.folder / "o.jsonl").read_text(encoding="utf-8"), '{"a": "ü"}\n')


class Tokenizer:
    """One token a character; turns as <role>text."""
    chat_template = "there"

    def apply_chat_template(self, messages, tokenize, add_generation_prompt):
        return "".join(f"<{m['role'][0]}>{m['content']}" + ("$" if m["role"] == "assistant" else "") for m in messages) + ("<a>" if add_generation_prompt else "")

    def __call__(self, text, add_special_tokens):
        return {"input_ids": [ord(c) for c in text]}


class Tokens(Folder):
    def test_what_assistants_say_is_learned_with_its_end(self):
        ids, learned = chat.tokens_of(Tokenizer(), TALK + TALK)
        text = "".join(map(chr, ids))
        self.assertEqual(text, "<u>hi<a>hello$<u>hi<a>hello$")
        self.assertEqual("".join(c for c, l in zip(text, learned) if l), "hello$hello$")

    def test_a_tokenizer_without_a_template_is_refused(self):
        class None_(Tokenizer):
            chat_template = None
        self.assertIn("no chat template", self.refused(chat.tokens_of, None_(), TALK))

    def test_a_template_that_rewrites_is_refused(self):
        class Rewrites(Tokenizer):
            def apply_chat_template(self, messages, tokenize, add_generation_prompt):
                return str(len(messages)) + super().apply_chat_template(messages, tokenize, add_generation_prompt)
        self.assertIn("rewrites earlier messages", self.refused(chat.tokens_of, Rewrites(), TALK))


class Configurations(Folder):
    def read(self, **value):
        return self.refused(read_config, self.write("c.json", json.dumps(value)))

    def test_mistakes(self):
        self.assertIn("no such configuration", self.refused(read_config, self.folder / "none.json"))
        self.assertIn("not JSON", self.refused(read_config, self.write("c.json", "{")))
        self.assertIn("\"colour\" is not known", self.read(name="x", data="math", colour=1))
        self.assertIn("\"data\" is missing", self.read(name="x"))
        self.assertIn("\"rank\" must be of type int", self.read(name="x", data="math", rank="8"))
        self.assertIn("\"rank\" must be 1 to 256", self.read(name="x", data="math", rank=0))
        self.assertIn("\"rank\" must be of type int", self.read(name="x", data="math", rank=True))
        self.assertIn("\"precision\" must be float32 or bfloat16", self.read(name="x", data="math", precision="float16"))

    def test_the_guide_is_the_default(self):
        config = read_config(self.write("c.json", json.dumps({"name": "x", "data": "math", "epochs": 1})))
        self.assertEqual((config.rank, config.alpha, config.max_length, len(config.modules)), (16, 16, 2048, 7))
        self.assertEqual(config.digest(), read_config(self.write("d.json", json.dumps({"name": "x", "data": "math", "epochs": 1, "threads": 2}))).digest())
        self.assertNotEqual(config.digest(), read_config(self.write("d.json", json.dumps({"name": "x", "data": "math", "epochs": 1, "seed": 2}))).digest())

    def test_the_shipped_ones_are_read(self):
        for path in sorted((Path(__file__).resolve().parents[1] / "configs").glob("*.json")):
            self.assertTrue(read_config(path).name)

    def test_a_base_that_is_missing_is_named(self):
        self.assertIn("no such base model", self.refused(find, "missing.gguf"))


class Rest(Folder):
    def test_a_problem_is_a_line_and_a_status(self):
        def failing():
            raise Problem("it is wrong here")
        self.assertEqual(main(failing), 65)
        self.assertEqual(main(lambda: None), 0)

    def test_the_curve_is_svg(self):
        import xml.etree.ElementTree as tree
        tree.fromstring(curve.svg("math", [3.0, 2.0, 1.5, 1.2], [(0, 3.1), (4, 1.3)]))
        self.assertEqual(curve.svg("x", [], []), "")


if __name__ == "__main__":
    unittest.main()
