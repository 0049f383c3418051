#!/usr/bin/env python3
"""One machine that several sources know is one object, with the attributes of whoever comes first."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import SystemTest  # noqa: E402

SIZE = "users=200,groups=10,memberships=300,devices=700"
PLACEHOLDERS = ("Default string", "To be filled by O.E.M.")
IDENTITY = """\
identities:
  - name: device
    title: Device
    description: Machines, whoever manages them
    match: [serial_number, device_id]
    missing_objects: ignore
    members:
      - { importer: intune, data_set: managed_devices, newest: lastSyncDateTime }
      - { importer: jamf, data_set: computers, newest: lastContact }
      - { importer: entra, data_set: devices }
    priority: { Operating System: [entra, intune], Manufacturer: [intune] }
"""
RENAMED = "    data_sets: { computers: { rename: { groups: Jamf Groups } } }\n"


class OneIdentity(SystemTest):
    def site(self, *flags):
        sandbox = self.sandbox(SIZE, "--one-schema", "--sources", "intune,jamf", *flags)
        text = sandbox.text.replace("  - name: jamf\n    source: jamf\n", "  - name: jamf\n    source: jamf\n" + RENAMED)
        sandbox.importers = self.write("site.yaml", text.replace("importers:\n", IDENTITY + "importers:\n", 1))
        linted = self.muster("lint", sandbox.importers)
        self.assertEqual(linted.returncode, 0, linted.out + linted.error)
        for importer in ("entra", "intune", "jamf"):  # so that links find what they lead to
            sent = self.muster("schema", sandbox.importers, importer, "--send")
            self.assertEqual(sent.returncode, 0, sent.out + sent.error)
        self.assertEqual(sandbox.executions(), [])
        return sandbox

    def start_run(self, sandbox, importer, *arguments):
        process = self.muster("run", sandbox.importers, importer, "--json", *arguments)
        return process.returncode, json.loads(process.out)

    def run_all(self, sandbox, *importers):
        """Each to its end; the first run beside objects of others is held once and approved."""
        reports = {}
        for importer in importers:
            code, report = self.start_run(sandbox, importer)
            if code == 4:
                self.assertEqual([f["reason"] for f in report["gate"]["findings"]], ["gate_shared"])
                code, report = self.start_run(sandbox, importer, "--approve", report["run_id"])
            self.assertIn(code, (0, 7), report["message"])
            reports[importer] = report
        return reports

    def data_set(self, report, name):
        return next(found for found in report["data_sets"] if found["name"] == name)

    def matches(self, report, name):
        return {m["rule"]: m for m in self.data_set(report, name)["identity"]["matches"]}

    def value(self, found, title):
        return found["values"].get(title, [""])[0]

    def machines(self, sandbox):
        return sandbox.truth("managed_devices"), sandbox.truth("jamf.computers"), sandbox.truth("devices")

    def test_the_laptop_of_three_sources_is_one_object(self):
        sandbox = self.site()
        reports = self.run_all(sandbox, "intune", "jamf", "entra")
        intune, jamf, entra = self.machines(sandbox)
        objects = sandbox.objects("Device")
        by_intune = {self.value(o, "Intune Device ID"): o for o in objects if self.value(o, "Intune Device ID")}
        by_jamf = {self.value(o, "Jamf Computer ID"): o for o in objects if self.value(o, "Jamf Computer ID")}
        by_entra = {self.value(o, "Object ID"): o for o in objects if self.value(o, "Object ID")}
        self.assertEqual(len(by_intune), len(intune))
        self.assertEqual(len(by_entra), len(entra))
        jamf_by_serial = {}
        for computer in jamf:
            jamf_by_serial.setdefault(computer["hardware"]["serialNumber"], []).append(computer["id"])
        self.assertEqual(len(by_jamf), len(jamf_by_serial), "a repaired Mac is one machine")
        known = {device["deviceId"]: device["id"] for device in entra}
        everywhere = 0
        for device in intune:
            found = by_intune[device["id"]]
            if device["azureADDeviceId"] in known:
                self.assertEqual(self.value(found, "Object ID"), known[device["azureADDeviceId"]])
            computers = jamf_by_serial.get(device["serialNumber"], [])
            if computers:
                self.assertIn(self.value(found, "Jamf Computer ID"), computers)
                everywhere += device["azureADDeviceId"] in known
        self.assertGreater(everywhere, 10)
        # Whatever is not known to be the same is another object.
        same = sum(1 for device in intune if device["azureADDeviceId"] in known) + \
            sum(1 for device in intune if device["serialNumber"] in jamf_by_serial)
        self.assertEqual(len(objects), len(intune) + len(entra) + len(jamf_by_serial) - same)
        self.assertEqual(self.matches(reports["jamf"], "computers")["serial_number"]["known"],
                         sum(1 for device in intune if device["serialNumber"] in jamf_by_serial))
        repaired = len(jamf) - len(jamf_by_serial)
        self.assertGreater(repaired, 0)
        self.assertEqual(self.matches(reports["jamf"], "computers")["duplicate"]["records"], repaired)
        self.assertEqual({r["reason"] for r in reports["jamf"]["rejects"]}, {"duplicate_identity"})

    def test_a_placeholder_never_makes_two_machines_one(self):
        sandbox = self.site()
        reports = self.run_all(sandbox, "intune", "entra")
        nameless = [d["id"] for d in sandbox.truth("managed_devices") if d["serialNumber"] in PLACEHOLDERS]
        self.assertGreater(len(nameless), 3)
        held = [self.value(o, "Intune Device ID") for o in sandbox.objects("Device")]
        self.assertEqual(sorted(i for i in held if i in nameless), sorted(nameless))
        found = self.matches(reports["intune"], "managed_devices")
        no_id = [d["id"] for d in sandbox.truth("managed_devices") if d["azureADDeviceId"].strip("0-") == ""]
        self.assertEqual(found["placeholder"]["records"], len(set(nameless) | set(no_id)))
        text = json.dumps(reports)
        serials = tuple(d["serialNumber"] for d in sandbox.truth("managed_devices")[:50] if d["serialNumber"])
        for value in PLACEHOLDERS + serials:
            self.assertNotIn(json.dumps(value), text, "the report holds no values")

    def test_attributes_are_those_of_whoever_comes_first_and_never_blank(self):
        sandbox = self.site()
        self.run_all(sandbox, "intune", "jamf", "entra", "intune", "jamf")
        intune, jamf, entra = self.machines(sandbox)
        objects = sandbox.objects("Device")
        systems = {device["id"]: device["operatingSystem"] for device in entra}
        makers = {device["id"]: device["manufacturer"] for device in intune}
        macs = {computer["hardware"]["serialNumber"] for computer in jamf}
        only_jamf = 0
        for found in objects:
            if self.value(found, "Object ID"):
                self.assertEqual(self.value(found, "Operating System"), systems[self.value(found, "Object ID")])
            if self.value(found, "Intune Device ID") in makers:
                self.assertEqual(self.value(found, "Manufacturer"), makers[self.value(found, "Intune Device ID")])
            if self.value(found, "Jamf Computer ID") and not self.value(found, "Intune Device ID"):
                only_jamf += 1
                self.assertIn(self.value(found, "Serial Number"), macs, "where only Jamf knows it, Jamf sends it")
        self.assertGreater(only_jamf, 10)
        # The same again changes nothing, whoever runs.
        for importer, report in self.run_all(sandbox, "entra", "intune", "jamf", "entra").items():
            for found in report["data_sets"]:
                self.assertEqual(found["created"] + found["updated"], 0, (importer, found["name"]))

    def test_is_held_before_an_import_source_could_remove_what_others_brought(self):
        sandbox = self.site()
        self.run_all(sandbox, "intune")
        before = len(sandbox.objects("Device"))
        sandbox.call("/_sandbox/assets/policy", {"type": "Device", "source": 2, "missing": "remove"})
        code, report = self.start_run(sandbox, "jamf")
        self.assertEqual(code, 4)
        self.assertIn("set Missing objects to Ignore for Device", report["message"])
        self.assertEqual(len(sandbox.objects("Device")), before)
        self.assertEqual(len(sandbox.executions()), 1, "Intune's")
        sandbox.call("/_sandbox/assets/policy", {"type": "Device", "source": 2, "missing": "ignore"})
        self.start_run(sandbox, "jamf", "--approve", report["run_id"])
        self.assertGreater(len(sandbox.objects("Device")), before)

    def test_two_importers_at_once_do_not_give_one_machine_two_keys(self):
        sandbox = self.site("--latency", "40")
        both = {importer: self.start("run", sandbox.importers, importer, "--json") for importer in ("intune", "entra")}
        for importer, process in both.items():
            out, error = process.communicate(timeout=120)
            self.assertIn(process.returncode, (0, 4), error)
            if process.returncode == 4:  # whoever came second
                code, _ = self.start_run(sandbox, importer, "--approve", json.loads(out)["run_id"])
                self.assertEqual(code, 0)
        intune, _, entra = self.machines(sandbox)
        known = {device["deviceId"] for device in entra}
        same = sum(device["azureADDeviceId"] in known for device in intune)
        self.assertGreater(same, 100)
        self.assertEqual(len(sandbox.objects("Device")), len(intune) + len(entra) - same)

    def test_a_type_that_is_not_kept_is_refused(self):
        sandbox = self.sandbox(SIZE, "--one-schema", "--sources", "intune,jamf")
        text = sandbox.text.replace("importers:\n", IDENTITY.replace("missing_objects: ignore", "missing_objects: remove")
                                    + "importers:\n", 1)
        process = self.muster("run", self.write("unsafe.yaml", text), "intune")
        self.assertEqual(process.returncode, 2)
        self.assertIn("must keep what one of them does not have", process.error)

    def test_goes_into_the_store_with_each_member_and_comes_out_once(self):
        sandbox = self.site()
        self.assertEqual(self.muster("apply", sandbox.importers).returncode, 0)
        exported = self.write("exported.yaml", self.muster("export").out)
        linted = self.muster("lint", exported)
        self.assertEqual(linted.returncode, 0, linted.out + linted.error)
        self.assertEqual(open(exported).read().count("name: device\n"), 1)
        self.assertEqual(self.muster("apply", exported).out.count("unchanged"), 3)

    def test_plan_shows_how_records_were_matched(self):
        sandbox = self.site()
        self.run_all(sandbox, "intune")
        planned = self.muster("plan", sandbox.importers, "jamf")
        self.assertIn("by serial number", planned.out)
        self.assertIn("the same thing as another record", planned.out)
        self.assertRegex(planned.out, r"values? (is|are) left to importers that come before this one")


if __name__ == "__main__":
    unittest.main()
