#!/usr/bin/env python3
"""Fails when a room of src/ knows more than it may (CONTRIBUTING.md, "The rooms").

    tests/layers/check_layers.py [PROJECT_ROOT]

Each finding is FILE:LINE: what is wrong. Checked are includes against the ranks, include cycles, the
links of CMakeLists.txt, heavy headers in headers, words that are banned, TRY behind another value in
braces, and that every room has its paragraph in CONTRIBUTING.md.
"""
import pathlib
import re
import sys

RANKS = {
    "base": 0,
    "json": 1, "net": 1, "crypto": 1,
    "catalogue": 2, "store": 2,
    "source": 3, "mapping": 3, "assets": 3,
    "run": 4,
    "service": 5,
    "web": 6,
    "cli": 7,
}
# The imitations may use the tools of muster, but nothing that knows how muster works.
SANDBOX_MAY_USE = {"base", "json", "net", "crypto"}

HEAVY = re.compile(r"^(boost|CLI|spdlog)/")
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')

# Word, rooms that may use it, why nobody else may. Tests may use real threads and time.
BANNED = [
    (re.compile(r"\b(co_await|co_return|co_yield)\b"), set(), "g++ 12 miscompiles coroutines"),
    (re.compile(r"\bstd::w?regex\b"), set(), "can run for hours on outside text; use RE2"),
    (re.compile(r"\bstd::(jthread|thread)\b"), {"base", "net"}, "use Scheduler::start"),
    # store: held while a database's C library works, which no scheduler knows.
    (re.compile(r"\bstd::(recursive_|shared_|timed_)?mutex\b"), {"base", "net", "store"}, "use Monitor"),
    (re.compile(r"\bstd::condition_variable(_any)?\b"), {"base", "net"}, "use Monitor"),
    (re.compile(r"\b(std::this_thread::sleep_\w+|usleep|nanosleep)\b"), {"base", "net"},
     "use base::sleep_for"),
    (re.compile(r"\b(system|steady|high_resolution)_clock::now\b"), {"base", "net"},
     "use Scheduler::now"),
]


def without_comments_and_strings(text):
    """Blanks them out and keeps the line breaks, so that line numbers stay."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'R"(\w*)\([\s\S]*?\)\1"|"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*[\s\S]*?\*/', blank, text)


TRY = re.compile(r"\bTRY(_AT)?\(")
# What a brace that begins values follows: a name or type, "=", "(", ",", "{" or return; but not the
# words and types behind which a block begins.
VALUES = re.compile(r"([=,({]|\breturn|[\w>])\s*$")
BLOCK = re.compile(r"(\b(else|do|try|const|noexcept|override|final|mutable)|"
                   r"\b(struct|class|namespace|enum|union)\b[^;{}()]*|->[^;{}()]*)\s*$")


def tries_behind_values(text):
    """Lines where TRY stands in braces behind another value: when it returns, g++ 12 does not
    destroy what was made before it, which AddressSanitizer sees as a leak."""
    lines, open_brackets = [], []  # [bracket, begins values, commas so far]
    for match in re.finditer(r"[(\[{}\]),]|\bTRY(?:_AT)?\(", text):
        found = match.group(0)
        if found == ",":
            if open_brackets:
                open_brackets[-1][2] += 1
        elif found in ")]}":
            if open_brackets:
                open_brackets.pop()
        elif found == "{":
            before = text[max(0, match.start() - 300):match.start()]
            is_values = bool(VALUES.search(before)) and not BLOCK.search(before)
            open_brackets.append(["{", is_values, 0])
        else:
            if TRY.match(found):
                for bracket, is_values, commas in reversed(open_brackets):
                    if bracket == "{" and not is_values:
                        break
                    if is_values and commas > 0:
                        lines.append(text.count("\n", 0, match.start()) + 1)
                        break
            open_brackets.append([found, False, 0])
    return lines


class Checker:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.findings = []
        self.includes = {}   # file -> [(line, included file)]

    def say(self, path, line, message):
        self.findings.append(f"{path}:{line}: {message}")

    def files(self, folder):
        base = self.root / folder
        return sorted(p for p in base.rglob("*") if p.suffix in (".cc", ".h")) if base.is_dir() else []

    def run(self):
        rooms = sorted(p.name for p in (self.root / "src").iterdir() if p.is_dir())
        for room in rooms:
            if room not in RANKS:
                self.say(f"src/{room}", 1, "a room without a rank; give it one in tests/layers/check_layers.py")
                continue
            for path in self.files(f"src/{room}"):
                self.check_file(path, room)
        for path in self.files("sandbox"):
            self.check_sandbox_file(path)
        self.check_cycles()
        self.check_links()
        self.check_contributing(rooms)
        return self.findings

    def lines(self, path):
        return path.read_text(encoding="utf-8").splitlines()

    def quoted_and_system(self, path):
        for number, line in enumerate(self.lines(path), 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match.group(1), match.group(2)

    def check_file(self, path, room):
        name = path.relative_to(self.root)
        for number, quoted, system in self.quoted_and_system(path):
            if system and path.suffix == ".h" and HEAVY.match(system):
                self.say(name, number, f"<{system}> in a header; only .cc files may include it")
            if quoted:
                self.includes.setdefault(str(name), []).append((number, "src/" + quoted))
                self.check_include(name, number, room, quoted)
        self.check_words(path, name, room)

    def check_include(self, name, number, room, quoted):
        other = quoted.split("/")[0]
        if "/" not in quoted or other not in RANKS:
            self.say(name, number, f'"{quoted}" names no room; write "room/file.h"')
        elif other != room and RANKS[other] >= RANKS[room]:
            self.say(name, number, f"{room} (rank {RANKS[room]}) must not know {other} "
                                   f"(rank {RANKS[other]})")

    def check_words(self, path, name, room):
        is_test = path.name.endswith("_test.cc")
        text = without_comments_and_strings(path.read_text(encoding="utf-8"))
        for number, line in enumerate(text.splitlines(), 1):
            for word, allowed, why in BANNED:
                match = word.search(line)
                if match and room not in allowed and not (is_test and allowed):
                    self.say(name, number, f"{match.group(0)}: {why}")
        self.check_tries(name, text)

    def check_tries(self, name, text):
        for number in tries_behind_values(text):
            self.say(name, number, "TRY behind another value in braces loses that one when it "
                                   "returns; give it a line of its own")

    def check_sandbox_file(self, path):
        name = path.relative_to(self.root)
        for number, quoted, _ in self.quoted_and_system(path):
            other = quoted.split("/")[0] if quoted else "base"
            if other in RANKS and other not in SANDBOX_MAY_USE:
                self.say(name, number, f"the sandbox must not know {other}: it imitates the outside")
        self.check_tries(name, without_comments_and_strings(path.read_text(encoding="utf-8")))

    def check_cycles(self):
        done, open_files = set(), []

        def visit(name):
            if name in done:
                return
            if name in open_files:
                cycle = open_files[open_files.index(name):] + [name]
                self.say(name, 1, "includes itself: " + " -> ".join(cycle))
                return
            open_files.append(name)
            for _, included in self.includes.get(name, []):
                visit(included)
            open_files.pop()
            done.add(name)

        for name in sorted(self.includes):
            visit(name)

    def check_links(self):
        text = (self.root / "CMakeLists.txt").read_text(encoding="utf-8")
        for match in re.finditer(r"muster_room\((\w+)([^)]*)\)", text):
            room = match.group(1)
            line = text.count("\n", 0, match.start()) + 1
            for other in re.findall(r"\bmuster_(\w+)", match.group(2)):
                if room not in RANKS or other not in RANKS or RANKS[other] >= RANKS[room]:
                    self.say("CMakeLists.txt", line, f"{room} must not link {other}")

    def check_contributing(self, rooms):
        path = self.root / "CONTRIBUTING.md"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for room in rooms:
            paragraph = re.search(rf"^\*\*{room}/?\*\*\s+\S.{{40,}}", text, re.MULTILINE)
            if not paragraph:
                self.say("CONTRIBUTING.md", 1, f"no paragraph about the room {room} (**{room}/** ...)")


def main():
    if "--help" in sys.argv or "-h" in sys.argv:
        print(__doc__.strip())
        return 0
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    findings = Checker(root).run()
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
