#!/usr/bin/env python3
"""Sums what ctest ran.

    tally.py NAME=JUNIT.xml... NAME=SCRIPT.log... build=FAILED.log...

Prints a line a run, the failed tests, and at last `N passed, M failed`.

A test program of cmocka counts as its test functions, a script whose last line is `N passed, M failed` as that many,
anything else as one. A program that failed counts at least one failure. The status is 0 when something passed and
nothing failed.
"""
import re
import sys
import xml.etree.ElementTree as tree

CMOCKA_PASSED = re.compile(r"\[  PASSED  \] (\d+) test\(s\)")
CMOCKA_FAILED = re.compile(r"\[  FAILED  \] (\d+) test\(s\)|^ *(\d+) FAILED TEST\(S\)", re.M)
CMOCKA_NAMES = re.compile(r"^\[  FAILED  \] ([A-Za-z_]\w*)$", re.M)
CMOCKA_SKIPPED = re.compile(r"\[  SKIPPED \] (\d+) test\(s\)")
SCRIPT = re.compile(r"^(\d+) passed, (\d+) failed$")


def count(case):
    """passed, failed, skipped, names of what failed."""
    output = case.findtext("system-out") or ""
    name = case.get("name")
    skip = case.find("skipped")
    if skip is not None and (skip.get("message") or "").startswith("SKIP"):
        return 0, 0, 1, []
    # "notrun" without that is a program that was not built.
    bad = case.get("status") in ("fail", "notrun") or case.find("failure") is not None
    passed = sum(map(int, CMOCKA_PASSED.findall(output)))
    lines = output.strip().splitlines()
    script = SCRIPT.match(lines[-1].strip()) if lines else None
    if passed or CMOCKA_FAILED.search(output):
        names = sorted(set(CMOCKA_NAMES.findall(output)))
        failed = sum(int(a) for a, _ in CMOCKA_FAILED.findall(output) if a)
        skipped = sum(map(int, CMOCKA_SKIPPED.findall(output)))
        failed = max(failed, len(names))
        if bad and not failed:
            return passed, 1, skipped, [name]
        return passed, failed, skipped, [f"{name}: {each}" for each in names] or ([name] if failed else [])
    if script:
        passed, failed = int(script.group(1)), int(script.group(2))
        return passed, max(failed, int(bad)), 0, [name] if bad or failed else []
    return (0, 1, 0, [name]) if bad else (1, 0, 0, [])


def of_script(path):
    """passed, failed, as the last line of its output says; without such a line it failed."""
    try:
        with open(path, encoding="utf-8", errors="replace") as log:
            lines = re.sub(r"\x1b\[[0-9;]*m", "", log.read()).strip().splitlines()
    except OSError:
        lines = []
    script = SCRIPT.match(lines[-1].strip()) if lines else None
    return (int(script.group(1)), int(script.group(2))) if script else (0, 1)


def main(arguments):
    total_passed = total_failed = 0
    for argument in arguments:
        run, path = argument.split("=", 1)
        if run == "build":
            print(f"build did not succeed, see {path}")
            total_failed += 1
            continue
        if path.endswith(".log"):
            one = of_script(path)
            print(f"{run:12} {one[0]:5} passed {one[1]:4} failed")
            total_passed, total_failed = total_passed + one[0], total_failed + one[1]
            continue
        passed = failed = skipped = 0
        names, skips, seconds = [], [], 0.0
        try:
            root = tree.parse(path).getroot()
        except (OSError, tree.ParseError) as error:
            print(f"{run}: no result ({error})")
            total_failed += 1
            continue
        for case in root.iter("testcase"):
            one = count(case)
            passed, failed, skipped = passed + one[0], failed + one[1], skipped + one[2]
            names += one[3]
            if one[2]:
                skips.append(case.get("name"))
            seconds += float(case.get("time") or 0)
        print(f"{run:12} {passed:5} passed {failed:4} failed {skipped:4} skipped   {seconds:6.1f} s of tests")
        for name in skips:
            print(f"    skipped: {name}")
        for name in names:
            print(f"    FAILED: {name}")
        total_passed += passed
        total_failed += failed
    print(f"{total_passed} passed, {total_failed} failed")
    return 0 if total_passed and not total_failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
