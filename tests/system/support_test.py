#!/usr/bin/env python3
"""`muster support-bundle` says how an installation stands, and tells nothing that is nobody's business."""
import json
import os
import re
import stat
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import SystemTest, read  # noqa: E402


class Support(SystemTest):
    def bundle(self, *arguments, expect=0):
        path = os.path.join(self.directory, f"bundle-{len(os.listdir(self.directory))}.json")
        made = self.muster("support-bundle", "--out", path, *arguments)
        self.assertEqual(made.returncode, expect, made.error + made.out)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        return json.loads(read(path)), read(path), made

    def test_tells_how_things_stand_and_no_secret_nor_value(self):
        sandbox = self.sandbox()
        sandbox.fault({"service": "graph", "path_prefix": "/v1.0/groups?", "times": 1,
                       "action": {"replace": {"from": '"id":"', "to": '"no_id":"'}}})
        key = os.path.join(self.directory, "key")
        self.assertEqual(self.muster("key", "generate", key).returncode, 0)
        stored = self.muster("secret", "set", "canary-name", "--key-file", key, text="canary-value-7f3a")
        self.assertEqual(stored.returncode, 0, stored.error)
        added = self.muster("site", "add", "acme", "--name", "Canary Incorporated", "--contact", "canary@acme.example")
        self.assertEqual(added.returncode, 0, added.error)
        self.assertEqual(self.muster("apply", sandbox.importers).returncode, 0)
        report = self.run_import(sandbox, expect=7)
        service = self.serve("--key-file", key)
        link = re.search(r"set-up#(\S+)", read(service.log))[1]
        self.end(service)

        found, text, _ = self.bundle("--log", service.log)
        self.assertEqual(found["bundle"], 1)
        self.assertIn("entra", found["program"]["features"]["sources"])
        self.assertGreater(found["machine"]["memory_mib"], 0)
        self.assertEqual(found["store"]["engine"], "sqlite")
        sites = {site["site"]: site for site in found["store"]["sites"]}
        self.assertEqual(set(sites), {"default", "acme"})
        self.assertEqual(sites["acme"]["entitlement"], "trial")
        self.assertTrue(sites["acme"]["has_contact"])
        importers = {importer["importer"]: importer for importer in sites["default"]["importers"]}
        self.assertEqual(importers["entra"]["definition"]["importers"][0]["source"], "entra")
        self.assertEqual(sites["default"]["runs"][0]["run_id"], report["run_id"])
        self.assertEqual(sites["default"]["runs"][0]["data_sets"][0]["accepted"], report["data_sets"][0]["accepted"])
        self.assertEqual([(reject["reason"], reject["key"], reject["detail"]) for reject in sites["default"]["runs"][0]["rejects"]],
                         [("empty_key", "", "1 record")])
        self.assertTrue(all(chain["whole"] for chain in found["store"]["audit"]))
        self.assertTrue(any("serves on port" in line for line in found["logs"][0]["lines"]))

        for canary in ("canary-value", "canary-name", "Canary Incorporated", "canary@", link, read(key).strip(), sandbox.origin):
            self.assertNotIn(canary, text)
        for value in re.findall(r"(?:tenant_id|client_id): \"?([^\s\",}]+)", sandbox.text):
            self.assertNotIn(value, text)
        for user in sandbox.truth("users"):
            for field in ("id", "displayName", "userPrincipalName", "mail"):
                self.assertNotIn(f'"{user[field]}"', text)
                self.assertFalse(user[field] and len(user[field]) > 8 and user[field] in text, field)

        only, _, _ = self.bundle("--site", "acme")
        self.assertEqual([site["site"] for site in only["store"]["sites"]], ["acme"])

    def test_replaces_no_file(self):
        path = self.write("bundle.json", "mine")
        refused = self.muster("support-bundle", "--out", path)
        self.assertEqual(refused.returncode, 2, refused.error)
        self.assertIn("bundle.json", refused.error)
        self.assertEqual(read(path), "mine")

    def test_says_what_is_wrong_with_the_store(self):
        found, _, _ = self.bundle()
        self.assertIsNone(found["store"])
        self.assertFalse(os.path.exists(self.state), "looking makes no store")
        missing = os.path.join(self.directory, "missing.db")
        found, _, made = self.bundle("--database", f"sqlite:{missing}")
        self.assertEqual(found["store"]["reason"], "store_unavailable")
        self.assertIn("missing.db", made.error)
        damaged = self.write("damaged.db", "no database at all, but long enough to be looked at" * 40)
        found, _, _ = self.bundle("--database", f"sqlite:{damaged}")
        self.assertIn("reason", found["store"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
