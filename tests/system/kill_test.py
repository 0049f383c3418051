#!/usr/bin/env python3
"""The real muster is killed at every failpoint, at its first, second, third pass, until the run gets through; each
time Assets must be untouched (or completely done), and the next run must make everything whole. The checker judges
every run, those that were killed too."""
import json
import os
import re
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import read  # noqa: E402
from judged import JudgedTest  # noqa: E402

SIZE = "users=620,groups=12,memberships=900,devices=20,contacts=2,applications=3,service_principals=4,administrative_units=2"
MOST_PASSES = 40


def failpoints(test):
    line = re.search(r"^failpoints +(.*)$", test.muster("version", "--features").out, re.M)
    return line[1].split(", ") if line else []


class Kills(JudgedTest):
    def setUp(self):
        super().setUp()
        self.points = failpoints(self)
        if not self.points:
            self.skipTest("this build has no failpoints")
        self.of_imports = [p for p in self.points if not p.startswith(("files.", "key.", "backup.", "move.", "person."))]
        self.log = os.path.join(self.directory, "passed")
        self.edits = 0

    def test_places_outside_of_runs_are_tried_by_the_tests_of_what_passes_them(self):
        here = os.path.dirname(os.path.abspath(__file__))
        tests = {"backup.": ["backup_test.py", "scheduled_backup_test.py", "bucket_test.py"], "move.": ["move_test.py"],
                 "person.": ["person_test.py"]}
        for prefix, names in tests.items():
            text = "".join(read(os.path.join(here, name)) for name in names)
            for point in self.points:
                if point.startswith(prefix):
                    self.assertTrue(f'"{point}=' in text, f"{point} is tried by none of {', '.join(names)}")

    def change_the_source(self, sandbox):
        self.edits += 1
        sandbox.call("/_sandbox/edits", method="DELETE")
        sandbox.call("/_sandbox/edits", [{"data_set": "users", "attribute": "jobTitle", "value": f"Title {self.edits}",
                                          "percent": 100}])

    def held(self, sandbox):
        return json.dumps(sandbox.objects("Entra User"), sort_keys=True)

    def start_killed(self, sandbox, point, number, *arguments, action="kill"):
        return self.muster("run", sandbox.importers, "entra", "--json", *arguments,
                           MUSTER_FAILPOINT=f"{point}={action}@{number}", MUSTER_FAILPOINT_LOG=self.log)

    def settle(self, sandbox):
        """Assets has processed whatever was completed."""
        deadline = time.monotonic() + 20
        while any(e["states"][-1] == "PROCESSING" for e in sandbox.executions()):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def kill_everywhere(self, sandbox, point, *arguments):
        for number in range(1, MOST_PASSES):
            self.change_the_source(sandbox)
            before, executions = self.held(sandbox), len(sandbox.executions())
            process = self.start_killed(sandbox, point, number, *arguments)
            if process.returncode == 0:
                return
            self.assertEqual(process.returncode, -signal.SIGKILL, f"{point}@{number}: {process.error}")
            if point == "files.keeping":
                self.assertNotIn("schema.json", os.listdir(arguments[-1]), "the sign that all files are of one run")
            self.settle(sandbox)
            done = [e for e in sandbox.executions()[executions:] if e["states"][-1] == "DONE"]
            if not done:
                self.assertEqual(self.held(sandbox), before, f"{point}@{number}: nothing was completed")
            report = self.run_import(sandbox, *arguments)
            self.assertEqual(report["state"], "completed", f"{point}@{number}")
            if not arguments:
                self.assert_equals_truth(sandbox)
            states = {e["states"][-1] for e in sandbox.executions()}
            self.assertLessEqual(states, {"DONE", "CANCELLED"}, f"{point}@{number}: nothing is left open")
            runs = json.loads(self.muster("runs", "--json").out)
            states = [run["state"] for run in (runs["runs"] if isinstance(runs, dict) else runs)]
            self.assertNotIn("running", states, f"{point}@{number}")
        self.fail(f"{point} was passed more than {MOST_PASSES} times")

    def test_every_kill_of_an_import_leaves_assets_whole(self):
        sandbox = self.sandbox(SIZE)
        self.run_import(sandbox)
        for point in self.of_imports:
            with self.subTest(point=point):
                self.kill_everywhere(sandbox, point)
        self.assert_all_passed(self.of_imports)

    def test_every_kill_of_a_run_into_files_leaves_the_last_ones_or_none_half_written(self):
        sandbox = self.sandbox(SIZE)
        out = os.path.join(self.directory, "out")
        self.run_import(sandbox, "--out", out)
        for point in [p for p in self.points if p.startswith("files.")]:
            with self.subTest(point=point):
                self.kill_everywhere(sandbox, point, "--out", out)
        for name in os.listdir(out):
            for line in read(os.path.join(out, name)).splitlines():
                json.loads(line) if name.endswith(".jsonl") else None
        self.assertFalse([n for n in os.listdir(out) if n.endswith(".partial")], "no leftovers of killed runs")
        self.assert_all_passed([p for p in self.points if p.startswith("files.")])

    def test_an_error_at_any_place_ends_the_run_in_one_state_and_changes_nothing_half(self):
        sandbox = self.sandbox(SIZE)
        self.run_import(sandbox)
        for point in self.of_imports:
            with self.subTest(point=point):
                self.change_the_source(sandbox)
                before, executions = self.held(sandbox), len(sandbox.executions())
                process = self.start_killed(sandbox, point, 1, action="error")
                self.assertIn(process.returncode, (0, 1, 3, 5, 7, 8), process.error)
                self.settle(sandbox)
                done = [e for e in sandbox.executions()[executions:] if e["states"][-1] == "DONE"]
                if not done:
                    self.assertEqual(self.held(sandbox), before)
                self.assertFalse([e for e in sandbox.executions() if e["states"][-1] == "INGESTING"])
                self.assertEqual(self.run_import(sandbox)["state"], "completed")
                self.assert_equals_truth(sandbox)

    def test_an_approval_is_used_up_by_a_run_that_dies_after_starting(self):
        sandbox = self.sandbox(SIZE)
        self.run_import(sandbox)
        sandbox.call("/_sandbox/edits", [{"data_set": "users", "remove_percent": 90}])
        held = self.run_import(sandbox, expect=4)
        process = self.start_killed(sandbox, "assets.completed", 1, "--approve", held["run_id"])
        self.assertEqual(process.returncode, -signal.SIGKILL)
        again = self.muster("run", sandbox.importers, "entra", "--approve", held["run_id"])
        self.assertEqual(again.returncode, 2)
        self.assertIn("was used by run", again.error)

    def rotate(self, old, new, **environment):
        return self.muster("key", "rotate", "--key-file", old, "--new-key-file", new, **environment)

    def test_every_kill_of_a_key_rotation_loses_no_secret_and_the_next_one_ends_it(self):
        sites = ["north", "south", "west"]
        keys = [os.path.join(self.directory, f"key{number}") for number in range(MOST_PASSES)]
        for key in keys:
            self.assertEqual(self.muster("key", "generate", key).returncode, 0)
        for site in sites:
            self.assertEqual(self.muster("site", "add", site).returncode, 0)
            stored = self.muster("secret", "set", "token", "--site", site, "--key-file", keys[0], text=site)
            self.assertEqual(stored.returncode, 0, stored.error)
        for number in range(1, len(keys) - 1):
            old, new = keys[number - 1:number + 1]
            process = self.rotate(old, new, MUSTER_FAILPOINT=f"key.rotating=kill@{number}", MUSTER_FAILPOINT_LOG=self.log)
            if process.returncode == 0:
                break
            self.assertEqual(process.returncode, -signal.SIGKILL, process.error)
            refused = self.muster("secret", "set", "token", "--site", "north", "--key-file", old, text="x")
            self.assertEqual(refused.returncode, 2, "nothing is put under the old key any more")
            again = self.rotate(old, new)
            self.assertEqual(again.returncode, 0, again.error)
            self.assertIn(f"({len(sites) - number + 1} site", again.out, "what was done is not done again")
        self.assertEqual(number, len(sites) + 1)
        # Whoever is put under yet another key was readable.
        last = self.rotate(new, keys[-1])
        self.assertEqual(last.returncode, 0, last.error)
        self.assertIn(f"({len(sites)} sites)", last.out)
        self.assertEqual(self.rotate(new, keys[0]).returncode, 2, "the old key is of no use")
        self.assert_all_passed(["key.rotating"])

    def assert_all_passed(self, points):
        passed = set(read(self.log).split())
        self.assertEqual(set(points) - passed, set(), "each failpoint is passed")


if __name__ == "__main__":
    unittest.main(verbosity=2)
