"""The data sets: computed truths are true, nothing leaks from training into tests, what is written is well-formed. No PyTorch needed."""
import json
import re
import sys
import unittest
from fractions import Fraction
from pathlib import Path

TRAINING = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TRAINING))

from arny_training import data  # noqa: E402
from arny_training.data.lists import lists  # noqa: E402
from arny_training.data.plans import shortest  # noqa: E402
from arny_training.data.problem import FAMILIES, false_equations, value_of  # noqa: E402
from arny_training.data.sums import add, divide, multiply, parts, subtract  # noqa: E402
from arny_training.evaluate.checks import check  # noqa: E402
from arny_training.prompts import SYSTEM_PROMPTS  # noqa: E402


def computed_tasks(each):
    return [t for agent in ("math", "logistics") for t in (*data.known_tasks(agent, each), *data.held_tasks(agent, each))]


class Sums(unittest.TestCase):
    def test_parts_add_up(self):
        for n in (0, 7, 10, 105, 257, 1000):
            self.assertEqual(sum(parts(n)), n)

    def test_steps_are_true_and_end_in_the_result(self):
        for a in range(2, 130, 7):
            for b in range(2, 130, 11):
                for function, exact in ((add, a + b), (multiply, a * b)):
                    text, value = function(a, b)
                    self.assertEqual(value, exact)
                    self.assertEqual(false_equations(text), [])
                    self.assertTrue(text.endswith(f"= {exact}"), text)
                if a >= b:
                    self.assertEqual(subtract(a, b)[1], a - b)
                self.assertEqual(divide(a * b, b)[1], a)

    def test_a_false_chain_is_found(self):
        self.assertEqual(false_equations("so 2 + 3 = 6."), ["2 + 3 = 6"])
        self.assertEqual(false_equations("7 x 23 = 7 x 20 + 7 x 3 = 140 + 21 = 161"), [])
        self.assertEqual(value_of("3 + 4 x 5 / 2 - 1"), Fraction(12))


class Tasks(unittest.TestCase):
    def test_every_step_of_every_answer_is_true(self):
        for task in computed_tasks(40):
            self.assertEqual(false_equations(task.answer), [], task)

    def test_every_answer_passes_its_own_check(self):
        for task in computed_tasks(40):
            self.assertEqual(check(task.answer, task.truth, task.family), (True, True), task)

    def test_solutions_fulfil_their_equations(self):
        seen = 0
        for task in data.known_tasks("math", 40) + data.held_tasks("math", 40):
            if not task.family.startswith("equation"):
                continue
            name, = re.findall(r"The answer is ([a-z]) =", task.answer)
            sides = re.search(rf"((?:\d+{name}|{name}|\d+)(?: [+\-/] (?:{name}|\d+))*) = (\d+)", task.question)
            left = re.sub(rf"(?<!\d){name}\b", task.truth["number"], sides[1])
            left = re.sub(rf"(\d+){name}", rf"\1 x {task.truth['number']}", left)
            self.assertEqual(value_of(left), Fraction(sides[2]), task.question)
            seen += 1
        self.assertGreater(seen, 200)

    def test_orders_are_the_shortest(self):
        order, way = shortest(0, {"a": 9, "b": 2, "c": 5})
        self.assertEqual((order, way), (["b", "c", "a"], 9))

    def test_the_same_seed_gives_the_same_lines(self):
        for agent in data.AGENTS:
            self.assertEqual(data.specialist(agent, 300), data.specialist(agent, 300))
        self.assertEqual(data.prepare_universal_dataset(), data.prepare_universal_dataset())
        self.assertNotEqual(data.computed("math", 50, seed=1), data.computed("math", 50, seed=2))


class Split(unittest.TestCase):
    def test_no_held_family_is_trained_on(self):
        for agent in ("math", "logistics"):
            held = {name for name, (_, is_held) in FAMILIES[agent].items() if is_held}
            self.assertGreaterEqual(len(held), 5)
            trained = {row["family"] for row in data.computed(agent, 2000)}
            self.assertEqual(trained & held, set())
            self.assertEqual({t.family for t in data.held_tasks(agent, 2)}, held)

    def test_no_question_of_a_test_is_trained_on(self):
        trained = {m["content"] for agent in data.AGENTS for row in data.specialist(agent, 4000) for m in row["messages"] if m["role"] == "user"}
        frozen = [json.loads(line)["text"] for line in (TRAINING / "data" / "chat" / "frozen.jsonl").read_text(encoding="utf-8").splitlines()]
        self.assertEqual(len(frozen), 30)
        asked = {t.question for agent in ("math", "logistics") for t in data.held_tasks(agent, 40)} | set(frozen)
        tested = {row["messages"][1]["content"] for row in data.held_listed(100) + data.held_counseled(400)}
        self.assertEqual({q.lower().rstrip(".") for q in trained} & {q.lower().rstrip(".") for q in asked | tested}, set())

    def test_no_training_question_has_the_numbers_of_a_frozen_one(self):
        frozen = data.frozen_numbers()
        self.assertGreater(len(frozen), 12)
        for agent in ("math", "logistics"):
            for row in data.computed(agent, 4000):
                for message in row["messages"]:
                    if message["role"] == "user":
                        self.assertNotIn(tuple(re.findall(r"\d+", message["content"])), frozen)

    def test_the_universal_set_is_balanced_and_tagged(self):
        rows = data.prepare_universal_dataset()
        counts = {agent: sum(row["agent"] == agent for row in rows) for agent in data.AGENTS}
        self.assertEqual(len(set(counts.values())), 1)
        for row in rows:
            self.assertTrue(row["messages"][0]["content"].startswith(f"[AGENT:{row['agent']}] "))

    def test_the_gateway_answers_json(self):
        row, = data.gateway_json([{"text": "Plan my route", "agent": "logistics"}])
        self.assertEqual(json.loads(row["messages"][-1]["content"]), {"agent": "logistics", "confidence": 0.95})


class Written(unittest.TestCase):
    def test_what_counselors_say_keeps_to_the_rules(self):
        broken = []
        for row in data.conversations("wellness") + data.conversations("wellness", tested=True):
            for message in row["messages"]:
                if message["role"] == "assistant" and len(message["content"].split()) >= 20:
                    if not check(message["content"], {"rules": "talk"})[1] and " you" in message["content"].lower():
                        broken.append(message["content"])
        self.assertEqual(broken, [])

    def test_what_is_put_together_keeps_to_the_rules(self):
        for row in data.counseled(3000) + data.held_counseled(300):
            topic, message = row["topic"], row["messages"][2]["content"]
            if topic in ("thanks", "hello"):
                continue
            rules = {"danger": "danger", "danger-other": "danger", "medicine": "doctor"}.get(topic, "talk")
            self.assertEqual(check(message, {"rules": rules}), (True, True), f"{topic}: {message}")

    def test_plans_are_lists(self):
        for row in data.conversations("logistics") + data.conversations("logistics", tested=True) + data.listed(1500) + data.held_listed(100):
            for message in row["messages"]:
                if message["role"] == "assistant":
                    self.assertEqual(check(message["content"], {"list": []}), (True, True), message["content"])
                self.assertNotIn("{", message["content"])

    def test_a_list_names_the_towns_that_it_was_asked_for(self):
        named = 0
        for _, tasks in lists(1500, 7):
            self.assertEqual(check(tasks[0].answer, tasks[0].truth)[1], True, tasks[0])
            named += len(tasks[0].truth["list"]) > 1
        self.assertGreater(named, 200)

    def test_prompts_are_those_of_the_demo_team(self):
        for team in TRAINING.parent.glob("models/demo/**/team.json"):
            text = team.read_text(encoding="utf-8")
            for prompt in SYSTEM_PROMPTS.values():
                self.assertIn(prompt, text, team)

    def test_the_demo_is_checked_line_by_line(self):
        played = [line.split("\t") for line in (TRAINING.parent / "models/demo/conversation.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        checked = [json.loads(line) for line in (TRAINING / "data/chat/demo.jsonl").read_text(encoding="utf-8").splitlines()]
        self.assertEqual([(a, t) for a, t in played], [(row["agent"], row["text"]) for row in checked])


if __name__ == "__main__":
    unittest.main()
