#!/usr/bin/env python3
"""The container file says what it should, and what it runs works here. No image is built: that needs a registry."""
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
from harness import SystemTest  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


def instructions():
    text = re.sub(r"^#.*\n", "", (ROOT / "packaging/Containerfile").read_text(), flags=re.M)
    lines = re.sub(r"\\\n *", "", text).splitlines()
    return [tuple(line.split(None, 1)) for line in lines if line]


class Container(SystemTest):
    def of_last_stage(self):
        found = instructions()
        last = max(index for index, (word, _) in enumerate(found) if word == "FROM")
        return dict(found[last:])

    def test_has_two_stages_of_the_same_debian(self):
        found = instructions()
        self.assertEqual({word for word, _ in found} - KNOWN, set())
        self.assertEqual([rest.split()[0] for word, rest in found if word == "FROM"], ["debian:12-slim"] * 2)
        for word, rest in found:
            if word == "RUN":
                subprocess.run(["sh", "-n", "-c", rest], check=True)
            if word == "COPY" and "--from" not in rest:
                for source in rest.split()[:-1]:
                    self.assertTrue((ROOT / source).exists(), source)

    def test_works_as_a_user_without_rights_and_brings_no_key(self):
        stage = self.of_last_stage()
        self.assertEqual(stage["USER"], "muster")
        self.assertIn("/etc/muster/key", re.search(r"rm -rf (.*?) &&", stage["RUN"])[1])

    def test_its_command_is_healthy_exactly_while_it_serves(self):
        stage = self.of_last_stage()
        entry, command = json.loads(stage["ENTRYPOINT"]), json.loads(stage["CMD"])
        self.assertEqual((entry, command[0]), (["/usr/bin/muster"], "serve"))
        options = dict(zip(command[1::2], command[2::2]))
        self.assertEqual(options["--listen"], f"0.0.0.0:{stage['EXPOSE']}")
        self.assertTrue(options["--database"].startswith(f"sqlite:{stage['VOLUME']}/"))
        service = self.serve("--database", f"sqlite:{self.directory}/muster.db")
        check = json.loads(stage["HEALTHCHECK"].split("CMD", 1)[1])
        self.assertIn(f"/{stage['EXPOSE']} ", check[-1])
        check[-1] = check[-1].replace(f"/{stage['EXPOSE']} ", f"/{service.port} ")
        self.assertEqual(subprocess.run(check, check=False).returncode, 0)
        missing = check[:-1] + [check[-1].replace("/readyz", "/nowhere")]
        self.assertNotEqual(subprocess.run(missing, check=False).returncode, 0)
        self.end(service)
        self.assertNotEqual(subprocess.run(check, stderr=subprocess.DEVNULL, check=False).returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
