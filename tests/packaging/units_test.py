#!/usr/bin/env python3
"""units_test.py FOLDER: the systemd units in it leave a service little to do harm with, and are understood by systemd."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

# Measured by systemd 252; from 0 (nothing is possible) to 10. What is left is the network and files that everybody may read.
MOST_EXPOSED = 1.5
FOLDER = None


def exposure(unit):
    """What systemd-analyze thinks of a unit file, and what it says about it."""
    said = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", unit], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False).stdout
    level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    assert level, said
    return float(level[1]), said


class Units(unittest.TestCase):
    units = property(lambda self: sorted(FOLDER.glob("*.service")))

    def test_there_are_both(self):
        self.assertEqual([unit.name for unit in self.units], ["muster-worker@.service", "muster.service"])

    def test_are_hardly_exposed(self):
        with tempfile.TemporaryDirectory() as folder:
            for unit in self.units:
                # A template is looked at as one of its instances.
                copy = shutil.copy(unit, f"{folder}/{unit.name.replace('@', '@1')}")
                level, said = exposure(copy)
                print(f"{unit.name}: {level}")
                self.assertLessEqual(level, MOST_EXPOSED, said)

    def test_every_line_is_understood(self):
        with tempfile.TemporaryDirectory() as folder:
            for unit in self.units:
                text = unit.read_text()
                self.assertNotIn("@MUSTER", text)
                self.assertIn("\nUser=muster\n", text)
                # The program and its manual are not installed here.
                text = re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", text)
                text = re.sub(r"Documentation=.*", "", text)
                copy = pathlib.Path(folder, unit.name.replace("@", "@1"))
                copy.write_text(text)
                said = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, check=False)
                about_us = [line for line in said.stdout.splitlines() if "muster" in line]
                self.assertEqual(about_us, [], said.stdout)
                broken = pathlib.Path(folder, f"broken-{copy.name}")
                broken.write_text(text.replace("PrivateTmp=", "PrivateTemp="))
                said = subprocess.run(["systemd-analyze", "verify", "--man=no", broken], stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, check=False)
                self.assertIn("PrivateTemp", said.stdout, "the check can fail")

    def test_a_bare_unit_is_exposed(self):
        with tempfile.TemporaryDirectory() as folder:
            bare = pathlib.Path(folder, "bare.service")
            bare.write_text("[Service]\nExecStart=/bin/true\n")
            self.assertGreater(exposure(bare)[0], 9)


if __name__ == "__main__":
    if not shutil.which("systemd-analyze"):
        print("skipped: systemd-analyze is missing")
        sys.exit(77)
    FOLDER = pathlib.Path(sys.argv.pop(1))
    unittest.main()
