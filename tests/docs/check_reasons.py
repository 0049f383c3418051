#!/usr/bin/env python3
"""docs/reference/reasons.md names every reason code that the code can say, and no other."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAID = [re.compile(pattern) for pattern in (
    r'State::k\w+,\s*"([a-z_]+)"',
    r'ErrorKind::k\w+,\s*"([a-z_]+)"', r'\b(?:conflict|denied|missing)\(\s*"([a-z_]+)"', r'reason(?: =|=|\() ?"([a-z_]+)"',
    r'"((?:gate|partial|too_many|source|destination|not)_[a-z_]+)"')]
IN_TESTS_ONLY = {"failpoint"}  # builds with failpoints


def said():
    codes = {"deadline"}
    for path in (ROOT / "src").rglob("*.[ch]*"):
        if path.name.endswith("_test.cc") or path.name.startswith("test_"):
            continue
        text = path.read_text(encoding="utf-8")
        for pattern in SAID:
            codes.update(pattern.findall(text))
    return codes - IN_TESTS_ONLY


def documented():
    text = (ROOT / "docs/reference/reasons.md").read_text(encoding="utf-8")
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    tail = text[text.index("Some codes never end a run"):]
    return set(re.findall(r"`([a-z_]+)`", " ".join(cells) + tail))


missing, unknown = said() - documented(), documented() - said()
for code in sorted(missing):
    print(f"docs/reference/reasons.md does not name {code}")
for code in sorted(unknown):
    print(f"docs/reference/reasons.md names {code}, which the code never says")
sys.exit(1 if missing or unknown else 0)
