#!/usr/bin/env python3
"""Counts single tests: tests/tools/count_results.py FOLDER

Reads the XML reports that GoogleTest programs wrote into FOLDER and ctest's own report beside them.
Prints "PASSED FAILED", then one line for every failed test. A program that died wrote no report;
ctest knows about it, and so it counts as one failed test. Whole programs that were skipped are named on stderr
with their reason: they judged nothing.
"""
import pathlib
import sys
import xml.etree.ElementTree as xml


def count_program(path, failures):
    """Passed and failed tests of one report."""
    passed, failed = 0, 0
    for case in xml.parse(path).getroot().iter("testcase"):
        if case.find("failure") is not None:
            failed += 1
            failures.append(f"{case.get('classname')}.{case.get('name')}")
        elif case.get("status") == "run" and case.get("result") != "skipped":
            passed += 1
    return passed, failed


def count(folder):
    passed, failures, failed_in = 0, [], {}
    for path in sorted(pathlib.Path(folder).glob("*.xml")):
        try:
            more, failed_in[path.stem] = count_program(path, failures)
            passed += more
        except xml.ParseError:
            pass   # cut off: its program died, and ctest knows
    junit = pathlib.Path(folder) / "ctest.junit"
    if not junit.exists():
        return passed, failures + ["ctest itself"]
    for case in xml.parse(junit).getroot().iter("testcase"):
        name = case.get("name")
        skipped = case.find("skipped")
        if skipped is not None and "SKIP_RETURN_CODE" in skipped.get("message", ""):
            print(f"SKIPPED {name}: {(case.findtext('system-out') or '').strip()}", file=sys.stderr)
            continue
        bad = case.get("status") not in ("run", "disabled")
        # A program may fail although all its tests passed: a leak found at the end.
        if bad and not failed_in.get(name):
            failures.append(name)
        elif not bad and name not in failed_in:
            passed += 1
    return passed, failures


def main():
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if len(sys.argv) == 2 else 2
    passed, failures = count(sys.argv[1])
    print(passed, len(failures))
    for name in failures:
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
