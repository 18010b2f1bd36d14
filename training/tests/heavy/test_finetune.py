"""What needs PyTorch: a tiny model is tuned, killed, gone on with; checkpoints that are damaged or of something else. ./dev training runs it."""
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from arny_training import base, checkpoint, config, finetune  # noqa: E402
from arny_training.adapter import interleaved, read_folder, tensors_of  # noqa: E402
from arny_training.errors import Problem  # noqa: E402

TEMPLATE = "{% for m in messages %}<{{ m['role'][0] }}>{{ m['content'] }}{% if m['role'] == 'assistant' %}$\n{% endif %}{% endfor %}{% if add_generation_prompt %}<a>{% endif %}"


def make_base(folder, template=TEMPLATE):
    """A llama of two layers whose tokens are bytes."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({c: i for i, c in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    fast.chat_template = template
    fast.save_pretrained(folder)
    torch.manual_seed(1)
    LlamaForCausalLM(LlamaConfig(vocab_size=len(alphabet), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
                                 num_key_value_heads=2, max_position_embeddings=256)).save_pretrained(folder)


class Tuning(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory()
        cls.root = Path(cls.kept.name)
        make_base(cls.root / "base")
        rows = [{"messages": [{"role": "user", "content": f"what is {i} + 1?"}, {"role": "assistant", "content": f"{i + 1}."}]} for i in range(40)]
        (cls.root / "rows.jsonl").write_text("\n".join(json.dumps(r) for r in rows), encoding="utf-8")

    @classmethod
    def tearDownClass(cls):
        cls.kept.cleanup()

    def conf(self, **more):
        value = {"name": "t", "data": "rows.jsonl", "base": str(self.root / "base"), "rank": 2, "alpha": 4, "batch_tokens": 128, "max_length": 64,
                 "epochs": 2, "checkpoint_every": 2, "threads": 1, **more}
        path = self.root / "c.json"
        path.write_text(json.dumps(value), encoding="utf-8")
        return config.read_config(path)

    def refused(self, function, *words):
        with self.assertRaises(Problem) as caught:
            function(*words)
        return str(caught.exception)

    def test_a_killed_run_ends_with_the_same_bytes(self):
        whole = finetune.train(self.conf(), self.root / "whole")
        self.assertGreater(whole["steps"], 6)
        self.assertLess(whole["loss"], whole["held_loss"][0][1])

        class Killed(Exception):
            pass

        def kill(step, *_):
            if step == 5:
                raise Killed
        with mock.patch.object(finetune, "show", kill), self.assertRaises(Killed):
            finetune.train(self.conf(), self.root / "killed")
        self.assertTrue((self.root / "killed" / "checkpoints" / "step-4").is_dir())
        again = finetune.train(self.conf(), self.root / "killed")
        self.assertEqual(again["adapter_sha256"], whole["adapter_sha256"])
        self.assertEqual([p.name for p in (self.root / "killed" / "checkpoints").iterdir()], [f"step-{whole['steps']}"])
        for name in ("manifest.json", "loss.svg", "t.lora.gguf", "adapter/adapter_model.safetensors"):
            self.assertTrue((self.root / "whole" / name).exists(), name)

    def test_checkpoints_of_something_else_and_damaged_ones(self):
        finetune.train(self.conf(), self.root / "one", 2)
        self.assertIn("is of another configuration", self.refused(finetune.train, self.conf(seed=7), self.root / "one", 2))
        place, = (self.root / "one" / "checkpoints").iterdir()
        (place / "state.pt").write_bytes(b"x")
        self.assertIn("a damaged checkpoint", self.refused(finetune.train, self.conf(), self.root / "one", 2))

    def test_a_full_disk_leaves_the_checkpoint_before(self):
        folder = self.root / "full"
        checkpoint.save(folder, 1, "d", {}, {}, [1.0], [], 1.0)
        import torch
        with mock.patch.object(torch, "save", side_effect=OSError(28, "No space left on device")):
            self.assertIn("No space left", self.refused(checkpoint.save, folder, 2, "d", {}, {}, [1.0], [], 1.0))
        self.assertEqual([p.name for p in folder.iterdir()], ["step-1"])
        self.assertEqual(checkpoint.newest(folder, "d")[0]["step"], 1)

    def test_no_template_and_nothing_that_fits(self):
        make_base(self.root / "bare", None)
        self.assertIn("has no chat template", self.refused(base.load_tokenizer, str(self.root / "bare")))
        self.assertIn("is longer than max_length", self.refused(finetune.train, self.conf(max_length=16), self.root / "short"))

    def test_the_adapter_as_gguf(self):
        finetune.train(self.conf(), self.root / "gguf", 2)
        import gguf
        state, _ = read_folder(self.root / "gguf" / "adapter")
        reader = gguf.GGUFReader(self.root / "gguf" / "t.lora.gguf")
        self.assertEqual(reader.fields["general.type"].contents(), "adapter")
        self.assertEqual(reader.fields["adapter.lora.alpha"].contents(), 4.0)
        self.assertEqual(len(reader.tensors), 2 * 7 * 2)
        held = {t.name: t.data for t in reader.tensors}["blk.1.attn_k.weight.lora_b"]
        rows = state["base_model.model.model.layers.1.self_attn.k_proj.lora_B.weight"].astype(np.float32)
        self.assertTrue(np.array_equal(held, interleaved(rows, 2).astype(np.float16)))
        self.assertIn("no such file", self.refused(read_folder, self.root / "nothing"))

    def test_rows_of_a_head_are_interleaved_and_bad_tensors_refused(self):
        rows = np.arange(8).reshape(8, 1)  # two heads of four: halves 0 1 | 2 3
        self.assertEqual(interleaved(rows, 2)[:, 0].tolist(), [0, 2, 1, 3, 4, 6, 5, 7])
        self.assertIn("has no place in a llama", self.refused(tensors_of, {"lm_head.lora_A.weight": np.ones((2, 4))}, 1, 1))
        bad = {"model.layers.0.self_attn.q_proj.lora_B.weight": np.full((4, 2), np.nan)}
        self.assertIn("not finite", self.refused(tensors_of, bad, 1, 1))


if __name__ == "__main__":
    unittest.main()
