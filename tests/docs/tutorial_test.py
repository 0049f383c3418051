#!/usr/bin/env python3
"""Does what a tutorial says, in an empty folder, and compares what is shown with what comes out.

Of a page it reads fenced blocks: "yaml PATH" is a file, "yaml PATH +" is added to its end, "console" holds commands behind "$ " and
what they print. A line "..." stands for any lines, "[exit code N]" for a command that fails; times and sizes may differ.
"""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TUTORIALS = ROOT / "docs" / "tutorials"
BINARIES = os.environ["MUSTER_BIN_DIR"]
PORT = "8099"  # in the pages; the test takes a free one
BLOCK = re.compile(r"^```(yaml|console)(?: ([^\n]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARIES = ((re.compile(r"\(\d[\d.]* m?s\)"), "(TIME)"), (re.compile(r"\d[\d.]* ([KM]i)?B\b"), "SIZE"))


def free_port():
    for port in range(4000, 9999):  # as many digits as PORT: tables stay as wide
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return str(port)
            except OSError:
                continue
    raise RuntimeError("no free port")


def commands_of(block):
    """[command, lines it prints, exit code]"""
    found = []
    for line in block.splitlines():
        code = re.fullmatch(r"\[exit code (\d+)\]", line)
        if line.startswith("$ "):
            found.append([line[2:], [], 0])
        elif code:
            found[-1][2] = int(code[1])
        else:
            found[-1][1].append(line)
    return found


def steady(line):
    for pattern, word in VARIES:
        line = pattern.sub(word, line)
    return re.sub(" +", " ", line).rstrip()  # columns are as wide as the sources that there are want it


def matches(shown, printed):
    """Whether `printed` is what is shown; "..." stands for any lines, blank ones at both ends for nothing."""
    if not shown:
        return not printed
    if shown[0] == "...":
        return any(matches(shown[1:], printed[skip:]) for skip in range(len(printed) + 1))
    return bool(printed) and shown[0] == printed[0] and matches(shown[1:], printed[1:])


def without_blank_ends(lines):
    return "\n".join(steady(line) for line in lines).strip("\n").splitlines()


class Matching(unittest.TestCase):
    def test_tells_lines_apart(self):
        self.assertTrue(matches(["a", "...", "c"], ["a", "b", "b", "c"]))
        self.assertTrue(matches(["..."], []))
        self.assertFalse(matches(["a", "...", "c"], ["a", "b"]))
        self.assertFalse(matches(["a"], ["a", "b"]))
        self.assertEqual(steady("done, 17.3 KiB (7 ms)"), steady("done, 2 B (1.2 s)"))


class Tutorial(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="muster-tutorial-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = dict(os.environ, NO_COLOR="1", XDG_STATE_HOME=str(self.folder / ".state"), LC_ALL="C.UTF-8",
                                PATH=BINARIES + os.pathsep + os.environ["PATH"])
        self.port = free_port()

    def write(self, place, text):
        name, _, how = place.partition(" ")
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self.assertIn(how, ("", "+"), place)
        with open(path, "a" if how else "w", encoding="utf-8") as file:
            file.write(text)

    def start(self, command):
        """A command with & behind it; what it prints first is its sign of life."""
        process = subprocess.Popen(command.removesuffix("&").split(), cwd=self.folder, env=self.environment,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.terminate)
        return process.stdout.readline(), 0

    def do(self, command):
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            self.environment[name] = value
            return "", 0
        if command.endswith("&"):
            return self.start(command)
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60)
        return done.stdout, done.returncode

    def follow(self, page, *files):
        for name in files:
            shutil.copy(TUTORIALS / name, self.folder / name)
        text = (TUTORIALS / page).read_text(encoding="utf-8").replace(PORT, self.port)
        began = time.monotonic()
        for language, place, block in BLOCK.findall(text):
            if language == "yaml":
                self.write(place, block)
                continue
            for command, shown, code in commands_of(block):
                printed, ended = self.do(command)
                self.assertEqual(ended, code, f"{page}: $ {command}\n{printed}")
                if not matches(without_blank_ends(shown), without_blank_ends(printed.splitlines())):
                    self.fail(f"{page}: $ {command}\n--- shown:\n" + "\n".join(shown) + f"\n--- printed:\n{printed}")
        self.assertLess(time.monotonic() - began, 60)

    def test_your_own_source(self):
        self.follow("your-own-source.md", "desk_api.py")


if __name__ == "__main__":
    if sys.version_info < (3, 9):
        sys.exit("Python 3.9 or newer is needed")
    unittest.main()
