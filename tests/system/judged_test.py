#!/usr/bin/env python3
"""The checker beside the sandbox lets good runs of the real program pass, and names what is wrong with others."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Sandbox, SystemTest  # noqa: E402


class Judged(SystemTest):
    def setUp(self):
        super().setUp()
        self.judge = Sandbox(self.directory, "users=20,groups=3,memberships=10,devices=5", program="judged-sandbox")
        self.addCleanup(self.judge.stop)

    def violations(self, damage=lambda report: None, begins={}, ends={}):
        """Of one run whose report is damaged before it is handed in."""
        self.judge.call("/_judge/begin", {"importer": "entra", "says_ignore": True, **begins})
        report = self.run_import(self.judge)
        damage(report)
        self.judge.call("/_judge/end", {"report": report, "final_states": [report["state"]],
                                        "texts": [json.dumps(report)], **ends})
        return self.judge.call("/_judge/verdict")["violations"]

    def test_a_good_run_passes(self):
        self.assertEqual(self.violations(), [])

    def test_counts_that_are_not_what_was_read(self):
        def miscount(report):
            report["data_sets"][0]["fetched"] += 1
            report["data_sets"][0]["filtered"] += 1
        self.assertIn("the pages that were read hold", " ".join(self.violations(miscount)))

    def test_a_run_that_calls_itself_failed_although_it_completed(self):
        found = self.violations(lambda report: report.update(state="failed", reason="source_protocol"))
        self.assertTrue([one for one in found if one.startswith("I7")], found)

    def test_a_run_that_should_have_sent_nothing(self):
        found = self.violations(begins={"plan_only": True})
        self.assertTrue([one for one in found if one.startswith("I7")], found)

    def test_a_secret_in_what_it_says(self):
        secret = self.judge.call("/_sandbox/connection")["client_secret"]
        found = self.violations(ends={"texts": ["the secret is " + secret]})
        self.assertTrue([one for one in found if one.startswith("I12")], found)

    def test_records_beyond_a_limit(self):
        found = self.violations(begins={"limit": 3})
        self.assertTrue([one for one in found if one.startswith("I10")], found)


if __name__ == "__main__":
    unittest.main()
