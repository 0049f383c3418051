#!/usr/bin/env python3
"""The web console in a real browser, over the real service and sandbox (console.mjs holds what is done there)."""
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "system"))
from harness import SystemTest, read  # noqa: E402


class Console(SystemTest):
    def test_an_admin_sets_up_an_import_and_looks_after_it(self):
        browser = shutil.which("chromium")
        self.assertTrue(browser, "chromium is missing: script/setup --test installs it")
        sandbox = self.sandbox()
        key = os.path.join(self.directory, "key")
        self.assertEqual(self.muster("key", "generate", key).returncode, 0)
        service = self.serve("--key-file", key)
        head, *importers = re.split(r"(?m)^(?=  - name:)", sandbox.text)
        entra = head + next(text for text in importers if text.startswith("  - name: entra\n"))
        given = {
            "browser": browser,
            "link": re.search(r"http://\S+/set-up#mstr_setup_\w+", read(service.log))[0],
            "definition": entra.replace("missing_objects: ignore", "missing_objects: unknown"),
            "screenshots": os.environ.get("MUSTER_SCREENSHOTS", ""),
        }
        done = subprocess.run(["node", os.path.join(HERE, "console.mjs")], input=json.dumps(given), text=True,
                              capture_output=True, timeout=1140, env=dict(os.environ, TMPDIR=self.directory))
        print(done.stdout, end="")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + read(service.log)[-2000:])
        self.assert_equals_truth(sandbox)
        self.end(service)


if __name__ == "__main__":
    unittest.main()
