#!/usr/bin/env python3
"""Okta: what its imitation holds is what Assets holds afterwards, however an importer signs in and is held back."""
import json
import os
import re
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import busiest  # noqa: E402
from sources_test import SourceTest  # noqa: E402

SIZE = "users=400,groups=20,memberships=900,devices=300,service_principals=12"
EVERYTHING = {"users": {"include": ["applications", "manager"]}, "groups": {"include": ["applications", "usersCount", "adminRoles"]}, "devices": {}, "administrators": {}}
TOO_MANY = {"errorCode": "E0000047", "errorSummary": "API call exceeded rate limit due to too many requests."}


def pairs(rows):
    found = {}
    for row in rows:
        found.setdefault(row["from"], set()).add(row["to"])
    return found


def turned(rows):
    return pairs([{"from": row["to"], "to": row["from"]} for row in rows])


class Okta(SourceTest):
    def okta(self, size=SIZE, selection=None, flags=(), by_token=False):
        """A sandbox and the importer `okta`, which signs in as an app or by token."""
        sandbox = self.sandbox(size, "--sources", "okta", *flags)
        before, okta = sandbox.text.split("  - name: okta\n")
        if by_token:
            okta = re.sub(r"      (client_id|key_id|private_key): .*\n", "", okta).replace("# instead: token", "token", 1)
        sandbox.text = before + "  - name: okta\n" + okta
        self.select(sandbox, "okta", selection)
        return sandbox

    def references(self, sandbox, object_type, name):
        return {found["values"]["Okta ID"][0]: set(found["references"].get(name, []))
                for found in sandbox.objects(object_type)}

    def asked(self, sandbox, path):
        return [entry for entry in sandbox.journal() if entry["target"].startswith("/okta" + path)]

    def users(self, sandbox):
        return {user["id"]: user for user in sandbox.truth("okta.users")}

    def test_brings_everything_and_no_secret(self):
        sandbox = self.okta(selection=EVERYTHING)
        checked = self.muster("check", sandbox.importers)
        self.assertEqual(checked.returncode, 0, checked.out + checked.error)
        report = self.run_import(sandbox, importer="okta")
        self.assertEqual(report["state"], "completed", report["message"])

        users = self.users(sandbox)
        held = {found["values"]["Okta ID"][0]: found for found in sandbox.objects("Okta User")}
        self.assertEqual(set(held), set(users))
        self.assertEqual(len({found["values"]["Status"][0] for found in held.values()}), 8, "all states")
        numbers = {user["profile"]["employeeNumber"]: user["id"] for user in users.values()
                   if user["profile"]["employeeNumber"]}
        for key, found in held.items():
            profile = users[key]["profile"]
            self.assertEqual(found["values"]["Login"], [profile["login"]])
            self.assertEqual(found["values"].get("Email", [None])[0], profile.get("email"))
            self.assertEqual(found["values"].get("Last Login", [""])[0][:19], (users[key]["lastLogin"] or "")[:19])
            manager = numbers.get(profile["managerId"])
            self.assertEqual(found["references"].get("Manager", []), [manager] if manager else [])
        for object_type, data_set in {"Okta Group": "groups", "Okta Application": "applications",
                                      "Okta Device": "devices"}.items():
            held = {found["values"]["Okta ID"][0] for found in sandbox.objects(object_type)}
            self.assertEqual(held, {record["id"] for record in sandbox.truth("okta." + data_set)}, object_type)
            self.assertGreater(len(held), 0)

        everyone = next(group["id"] for group in sandbox.truth("okta.groups") if group["type"] == "BUILT_IN")
        probed = [entry["target"] for entry in self.asked(sandbox, f"/api/v1/groups/{everyone}")]
        self.assertEqual([target for target in probed if not target.endswith("limit=1")], [], "probed by the check alone")
        members = [row for row in sandbox.truth("okta.group_members") if row["from"] != everyone]
        self.assert_references(sandbox, "Okta User", "Groups", turned(members))
        self.assert_references(sandbox, "Okta User", "Applications", turned(sandbox.truth("okta.application_users")))
        self.assert_references(sandbox, "Okta Group", "Applications", turned(sandbox.truth("okta.application_groups")))
        self.compare_roles(sandbox)
        self.assert_references(sandbox, "Okta Device", "Users", pairs(sandbox.truth("okta.device_users")))
        for object_type in ("Okta User", "Okta Application"):
            self.assertNotIn("DO-NOT-IMPORT", json.dumps(sandbox.objects(object_type)))
        self.assertNotIn(b"DO-NOT-IMPORT", self.all_state())

        again = self.run_import(sandbox, importer="okta")
        for found in again["data_sets"]:
            self.assertEqual(found["unchanged"], found["formatted"], found["name"])

    def compare_roles(self, sandbox):
        members, roles = pairs(sandbox.truth("okta.group_members")), pairs(sandbox.truth("okta.group_roles"))
        self.assertTrue(roles)
        for found in sandbox.objects("Okta Group"):
            key = found["values"]["Okta ID"][0]
            self.assertEqual(int(found["values"]["Users"][0]), len(members.get(key, ())))
            self.assertEqual(bool(found["values"].get("Administrator Roles")), key in roles, key)
        asked = [entry["target"] for entry in self.asked(sandbox, "/api/v1/groups/") if "/roles" in entry["target"]]
        self.assertLess(len(set(asked)), len(sandbox.objects("Okta Group")), "only groups that have any")
        administrators = pairs(sandbox.truth("okta.user_roles"))
        self.assertEqual({found["values"]["Okta ID"][0] for found in sandbox.objects("Okta Administrator")},
                         set(administrators))
        for found in sandbox.objects("Okta Administrator"):
            key = found["values"]["Okta ID"][0]
            self.assertEqual(len(found["values"]["Roles"][0].split(", ")), len(administrators[key]))
            self.assertEqual(found["references"]["User"], [key])

    def assert_references(self, sandbox, object_type, name, truth):
        held = self.references(sandbox, object_type, name)
        self.assertTrue(any(held.values()), name)
        for key, found in held.items():
            self.assertEqual(found, truth.get(key, set()), f"{object_type} {key} {name}")

    def test_sees_who_left_and_which_group_is_gone(self):
        sandbox = self.okta()
        self.run_import(sandbox, importer="okta")
        sandbox.call("/_sandbox/edits", [{"data_set": "users", "remove_percent": 5},
                                         {"data_set": "groups", "remove_first": 2}])
        held = self.run_import(sandbox, importer="okta", expect=4)
        self.assertEqual(held["reason"], "gate_blanked", "the second group is half of the company")
        report = self.run_import(sandbox, "--approve", held["run_id"], importer="okta")
        missing = {found["name"]: found["expected"]["missing"] for found in report["data_sets"]}
        self.assertGreater(missing["users"], 5)
        self.assertEqual(missing["groups"], 2)

    def test_signs_in_as_an_app_and_asks_for_the_scopes_it_needs(self):
        sandbox = self.okta(selection={"applications": False})
        self.assertEqual(self.run_import(sandbox, importer="okta")["state"], "completed")
        self.assertEqual(len(self.asked(sandbox, "/oauth2/v1/token")), 1)
        owners = {entry["owner"] for entry in self.asked(sandbox, "/api/v1/")}
        self.assertEqual(len(owners), 1)
        self.assertTrue(owners.pop().startswith("0oa"))

    def test_signs_in_with_a_token(self):
        sandbox = self.okta(by_token=True)
        self.assertEqual(self.run_import(sandbox, importer="okta")["state"], "completed")
        self.assertEqual(self.asked(sandbox, "/oauth2/"), [])
        self.assertEqual({entry["owner"] for entry in self.asked(sandbox, "/api/v1/")}, {"api token"})

    def test_signs_in_again_when_the_token_ends_in_the_middle(self):
        sandbox = self.okta()
        sandbox.fault({"service": "okta", "path_prefix": "/api/v1/groups/", "nth": 5, "action": {
            "status": 401, "body": {"errorCode": "E0000011", "errorSummary": "Invalid token provided"}}})
        self.assertEqual(self.run_import(sandbox, importer="okta")["state"], "completed")
        self.assertEqual(len(self.asked(sandbox, "/oauth2/v1/token")), 2)

    def test_says_what_the_admin_has_to_do(self):
        for fault, advice in (
                ({"path_prefix": "/oauth2", "action": {"status": 400, "body": {"error": "invalid_scope"}}},
                 "Okta API Scopes"),
                ({"path_prefix": "/oauth2", "action": {"status": 401, "body": {"error": "invalid_client"}}},
                 "this machine's clock"),
                ({"path_prefix": "/oauth2", "action": {"status": 400, "headers": {"dpop-nonce": "x"},
                                                       "body": {"error": "use_dpop_nonce"}}}, "DPoP"),
                ({"path_prefix": "/api/v1/apps", "action": {"status": 403, "body": {
                    "errorCode": "E0000006", "errorSummary": "You do not have permission"}}}, "administrator role"),
                ({"path_prefix": "/api/v1/devices", "action": {"status": 401, "body": {
                    "errorCode": "E0000015", "errorSummary": "You do not have permission"}}}, "write `devices: off`")):
            sandbox = self.okta(selection=EVERYTHING)
            sandbox.fault(dict(fault, service="okta"))
            process = self.muster("run", sandbox.importers, "okta")
            self.assertEqual(process.returncode, 3, advice + process.out + process.error)
            self.assertIn(advice, process.out + process.error)
            self.assertEqual(sandbox.objects("Okta User"), [])
            sandbox.stop()

    def test_reads_a_list_again_whose_next_page_is_refused(self):
        sandbox = self.okta()
        sandbox.fault({"service": "okta", "path_regex": r"^/api/v1/users\?.*after=", "times": 1, "action": {
            "status": 400, "body": {"errorCode": "E0000001", "errorSummary": "Api validation failed"}}})
        report = self.run_import(sandbox, importer="okta")
        self.assertEqual(report["state"], "completed", report["message"])
        self.assertIn("it was read again from the start", " ".join(report["notices"]))
        self.assertEqual({found["values"]["Okta ID"][0] for found in sandbox.objects("Okta User")}, set(self.users(sandbox)))

    def test_says_what_to_write_instead_of_the_address_of_the_admin_console(self):
        sandbox = self.okta()
        text = re.sub(r"( url: ).*", r"\1https://acme-admin.okta.com", open(sandbox.importers).read(), count=1)
        linted = self.muster("lint", self.write("admin.yaml", text))
        self.assertNotEqual(linted.returncode, 0)
        self.assertRegex(linted.out + linted.error, r"admin.yaml:\d+:\d+: url: must be .*leave out -admin")

    def test_goes_on_after_errors_without_json(self):
        sandbox = self.okta()
        sandbox.fault({"service": "okta", "path_prefix": "/api/v1/users", "times": 1, "action": {
            "status": 502, "headers": {"Content-Type": "text/html"}, "body": "<html>502</html>"}},
            {"service": "okta", "path_prefix": "/api/v1/groups?", "times": 1, "action": {"status": 503}})
        self.assertEqual(self.run_import(sandbox, importer="okta")["state"], "completed")

    def test_waits_until_the_reset_it_is_told(self):
        sandbox = self.okta()
        reset = int(time.time()) + 4
        sandbox.fault({"service": "okta", "path_prefix": "/api/v1/groups/", "nth": 3, "action": {
            "status": 429, "body": TOO_MANY, "headers": {
                "X-Rate-Limit-Limit": "500", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": str(reset)}}})
        self.assertEqual(self.run_import(sandbox, importer="okta")["state"], "completed")
        self.assertGreaterEqual(time.time(), reset)

    def test_waits_only_shortly_when_too_many_are_under_way(self):
        sandbox = self.okta()
        sandbox.fault({"service": "okta", "path_prefix": "/api/v1/groups/", "nth": 3, "action": {
            "status": 429, "body": TOO_MANY, "headers": {
                "X-Rate-Limit-Limit": "0", "X-Rate-Limit-Remaining": "0",
                "X-Rate-Limit-Reset": str(int(time.time()) + 600)}}})
        begun = time.monotonic()
        self.assertEqual(self.run_import(sandbox, importer="okta")["state"], "completed")
        self.assertLess(time.monotonic() - begun, 60)

    def test_is_never_refused_though_a_minute_has_too_few_requests(self):
        size = SIZE.replace("service_principals=12", "service_principals=30")
        sandbox = self.okta(size, EVERYTHING, ("--quota", "real"))
        self.assertEqual(self.run_import(sandbox, importer="okta")["state"], "completed")
        apps = self.asked(sandbox, "/api/v1/apps")
        self.assertGreater(len(apps), 60, "more than the 50 of a minute")
        self.assertEqual({entry["status"] for entry in apps}, {200})
        self.assertLessEqual(busiest(apps, 59), 50)


if __name__ == "__main__":
    unittest.main()
