#!/usr/bin/env python3
"""A disk that does not take what was written: nothing may be called done that is not on it."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BINARIES, SystemTest, read  # noqa: E402

SIZE = "users=40,groups=4,memberships=60,devices=5"
SHIM = os.path.join(BINARIES, "libfailing_fsync.so")


@unittest.skipUnless(os.path.exists(SHIM), "the preloaded library is not built")
class Disk(SystemTest):
    def failing(self, part):
        return {"LD_PRELOAD": SHIM, "FAIL_FSYNC": part}

    def test_files_that_did_not_reach_the_disk_do_not_replace_the_old_ones(self):
        sandbox = self.sandbox(SIZE)
        out = os.path.join(self.directory, "out")
        self.run_import(sandbox, "--out", out)
        before = read(os.path.join(out, "users.jsonl"))
        sandbox.call("/_sandbox/edits", [{"data_set": "users", "attribute": "jobTitle", "value": "X", "percent": 100}])
        process = self.muster("run", sandbox.importers, "entra", "--out", out, **self.failing("users.jsonl"))
        self.assertEqual(process.returncode, 5, process.error + process.out)
        self.assertIn("Input/output error", process.error + process.out)
        self.assertEqual(read(os.path.join(out, "users.jsonl")), before)

    def test_a_folder_whose_names_did_not_reach_the_disk_is_not_called_written(self):
        sandbox = self.sandbox(SIZE)
        out = os.path.join(self.directory, "out")
        process = self.muster("run", sandbox.importers, "entra", "--out", out, **self.failing("/out$"))
        self.assertEqual(process.returncode, 5, process.error + process.out)
        self.assertIn("Input/output error", process.error + process.out)

    def test_a_store_that_does_not_reach_the_disk_starts_nothing_in_assets(self):
        sandbox = self.sandbox(SIZE)
        self.run_import(sandbox)
        executions = len(sandbox.executions())
        process = self.muster("run", sandbox.importers, "entra", **self.failing("muster.db"))
        self.assertEqual(process.returncode, 8, process.error + process.out)
        self.assertEqual(len(sandbox.executions()), executions)


if __name__ == "__main__":
    unittest.main(verbosity=2)
