#!/usr/bin/env python3
"""Several importers of one site, into one object schema: their objects refer to each other."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import SystemTest  # noqa: E402

SIZE = "users=300,groups=20,memberships=600,devices=400"


class Links(SystemTest):
    def site(self, *sources):
        return self.sandbox(SIZE, "--one-schema", "--sources", ",".join(sources))

    def run_all(self, sandbox, *importers):
        for importer in importers:
            report = self.run_import(sandbox, importer=importer)
            self.assertEqual(report["state"], "completed", report["message"])

    def links(self, sandbox, object_type, key, name):
        return {found["values"][key][0]: found["references"].get(name, []) for found in sandbox.objects(object_type)}

    def test_devices_of_intune_refer_to_people_and_devices_of_entra(self):
        sandbox = self.site("intune")
        self.run_all(sandbox, "entra", "intune")
        users = self.links(sandbox, "Intune Device", "Intune Device ID", "Primary User Account")
        devices = self.links(sandbox, "Intune Device", "Intune Device ID", "Entra Device")
        known = {device["deviceId"]: device["id"] for device in sandbox.truth("devices")}
        linked = 0
        for device in sandbox.truth("managed_devices"):
            self.assertEqual(users[device["id"]], [device["userId"]] if device["userId"] else [])
            entra = known.get(device["azureADDeviceId"])
            self.assertEqual(devices[device["id"]], [entra] if entra else [])
            linked += bool(device["userId"])
        self.assertGreater(linked, 100)
        planned = self.muster("plan", sandbox.importers, "intune")
        self.assertIn("Primary User Account is the Entra User of the importer entra with this Object ID.",
                      " ".join(planned.out.split()))
        schema = self.muster("schema", sandbox.importers, "intune")
        self.assertIn('"referenceObjectTypeExternalId": "muster/entra/users"', schema.out)

    def test_people_of_other_sources_are_found_by_their_address(self):
        sandbox = self.site("jamf", "datadog", "okta")
        self.run_all(sandbox, "entra", "jamf", "datadog", "okta")
        by_mail = {}
        for user in sandbox.truth("users"):
            if user["mail"]:
                by_mail.setdefault(user["mail"].lower(), set()).add(user["id"])
        for object_type, address in (("Jamf Computer", "Email"), ("Jamf User", "Email"), ("Datadog User", "Email"),
                                     ("Okta User", "Email")):
            found = sandbox.objects(object_type)
            for each in found:
                mail = each["values"].get(address, [""])[0].lower()
                self.assertEqual(set(each["references"].get("Entra User", [])), by_mail.get(mail, set()), object_type)
            self.assertGreater(sum(bool(each["references"].get("Entra User")) for each in found), 20, object_type)

    def test_says_which_importer_has_to_run_first(self):
        sandbox = self.site("intune")
        process = self.muster("run", sandbox.importers, "intune")
        self.assertEqual(process.returncode, 5, process.out + process.error)
        self.assertIn("It refers to Entra Device, Entra User, which the importer entra brings: run that one first",
                      " ".join((process.out + process.error).split()))
        self.assertEqual(sandbox.executions(), [], "nothing was started")
        self.run_all(sandbox, "entra", "intune")

    def test_import_sources_of_different_object_schemas_do_not_see_each_other(self):
        sandbox = self.sandbox(SIZE, "--sources", "intune")
        text = sandbox.text.replace("  - name: intune\n", "  - name: intune\n    links: { entra: entra }\n")
        sandbox.importers = self.write("linked.yaml", text)
        self.run_all(sandbox, "entra")
        self.run_import(sandbox, importer="intune", expect=5)
        sandbox.importers = self.write("apart.yaml", text.replace("    links: { entra: entra }\n", ""))
        self.run_all(sandbox, "intune")
        planned = self.muster("plan", sandbox.importers, "intune")
        self.assertIn("`links`: { entra: entra }", planned.out)
        self.assertNotIn("Primary User Account", str(sandbox.objects("Intune Device")[0]))


if __name__ == "__main__":
    unittest.main()
