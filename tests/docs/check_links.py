#!/usr/bin/env python3
"""Links between pages lead somewhere, to headings too; tests that pages name are there; the README names every page."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
LISTED = ("docs/how-to", "docs/reference", "docs/tutorials", "docs/explanation")


def without_code(text):
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.M | re.S)


def anchors(text):
    """As GitHub makes them of headings."""
    found = set()
    for heading in re.findall(r"^#+ (.*)$", without_code(text), re.M):
        plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


def complaints(root):
    pages = [page for page in root.glob("*.md")] + sorted((root / "docs").rglob("*.md"))
    for page in pages:
        for link in LINK.findall(re.sub(r"`[^`]*`", "", without_code(page.read_text()))):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            where = page.relative_to(root)
            if not target.exists():
                yield f"{where}: {link} is not there"
            elif anchor and target.suffix == ".md" and anchor not in anchors(target.read_text()):
                yield f"{where}: {link}: there is no such heading"
    tests = {test.stem for folder in ("src", "tests", "sandbox") for test in (root / folder).rglob("*_test.*")}
    for page in pages:
        for name in re.findall(r"`(\w+_test)`", page.read_text()):
            if name not in tests:
                yield f"{page.relative_to(root)}: there is no test {name}"
    readme = (root / "README.md").read_text()
    for folder in LISTED:
        for page in sorted((root / folder).glob("*.md")):
            if f"{folder}/{page.name}" not in readme:
                yield f"README.md does not name {folder}/{page.name}"


found = list(complaints(ROOT))
print("\n".join(found), end="\n" if found else "")
sys.exit(1 if found else 0)
