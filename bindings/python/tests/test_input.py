"""Wrong calls and hard times: each ends in an error of the package's own, none in a crash."""
import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import warnings
from pathlib import Path

import arny

SLOW = {"default": "one two three four five six seven eight nine ten", "step_us": 3000}
PACKAGE = Path(__file__).resolve().parent.parent


class WithTeam(unittest.TestCase):
    def folder_of(self, model, **team):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        whole = {"arny": 1, "plan": "monolith", "engine": "fake", "temperature": 0, "context": 16384, "max_tokens": 12000,
                 "models": {"m": {"fake": "m.fake"}}, "agents": {"a": {}, "b": {}}, **team}
        (Path(folder.name) / "team.json").write_text(json.dumps(whole), encoding="utf-8")
        (Path(folder.name) / "m.fake").write_text("#arny-fake 1\n" + json.dumps(model), encoding="utf-8")
        return folder.name

    def chat(self, model, **team):
        opened = arny.Team(self.folder_of(model, **team))
        self.addCleanup(opened.close)
        session = opened.session()
        self.addCleanup(session.close)
        return opened, session


class Errors(WithTeam):
    def test_an_error_has_a_code_a_status_a_message_and_a_remedy(self):
        with self.assertRaises(arny.NotFoundError) as caught:
            arny.Team("/there/is/no/team")
        error = caught.exception
        self.assertEqual((error.code, error.status), (-2, "not-found"))
        self.assertIn("/there/is/no/team", error.message)
        self.assertGreater(len(error.remedy), 20)
        self.assertIsInstance(error, FileNotFoundError)
        self.assertIsInstance(error, arny.Error)

    def test_what_is_closed_says_so(self):
        team, chat = self.chat(SLOW)
        chat.close()
        chat.close()
        for call in (lambda: chat.ask("x"), chat.cancel, chat.clear, lambda: chat.turns, lambda: chat.agent, lambda: chat.use("a")):
            with self.assertRaisesRegex(arny.ArgumentError, "the session is closed"):
                call()
        team.close()
        for call in (team.session, team.memory, team.estimate, team.warm, team.suspend, team.sessions, lambda: team.route("x"),
                     lambda: team.pressure("low"), lambda: team.pin("a"), lambda: team.unload("a"), lambda: team.forget("x")):
            with self.assertRaisesRegex(arny.ArgumentError, "the team is closed"):
                call()

    def test_strings_of_any_content_and_length(self):
        team, chat = self.chat({"default": "fine"})
        with self.assertRaises(arny.ContextError):
            chat.ask("x" * 20_000_000).text()
        with self.assertRaisesRegex(arny.DataError, "not UTF-8: byte 1"):
            chat.ask("a\ud83d").text()
        with self.assertRaisesRegex(arny.ArgumentError, "NUL at character 1"):
            chat.ask("a\0b")
        with self.assertRaises(TypeError):
            chat.ask(7)
        with self.assertRaises(arny.ArgumentError):
            chat.ask("x", max_tokens=2**40)
        with self.assertRaises(ValueError):
            arny.Team(team.path, key=b"short")
        with self.assertRaises(ValueError):
            team.session("s", persist="tape")
        self.assertEqual(chat.ask("\u202e 👋").text(), "fine")

    def test_a_wrong_file_is_told(self):
        folder = self.folder_of({"default": "fine"})
        for call in (lambda: arny.Model("/absent.gguf"), lambda: arny.inspect("/absent.gguf"), lambda: arny.quantize("/absent", "/x", "q8_0"),
                     lambda: arny.merge("/absent", "/absent", "/x")):
            with self.assertRaises(arny.NotFoundError):
                call()
        with self.assertRaises(arny.DataError):
            arny.Model(Path(folder) / "team.json")


class Streams(WithTeam):
    def test_leaving_the_loop_stops_the_answer(self):
        _team, chat = self.chat(SLOW)
        with chat.ask("go") as answer:
            for event in answer:
                if isinstance(event, arny.Token):
                    break
        self.assertEqual(len(chat.turns), 1)
        self.assertLess(len(chat.turns[0].reply), 20)
        self.assertEqual(chat.ask("go", max_tokens=3).text(), "one")

    def test_an_answer_that_is_forgotten_is_freed(self):
        _team, chat = self.chat(SLOW)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            next(chat.ask("go"))
            gc.collect()
        self.assertEqual(chat.ask("go", max_tokens=3).text(), "one")

    def test_a_session_is_closed_while_it_answers(self):
        team, _chat = self.chat(SLOW)
        for i in range(40):
            chat = team.session(f"s{i}")
            answer = chat.ask("go")
            time.sleep(i % 5 / 1000)
            chat.close()
            *_, last = answer
            self.assertEqual(last.reason, "cancelled")

    def test_threads_ask_and_close_at_once(self):
        team, _chat = self.chat({"default": "fine"})
        problems = []

        def work(number):
            for i in range(30):
                try:
                    with team.session(f"t{number}") as chat:
                        closer = threading.Thread(target=chat.close)
                        if i % 3 == 0:
                            closer.start()
                        chat.ask("go").text()
                        if i % 3 == 0:
                            closer.join()
                except arny.ArgumentError:
                    closer.join()
                except Exception as problem:  # pylint: disable=broad-exception-caught
                    problems.append(problem)

        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])

    def test_async_for(self):
        _team, chat = self.chat({"default": "fine"})

        async def listen():
            return "".join([event.text async for event in chat.ask("go") if isinstance(event, arny.Token)])

        self.assertEqual(asyncio.run(listen()), "fine")

    def test_a_signal_reaches_who_waits(self):
        folder = self.folder_of({"default": "never", "step_us": 20_000_000})
        program = f"import arny\nwith arny.Team({folder!r}) as t, t.session() as c:\n    print('on', flush=True)\n    c.ask('go').text()\n"
        with subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(PACKAGE)}, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as process:
            process.stdout.readline()
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            self.assertNotEqual(process.wait(60), 0)

    def test_a_log_is_heard(self):
        lines = []
        arny.set_log(lambda level, line: lines.append((level, line)), "debug")
        try:
            team, chat = self.chat({"default": "fine"}, persist="disk")
            self.assertTrue(team and chat.ask("go").text())
        finally:
            arny.set_log(None)

    def test_memory_is_told(self):
        team, chat = self.chat({"default": "fine", "weights": 3_000_000})
        chat.ask("go").text()
        memory = team.memory()
        self.assertEqual([(row.agent, row.state) for row in memory.agents][0], ("a", "open"))
        self.assertGreater(memory.rss, 1_000_000)
        self.assertGreaterEqual(team.estimate().peak, 3_000_000)


if __name__ == "__main__":
    unittest.main()
