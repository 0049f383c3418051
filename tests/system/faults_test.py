#!/usr/bin/env python3
"""Whatever goes wrong with one answer: every source brings the same objects as without it, or nothing at all.

Faults and inputs that all sources share; what belongs to one alone stands in its golden cases and system tests.
"""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from judged import JudgedTest  # noqa: E402
from sources_test import SourceTest  # noqa: E402

SIZE = "users=60,groups=12,memberships=100,devices=100"
# Source: the data set that is read, and how the requests for it begin.
LISTS = {"entra": ("groups", "graph", "/v1.0/groups?"),
         "intune": ("managed_devices", "graph", "/v1.0/deviceManagement/managedDevices?"),
         "jamf": ("computers", "jamf", "/api/v4/computers-inventory"),
         "datadog": ("users", "datadog", "/api/v2/users"),
         "okta": ("groups", "okta", "/api/v1/groups?")}
FOLLOW_LINKS = ("entra", "intune", "okta")
ASK_FOR_TOKENS = ("entra", "intune", "jamf", "okta")
HTML = {"Content-Type": "text/html"}
# One after the other, each once.
PASSING = {
    "a server that stumbles": [{"status": 500, "body": "{}"}, {"cut_after": 30}, {"truncate": 40}],
    "pages for people and resets": [{"status": 502, "headers": HTML, "body": "<html>"}, {"reset": True}, {"status": 503}],
    "throttled without a word": [{"status": 429, "body": "{}"}],
    "throttled with odd waits": [{"status": 429, "headers": {"Retry-After": wait}, "body": "{}"}
                                 for wait in ("0.4", "-5", "Thu, 01 Jan 2026 00:00:00 GMT")],
    "many headers, late": [{"extra_headers": 40, "delay": 300}],
}
# Reason: faults that no retry mends.
FATAL = {
    "source_protocol": [{"html_200": True}, {"status": 302, "headers": {"Location": "https://login.example/"}},
                        {"status": 200, "body": "null"}, {"status": 200, "body": {"unexpected": 1}}, {"status": 204},
                        {"status": 200, "headers": {"Content-Type": "application/json"}, "body": "{\"value\": ["},
                        {"gzip_twice": True}, {"gzip_bomb": 200_000_000}],
    "source_permission": [{"status": 403, "body": {}}],
    "source_sign_in": [{"status": 401, "body": {}}],
}


class Faults(JudgedTest, SourceTest):
    def start_with(self, source):
        """A sandbox and an importer that reads one data set alone."""
        sandbox = self.sandbox(SIZE, *([] if source == "entra" else ["--sources", source]))
        described = json.loads(self.muster("sources", source, "--json").out)
        chosen = LISTS[source][0]
        selection = {one["name"]: False for one in described["data_sets"]}
        selection[chosen] = {"exclude": [part["name"] for one in described["data_sets"] if one["name"] == chosen
                                         for part in one["references"] if part["default_on"]]}
        self.select(sandbox, source, selection)
        return sandbox

    def read(self, sandbox, source, faults, times):
        _, service, path = LISTS[source]
        sandbox.call("/_sandbox/faults", method="DELETE")
        sandbox.fault(*[{"service": service, "path_prefix": path, "action": action, **times} for action in faults])
        out = os.path.join(self.directory, f"out-{source}")
        process = self.muster("run", sandbox.importers, source, "--json", "--out", out)
        report = json.loads(process.out)
        found = {}
        for name in os.listdir(out) if os.path.isdir(out) else []:
            if name.endswith(".jsonl"):
                with open(os.path.join(out, name)) as file:
                    found[name] = sorted(file.read().splitlines())
        for name in found:
            os.remove(os.path.join(out, name))
        return report, found

    def check(self, source):
        sandbox = self.start_with(source)
        report, usual = self.read(sandbox, source, [], {})
        self.assertEqual(report["state"], "completed", report["message"])
        self.assertGreater(sum(map(len, usual.values())), 5)
        passing = dict(PASSING)
        if source in ASK_FOR_TOKENS:
            passing["a token that died"] = [{"status": 401, "body": {}}]
        if source in FOLLOW_LINKS:
            passing["an empty page"] = [{"empty_page": True}]
        for name, faults in passing.items():
            with self.subTest(source=source, fault=name):
                report, found = self.read(sandbox, source, faults, {"times": 1})
                self.assertEqual(report["state"], "completed", report["message"])
                self.assertEqual(found, usual)
                fired = [rule["fired"] for rule in sandbox.call("/_sandbox/faults")]
                self.assertGreater(sum(fired), 0, "the fault never happened")
        fatal = dict(FATAL)
        if source in FOLLOW_LINKS:
            fatal["foreign_link"] = [{"foreign_link": "https://elsewhere.example", "empty_page": True}]
        for reason, faults in fatal.items():
            for fault in faults:
                with self.subTest(source=source, fault=fault):
                    report, found = self.read(sandbox, source, [fault], {})
                    self.assertEqual((report["state"], report["reason"]), ("failed", reason), report["message"])
                    self.assertEqual(found, {}, "nothing is delivered")

    def test_entra(self):
        self.check("entra")

    def test_a_last_link_that_leads_to_an_error_is_no_end(self):
        report, found = self.read(self.start_with("entra"), "entra", [{"fail_last_page": True}], {})
        self.assertEqual((report["state"], report["reason"]), ("failed", "source_protocol"), report["message"])
        self.assertEqual(found, {})

    def test_names_of_64_kib(self):
        sandbox = self.start_with("entra")
        long = "x" * (64 << 10)
        grow = {"replace": {"from": '"displayName":"', "to": '"displayName":"' + long, "everywhere": True}}
        report, found = self.read(sandbox, "entra", [grow], {})
        self.assertEqual((report["state"], report["rejects"]), ("completed", []), report["message"])
        names = [json.loads(line)["display_name"] for line in found["groups.jsonl"]]
        self.assertEqual({name[:len(long)] for name in names}, {long})
        self.assertEqual(len(names), len(sandbox.truth("groups")))

    def test_intune(self):
        self.check("intune")

    def test_jamf(self):
        self.check("jamf")

    def test_datadog(self):
        self.check("datadog")

    def test_okta(self):
        self.check("okta")


if __name__ == "__main__":
    unittest.main()
