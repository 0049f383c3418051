#!/usr/bin/env python3
"""Jamf Pro, and what the tests of all sources share: what an imitation holds is what Assets holds afterwards."""
import json
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import SystemTest  # noqa: E402

SIZE = "users=400,groups=20,memberships=900,devices=700"


class SourceTest(SystemTest):
    """`objects`: object type to data set of the truth; everything is read and sent twice."""

    def select(self, sandbox, source, selection):
        """Writes the importer of `source` alone, with `selection` as its data_sets."""
        start = sandbox.text.index(f"  - name: {source}\n")
        end = sandbox.text.find("  - name: ", start + 1)
        body = sandbox.text[start:end if end > 0 else len(sandbox.text)]
        if selection:
            chosen = json.dumps(selection).replace('"off"', "off")
            body = body.replace("    destination:\n", f"    data_sets: {chosen}\n    destination:\n", 1)
        sandbox.importers = self.write(f"{source}.yaml", "version: 1\nimporters:\n" + body)

    def assert_imports(self, source, objects, selection=None, flags=()):
        sandbox = self.sandbox(SIZE, "--sources", source, *flags)
        self.select(sandbox, source, selection)
        checked = self.muster("check", sandbox.importers)
        self.assertEqual(checked.returncode, 0, checked.out + checked.error)
        report = self.run_import(sandbox, importer=source)
        self.assertEqual(report["state"], "completed", report["message"])
        truth = sandbox.call("/_sandbox/truth" if source == "intune" else f"/_sandbox/truth/{source}")
        held = {kind["name"]: kind["objects"] for kind in sandbox.call("/_sandbox/objects")["types"]}
        for object_type, data_set in objects.items():
            self.assertGreater(truth[data_set], 0, data_set)
            self.assertEqual(held.get(object_type), truth[data_set], object_type)
        again = self.run_import(sandbox, importer=source)
        for found in again["data_sets"]:
            self.assertEqual(found["unchanged"], found["formatted"], found["name"])
        return sandbox, report


class Jamf(SourceTest):
    OBJECTS = {"Jamf Computer": "computers", "Jamf Mobile Device": "mobile_devices", "Jamf User": "users",
               "Jamf Building": "buildings", "Jamf Department": "departments", "Jamf Category": "categories",
               "Jamf Site": "sites", "Jamf Computer Group": "computer_groups",
               "Jamf Mobile Device Group": "mobile_device_groups",
               "Jamf Computer Extension Attribute": "computer_extension_attributes",
               "Jamf Mobile Device Extension Attribute": "mobile_device_extension_attributes",
               "Jamf Computer PreStage": "computer_prestages", "Jamf Mobile Device PreStage": "mobile_device_prestages",
               "Jamf Policy": "policies", "Jamf macOS Profile": "mac_profiles", "Jamf Mobile Profile": "mobile_profiles",
               "Jamf Application": "applications", "Jamf Mobile Application": "mobile_applications"}
    EVERYTHING = {
        "computers": {"include": ["applications", "profiles", "prestage"], "add": [
            {"name": "Warranty", "path": "extensionAttributes[name=Warranty tier].values[]"},
            {"name": "Battery Cycles", "path": "hardware.extensionAttributes[name=Battery Cycle].values[0]",
             "type": "integer"},
            {"name": "Escrow", "path": 'operatingSystem.extensionAttributes[name="Escrow [v2]"].values[]'}]},
        "mobile_devices": {"include": ["prestage", "applications", "profiles"], "add": [
            {"name": "Owned By", "path": "general.extensionAttributes[name=Ownership].value[]"}]},
        "applications": {}, "mobile_applications": {}, "policies": {}, "mac_profiles": {}, "mobile_profiles": {},
        "computer_extension_attributes": {}, "mobile_device_extension_attributes": {}, "computer_prestages": {},
        "mobile_device_prestages": {}, "smart_computer_groups": {}, "static_computer_groups": {}}
    ONLY_COMPUTERS = {"computers": {"attributes": ["name", "serialNumber", "lastContact"]}, **{
        name: False for name in ("mobile_devices", "users", "buildings", "departments", "categories", "sites",
                                 "computer_groups", "mobile_device_groups")}}

    def values(self, found, title):
        return found["values"].get(title, [])

    def assert_members(self, sandbox, object_type, key, truth, devices):
        members = {}
        for row in sandbox.truth(truth):
            members.setdefault(row["to"], set()).add(row["from"])
        self.assertGreater(len(members), 10)
        for found in devices:
            self.assertEqual(set(found["references"].get("Groups", [])), members.get(self.values(found, key)[0], set()))

    def test_brings_what_jamf_holds(self):
        sandbox, _ = self.assert_imports("jamf", self.OBJECTS, self.EVERYTHING)
        macs, mobiles = sandbox.objects("Jamf Computer"), sandbox.objects("Jamf Mobile Device")
        self.assert_members(sandbox, "Jamf Computer", "Jamf Computer ID", "jamf.computer_group_members", macs)
        self.assert_members(sandbox, "Jamf Mobile Device", "Jamf Mobile Device ID", "jamf.mobile_device_group_members",
                            mobiles)
        self.compare_groups(sandbox)
        self.compare_computers(sandbox, macs)
        self.compare_mobiles(sandbox, mobiles)
        self.compare_applications(sandbox, macs, "Jamf Computer ID", "computer_applications",
                                  lambda row: (row["name"], row["bundleId"], row["version"]))
        self.compare_applications(sandbox, mobiles, "Jamf Mobile Device ID", "mobile_device_applications",
                                  lambda row: (row["bundleId"], row["version"]))
        self.compare_classic(sandbox, "Jamf Policy", "policies", "computer_groups")
        self.compare_classic(sandbox, "Jamf macOS Profile", "mac_profiles", "computer_groups")
        self.compare_classic(sandbox, "Jamf Mobile Profile", "mobile_profiles", "mobile_device_groups")
        whole = json.dumps([sandbox.objects(kind) for kind in self.OBJECTS])
        self.assertNotIn("SECRET", whole)
        self.assertNotIn("1970-01-01", whole)
        sections = [e["target"] for e in sandbox.journal() if "computers-inventory" in e["target"]]
        self.assertIn("section=GENERAL&section=HARDWARE", sections[0])
        self.assertNotIn("section=CERTIFICATES", sections[0], "only what is selected is asked for")

    def compare_groups(self, sandbox):
        members = {}
        for row in sandbox.truth("jamf.computer_group_members"):
            members[row["from"]] = members.get(row["from"], 0) + 1
        found = sandbox.objects("Jamf Smart Computer Group") + sandbox.objects("Jamf Static Computer Group")
        self.assertEqual(len(found), len(sandbox.objects("Jamf Computer Group")))
        for group in found:
            key = group["references"]["Group"][0]
            self.assertEqual(self.values(group, "Members"), [str(members.get(key, 0))], key)

    def compare_computers(self, sandbox, macs):
        truth = {row["id"]: row for row in sandbox.truth("jamf.computers")}
        users = {row["username"]: row["id"] for row in sandbox.truth("jamf.users")}
        serials = [self.values(mac, "Serial Number")[0] for mac in macs]
        self.assertLess(len(set(serials)), len(serials), "a repaired machine has two records")
        for mac in macs:
            row = truth[self.values(mac, "Jamf Computer ID")[0]]
            place = row["userAndLocation"]
            self.assertEqual(self.values(mac, "Name")[0], row["general"]["name"])
            self.assertEqual(self.values(mac, "Serial Number")[0], row["hardware"]["serialNumber"])
            self.assertEqual(int(self.values(mac, "Memory MB")[0]), row["hardware"]["totalRamMegabytes"])
            for title, target in (("Building", place["buildingId"]), ("Department", place["departmentId"]),
                                  ("Site", row["general"]["site"]["id"])):
                none = target in (None, "-1")
                self.assertEqual(mac["references"].get(title, []), [] if none else [target], title)
            method = row["general"]["enrollmentMethod"]
            by_prestage = method["objectType"].startswith("PreStage")
            self.assertEqual(mac["references"].get("PreStage", []), [method["id"]] if by_prestage else [])
            owner = users.get(place["username"])
            self.assertEqual(mac["references"].get("User", []), [owner] if owner else [])
            profiles = [profile["id"] for profile in row["configurationProfiles"]]
            self.assertEqual(sorted(mac["references"].get("Profiles", [])), sorted(profiles))
            held = {one["name"]: one["values"] or [] for part in ("general", "hardware", "operatingSystem")
                    for one in row[part]["extensionAttributes"]}
            held.update({one["name"]: one["values"] for one in row["extensionAttributes"]})
            self.assertEqual(self.values(mac, "Warranty"), held["Warranty tier"])
            self.assertEqual([str(int(v)) for v in self.values(mac, "Battery Cycles")], held["Battery Cycle"])
            self.assertEqual(self.values(mac, "Escrow"), [])
            self.assertEqual(bool(self.values(mac, "Last Contact")), bool(row["general"]["lastContact"]))

    def compare_mobiles(self, sandbox, mobiles):
        truth = {row["mobileDeviceId"]: row for row in sandbox.truth("jamf.mobile_devices")}
        for mobile in mobiles:
            row = truth[self.values(mobile, "Jamf Mobile Device ID")[0]]
            hardware = row["hardware"] or {}
            self.assertEqual(self.values(mobile, "Serial Number"), [hardware["serialNumber"]] if hardware else [])
            self.assertEqual(self.values(mobile, "Type"), [row["deviceType"]])
            prestage = row["general"]["enrollmentMethodPrestage"]["mobileDevicePrestageId"]
            self.assertEqual(mobile["references"].get("PreStage", []), [prestage] if prestage else [])
            self.assertEqual(self.values(mobile, "Owned By"), row["general"]["extensionAttributes"][0]["value"])
        self.assertIn(None, [row["hardware"] for row in truth.values()], "one of them is damaged")

    def compare_classic(self, sandbox, object_type, data_set, groups):
        truth = {row["general"]["id"]: row for row in sandbox.truth("jamf." + data_set)}
        found = sandbox.objects(object_type)
        self.assertEqual(len(found), len(truth))
        for one in found:
            key = self.values(one, "Policy ID" if data_set == "policies" else "Profile ID")[0]
            row = truth[int(key)]
            self.assertEqual(self.values(one, "Name")[0], row["general"]["name"])
            self.assertEqual(set(one["references"].get("Groups", [])), {str(g["id"]) for g in row["scope"][groups]})
            category = row["general"]["category"]["id"]
            self.assertEqual(one["references"].get("Category", []), [] if category == -1 else [str(category)])

    def compare_applications(self, sandbox, devices, key, truth, parts):
        installed = {}
        for row in sandbox.truth("jamf." + truth):
            installed.setdefault(row["from"], set()).add(" ".join(part for part in parts(row) if part))
        self.assertGreater(sum(map(len, installed.values())), 50)
        for device in devices:
            self.assertEqual(set(device["references"].get("Applications", [])),
                             installed.get(self.values(device, key)[0], set()))

    def test_signs_in_as_a_user_and_signs_out(self):
        sandbox = self.sandbox(SIZE, "--sources", "jamf")
        text = sandbox.text
        text = re.sub(r'client_id: "7e0b4a2c[^"]*"', "username: importer", text).replace(
            "client_secret: { file: " + json.dumps(sandbox.importers + ".jamf.client_secret"),
            "password: { file: " + json.dumps(sandbox.importers + ".jamf.client_secret"))
        self.assertIn("password:", text)
        sandbox.text = text
        self.select(sandbox, "jamf", self.ONLY_COMPUTERS)
        self.assertEqual(self.run_import(sandbox, importer="jamf")["state"], "completed")
        asked = [e["target"] for e in sandbox.journal() if e["target"].startswith("/jamf/api/v1/auth/")]
        self.assertEqual(asked, ["/jamf/api/v1/auth/token", "/jamf/api/v1/auth/invalidate-token"])

    def test_gets_a_new_token_in_the_middle_and_never_has_six_requests_at_once(self):
        sandbox = self.sandbox(SIZE, "--sources", "jamf", "--token-lifetime", "1s", "--quota", "real")
        self.select(sandbox, "jamf", self.EVERYTHING)
        self.assertEqual(self.run_import(sandbox, importer="jamf")["state"], "completed")
        journal = [e for e in sandbox.journal() if e["target"].startswith("/jamf/")]
        self.assertGreater(len([e for e in journal if e["target"].endswith("/oauth/token")]), 1)
        self.assertNotIn(503, [e["status"] for e in journal])
        held = {kind["name"]: kind["objects"] for kind in sandbox.call("/_sandbox/objects")["types"]}
        self.assertEqual(held["Jamf Computer"], sandbox.call("/_sandbox/truth/jamf")["computers"])

    def test_renews_a_token_that_died_early(self):
        sandbox = self.sandbox(SIZE, "--sources", "jamf")
        self.select(sandbox, "jamf", self.ONLY_COMPUTERS)
        sandbox.fault({"service": "jamf", "path_regex": "computers-inventory", "times": 1, "action": {
            "status": 401, "headers": {"Content-Type": "application/json"},
            "body": {"httpStatus": 401, "errors": [{"code": "INVALID_TOKEN", "description": "Unauthorized"}]}}})
        self.assertEqual(self.run_import(sandbox, importer="jamf")["state"], "completed")

    def test_steps_down_to_the_version_an_older_server_has(self):
        sandbox = self.sandbox(SIZE, "--sources", "jamf")
        self.select(sandbox, "jamf", self.ONLY_COMPUTERS)
        sandbox.fault({"service": "jamf", "path_regex": "/api/v[34]/computers-inventory", "action": {
            "status": 404, "headers": {"Content-Type": "application/json"}, "body": {"httpStatus": 404, "errors": []}}})
        self.assertEqual(self.run_import(sandbox, importer="jamf")["state"], "completed")
        macs = sandbox.objects("Jamf Computer")
        self.assertEqual(len(macs), sandbox.call("/_sandbox/truth/jamf")["computers"])
        self.assertTrue(any(mac["values"].get("Last Contact") for mac in macs), "v2 calls it lastContactTime")
        asked = [e["target"].split("?")[0] for e in sandbox.journal() if "computers-inventory" in e["target"]]
        self.assertEqual(asked[:3], [f"/jamf/api/v{n}/computers-inventory" for n in (4, 3, 2)])
        self.assertNotIn("/jamf/api/v4/computers-inventory", asked[3:], "remembered for the run")

    def test_brings_the_same_people_from_a_server_that_knows_them_in_the_classic_api_only(self):
        people = {**self.ONLY_COMPUTERS, "computers": False, "users": {}}
        newer = self.sandbox(SIZE, "--sources", "jamf")
        self.select(newer, "jamf", people)
        self.assertEqual(self.run_import(newer, importer="jamf")["state"], "completed")
        expected = {found["values"]["Jamf User ID"][0]: found["values"] for found in newer.objects("Jamf User")}
        newer.stop()
        self.state = os.path.join(self.directory, "state2")
        older = self.sandbox(SIZE, "--sources", "jamf", "--quota", "real")
        self.select(older, "jamf", people)
        older.fault({"service": "jamf", "path_prefix": "/api/v1/users", "action": {
            "status": 404, "headers": {"Content-Type": "application/json"}, "body": {"httpStatus": 404, "errors": []}}})
        checked = self.muster("check", older.importers)
        self.assertEqual(checked.returncode, 0, checked.out + checked.error)
        self.assertEqual(self.run_import(older, importer="jamf")["state"], "completed")
        found = {found["values"]["Jamf User ID"][0]: found["values"] for found in older.objects("Jamf User")}
        self.assertGreater(len(found), 20)
        self.assertEqual(found, expected)
        self.assertNotIn(503, [entry["status"] for entry in older.journal()], "never six at once")

    def test_reads_every_page_when_pages_are_cut_and_servers_stumble(self):
        size = "users=400,groups=20,memberships=900,devices=4200"
        sandbox = self.sandbox(size, "--sources", "jamf")
        self.select(sandbox, "jamf", self.ONLY_COMPUTERS)
        sandbox.fault({"service": "jamf", "path_regex": "computers-inventory.*[?&]page=1&", "times": 1,
                       "action": {"status": 500, "body": {"httpStatus": 500, "errors": []}}},
                      {"service": "jamf", "path_regex": "computers-inventory.*[?&]page=2(&|$)", "times": 1,
                       "action": {"cut_after": 2000}},
                      {"service": "jamf", "path_regex": "computers-inventory", "nth": 1,
                       "action": {"status": 503, "body": "<html><body>503 Service Unavailable</body></html>"}})
        self.assertEqual(self.run_import(sandbox, importer="jamf")["state"], "completed")
        truth = sandbox.call("/_sandbox/truth/jamf")["computers"]
        self.assertGreater(truth, 500)
        self.assertEqual(len(sandbox.objects("Jamf Computer")), truth)

    def test_asks_for_smaller_pages_when_a_server_is_too_slow_for_large_ones(self):
        sandbox = self.sandbox("users=400,groups=20,memberships=900,devices=4200", "--sources", "jamf")
        self.select(sandbox, "jamf", self.ONLY_COMPUTERS)
        sandbox.fault({"service": "jamf", "path_regex": "computers-inventory.*page-size=200&page=1&",
                       "action": {"status": 504, "body": ""}})
        report = self.run_import(sandbox, importer="jamf")
        self.assertEqual(report["state"], "completed")
        self.assertIn("pages of that size failed; it was read again from the start", " ".join(report["notices"]))
        self.assertEqual(len(sandbox.objects("Jamf Computer")), sandbox.call("/_sandbox/truth/jamf")["computers"])
        asked = [entry["target"] for entry in sandbox.journal() if "computers-inventory" in entry["target"]]
        self.assertEqual(len([target for target in asked if "page-size=200&page=1&" in target]), 3)
        self.assertIn("page-size=100&", asked[-1])

    def test_names_the_privilege_that_lacks(self):
        sandbox = self.sandbox(SIZE, "--sources", "jamf")
        sandbox.text = sandbox.text.replace("2b8c64f7d190", "2b8c64f7d191")
        self.select(sandbox, "jamf", {"policies": {}})
        checked = self.muster("check", sandbox.importers)
        self.assertIn("Read Mobile Devices", checked.out)
        self.assertIn("Read Policies", checked.out, "the Classic API answers with a page")
        process = self.muster("run", sandbox.importers, "jamf")
        self.assertEqual(process.returncode, 3, process.out + process.error)

    def test_fails_rather_than_losing_a_record(self):
        sandbox = self.sandbox(SIZE, "--sources", "jamf")
        self.select(sandbox, "jamf", self.ONLY_COMPUTERS)
        sandbox.fault({"service": "jamf", "path_regex": "computers-inventory", "action": {"drop_row": True}})
        process = self.muster("run", sandbox.importers, "jamf")
        self.assertNotEqual(process.returncode, 0, process.out + process.error)
        self.assertEqual(sandbox.objects("Jamf Computer"), [])


if __name__ == "__main__":
    unittest.main()
