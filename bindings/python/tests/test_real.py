"""A real model, the demo team, and the wheel."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import arny

ROOT = Path(__file__).resolve().parents[3]
MODELS = Path(os.environ.get("ARNY_MODELS", Path.home() / ".cache/arny/models"))
BASE = MODELS / "smollm2-135m.q4_0.gguf"


class Real(unittest.TestCase):
    def test_a_model_streams_and_keeps_its_prompt(self):
        with arny.Model(BASE, context=512) as model:
            texts = []
            for again in (False, True):
                with model.generate("Name three primes.", max_tokens=24, sampling=arny.sampling.GREEDY) as answer:
                    events = list(answer)
                texts.append("".join(event.text for event in events if isinstance(event, arny.Token)))
                ready = next(event for event in events if isinstance(event, arny.Ready))
                self.assertEqual(ready.restored_tokens > 0, again)
                self.assertGreater(answer.done.tokens, 5)
            self.assertEqual(texts[0], texts[1])
            self.assertGreater(model.count_tokens("Name three primes."), 3)
            nats, scored = model.score("The sun rises in the east.")
            self.assertTrue(0 < nats / scored < 10)

    def test_the_demo_team_routes_and_answers(self):
        with arny.Team(ROOT / "models/demo") as team, team.session() as chat:
            events = list(chat.ask("Solve 2x + 5 = 15", max_tokens=80))
            routed = next(event for event in events if isinstance(event, arny.Routed))
            self.assertEqual(routed.agent, "math")
            self.assertGreater(routed.confidence, 0.9)
            self.assertIn("5", chat.turns[0].reply)

    def test_the_example_runs(self):
        run = subprocess.run([sys.executable, ROOT / "bindings/python/example/chat.py", ROOT / "models/demo"], input="Solve 2x + 5 = 15\n",
                             env={**os.environ, "PYTHONPATH": str(ROOT / "bindings/python")}, capture_output=True, text=True, check=True)
        self.assertRegex(run.stdout, r"\[math \d+%\] .+")

    def test_a_wheel_carries_the_library(self):
        with tempfile.TemporaryDirectory() as folder:
            package = Path(folder) / "package"  # pip builds where the sources are
            shutil.copytree(ROOT / "bindings/python", package, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
            run = subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, package], capture_output=True, text=True, check=False)
            self.assertEqual(run.returncode, 0, run.stderr)
            (wheel,) = Path(folder).glob("arny-*.whl")
            self.assertRegex(wheel.name, r"-py3-none-\w+\.whl$")
            subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", f"{folder}/site", wheel], check=True)
            environment = {name: value for name, value in os.environ.items() if name != "ARNY_LIBRARY"}
            told = subprocess.run([sys.executable, "-c", "import arny; print(arny.library_path, arny.engines())"], check=True, cwd=folder,
                                  env={**environment, "PYTHONPATH": f"{folder}/site"}, capture_output=True, text=True).stdout
            self.assertIn("site/arny/lib/libarny", told)


if __name__ == "__main__":
    unittest.main()
