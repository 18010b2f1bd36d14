"""Talks to `arny chat` through a pseudo-terminal, as a person would. Run by chat.sh: chat_terminal.py ARNY TEAM"""
import os
import pty
import re
import select
import signal
import sys
import termios
import time

arny, team = sys.argv[1:3]
seen = b""  # since the last thing that was typed


def text():
    plain = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", seen)
    return plain.replace(b"\r", b"").decode("utf-8", "replace")


def read(seconds):
    global seen
    if select.select([fd], [], [], seconds)[0]:
        try:
            data = os.read(fd, 65536)
        except OSError:
            return False
        seen += data
        return bool(data)
    return True


def wait(pattern):
    end = time.monotonic() + 20
    while not re.search(pattern, text(), re.S):
        if time.monotonic() > end or not read(0.2):
            sys.exit(f"waited in vain for {pattern!r}; the terminal shows:\n{text()}")


def listens():
    """The line editor has taken the terminal over. Until then Ctrl-C is a signal of the terminal's, which drops what
    was typed; the prompt is shown an instant earlier."""
    return not termios.tcgetattr(fd)[3] & termios.ICANON


def at_prompt():
    end = time.monotonic() + 20
    while not listens():
        if time.monotonic() > end:
            sys.exit(f"the line editor never took the terminal over; it shows:\n{text()}")
        time.sleep(0.005)


def type_in(keys):
    global seen
    at_prompt()
    seen = b""
    os.write(fd, keys.encode())


def interrupt():
    """Ctrl-C during an answer, when nobody edits a line."""
    global seen
    seen = b""
    os.write(fd, b"\x03")


def kill_until(pattern):
    """A signal that comes before the editor's read has begun interrupts nothing: it is sent again."""
    global seen
    at_prompt()
    seen = b""
    for _ in range(20):
        os.kill(pid, signal.SIGINT)
        end = time.monotonic() + 1
        while time.monotonic() < end and read(0.1):
            if re.search(pattern, text(), re.S):
                return
    sys.exit(f"kill -INT was in vain; the terminal shows:\n{text()}")


pid, fd = pty.fork()
if pid == 0:
    os.environ.update(TERM="xterm", LC_ALL="C", HOME="/nonexistent")
    os.environ.pop("NO_COLOR", None)
    os.execv(arny, [arny, "chat", "--team", team])

wait(r"Arny - .*3 small models.*Agents: wellness, math, logistics.*/help.*> $")
if b"\x1b[1;33mmath" not in seen:
    sys.exit(f"math has no colour: {seen!r}")
type_in("solve it\r")
wait(r"math  x = 5\nmath 97 % - ready in \d+ ms - 5 tokens at \d+/s\n> ")
type_in("slow please, h\u00e4llo\r")
wait(r"wellness  one two")
interrupt()
wait(r"wellness 20 % - .* - stopped\n> ")
if "fourteen" in text():
    sys.exit("Ctrl-C did not end the answer")
type_in("never sent\x03/history\r")
wait(r"you  solve it\nmath  x = 5\nyou  slow please, h\u00e4llo\nwellness  one two.*> ")
if "never sent\n" in text():
    sys.exit("Ctrl-C did not empty the line")
type_in("\x03")
wait(r"/quit or Ctrl-D leaves\n> ")
kill_until(r"/quit or Ctrl-D leaves\n> ")
type_in("/agent math\r")
wait(r"math answers from now on.*math> ")
type_in("\x1b[A\r")  # the line before, from the history
wait(r"/agent math.*math answers from now on.*math> ")
type_in("\x04")
while read(1):
    pass
_, status = os.waitpid(pid, 0)
if status != 0:
    sys.exit(f"it ended with {status:#x} and these words:\n{text()}")
