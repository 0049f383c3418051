#!/usr/bin/env python3
"""No source is asked faster than it allows, judged by the sandbox's journal: what arrived, and when.

Jamf Pro's five connections are in sources_test.py, because the sandbox itself answers 503 to a sixth request at once.
"""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import busiest  # noqa: E402
from sources_test import SourceTest  # noqa: E402

ONLY = {name: False for name in ("users", "groups", "devices", "licenses", "applications", "service_principals",
                                 "directory_roles", "administrative_units", "domains", "organization")}


class Pacing(SourceTest):
    def read(self, source, size, selection, *flags):
        sandbox = self.sandbox(size, "--quota", "real", *flags)
        self.select(sandbox, source, selection)
        report = self.run_import(sandbox, "--out", os.path.join(self.directory, "out"), importer=source)
        self.assertEqual(report["state"], "completed", report["message"])
        return [entry for entry in sandbox.journal() if entry["status"] != 0]

    def assert_within(self, entries, limit, seconds):
        self.assertGreater(len(entries), limit, "too little to come near the limit")
        self.assertLessEqual(busiest(entries, seconds), limit)
        self.assertEqual([entry for entry in entries if entry["status"] == 429], [])

    def lowest_level(self, entries, capacity, seconds):
        """Of a bucket of so many units that is filled again within so many seconds."""
        level, lowest, last = capacity, capacity, entries[0]["at_ns"]
        for entry in sorted(entries, key=lambda entry: entry["at_ns"]):
            level = min(capacity, level + (entry["at_ns"] - last) / 1e9 * capacity / seconds) - entry["resource_units"]
            last, lowest = entry["at_ns"], min(lowest, level)
        return lowest

    # A token bucket: https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
    def test_entra_is_asked_for_no_more_units_than_a_large_tenant_has(self):
        entries = self.read("entra", "users=600,groups=9000,memberships=9000,devices=0", {**ONLY, "users": {}, "groups": {}})
        single = [entry for entry in entries if "items" not in entry]  # batches are counted by what they hold
        self.assertGreater(sum(entry["resource_units"] for entry in single), 2 * 8000, "too little to come near the limit")
        self.assertGreaterEqual(self.lowest_level(single, 8000, 10), 0)
        self.assertEqual([entry for entry in single if entry["status"] == 429], [])

    # https://learn.microsoft.com/graph/throttling-limits#intune-service-limits
    def test_intune_is_asked_no_more_often_than_an_app_may(self):
        off = {name: False for name in ("device_categories", "compliance_policies", "device_configurations", "mobile_apps",
                                        "autopilot_identities")}
        entries = self.read("intune", "users=3000,groups=2,memberships=2,devices=4200",
                            {**off, "managed_devices": {"include": ["notes"]}}, "--sources", "intune")
        devices = [entry for entry in entries if "/deviceManagement/" in entry["target"]]
        self.assert_within(devices, 2000, 20)


if __name__ == "__main__":
    unittest.main()
