"""The one exception that a command shows as a sentence and not as a traceback."""
import sys


class Problem(Exception):
    """Something that the user can mend; the text says what is wrong, where, and what would be right."""


def main(command):
    """Runs a command's function: its result is the exit status; a Problem is one line on standard error and status 65."""
    try:
        return command() or 0
    except Problem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 65
    except OSError as problem:
        print(f"error: {problem.filename or ''}: {problem.strerror or problem}", file=sys.stderr)
        return 74
    except KeyboardInterrupt:
        return 130
