#!/usr/bin/env python3
"""Every source beyond Entra ID: what its imitation holds is what Assets holds afterwards."""
import json
import os
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


class Intune(SourceTest):
    OBJECTS = {"Intune Device": "managed_devices", "Intune Device Category": "device_categories",
               "Intune Compliance Policy": "compliance_policies", "Intune Configuration": "device_configurations",
               "Intune App": "mobile_apps", "Autopilot Device": "autopilot_identities"}
    SOFTWARE = {"managed_devices": {"include": ["detectedApps"]}, "detected_apps": {}}

    def software_of(self, sandbox):
        return {device["values"]["Intune Device ID"][0]: set(device["references"].get("Software", []))
                for device in sandbox.objects("Intune Device")}

    def test_brings_what_intune_holds(self):
        sandbox, _ = self.assert_imports("intune", self.OBJECTS)
        devices = {d["id"]: d for d in sandbox.truth("managed_devices")}
        for found in sandbox.objects("Intune Device"):
            device = devices[found["values"]["Intune Device ID"][0]]
            serial = found["values"].get("Serial Number", [""])[0]
            placeholder = device["serialNumber"] in ("Default string", "To be filled by O.E.M.")
            self.assertEqual(serial, "" if placeholder else device["serialNumber"])
            category = device["deviceCategoryDisplayName"]
            self.assertEqual(bool(found["references"].get("Device Category")), category != "Unknown")
            text = json.dumps(found)
            self.assertNotIn("SECRET-BYPASS-CODE", text)
            self.assertNotIn("0001-01-01", text)
            self.assertNotIn("9999-12-31", text)

    def test_finds_the_software_of_each_device_by_export_and_one_by_one(self):
        exported, report = self.assert_imports("intune", {"Intune Software": "detected_apps"}, self.SOFTWARE)
        by_export = self.software_of(exported)
        self.assertTrue(any("exportJobs" in e["target"] for e in exported.journal()))
        exported.stop()
        self.state = os.path.join(self.directory, "state2")
        roles = "DeviceManagementManagedDevices.Read.All,DeviceManagementConfiguration.Read.All," \
                "DeviceManagementApps.Read.All,DeviceManagementServiceConfig.Read.All"
        single, _ = self.assert_imports("intune", {"Intune Software": "detected_apps"}, self.SOFTWARE,
                                        ("--grant", roles))
        self.assertFalse(any("exportJobs" in e["target"] for e in single.journal()))
        self.assertEqual(self.software_of(single), by_export)
        self.assertGreater(sum(map(len, by_export.values())), 1000)

    def detail_requests(self, sandbox):
        return [e["target"] for e in sandbox.journal() if "/deviceManagement/managedDevices/" in e["target"]]

    def test_reads_what_only_a_single_device_shows(self):
        names = {"physicalMemoryInBytes": "Memory MB", "ethernetMacAddress": "Ethernet MAC Address", "udid": "UDID",
                 "iccid": "ICCID", "notes": "Notes"}
        sandbox, _ = self.assert_imports("intune", self.OBJECTS, {"managed_devices": {"include": list(names)}})
        devices = {d["id"]: d for d in sandbox.truth("managed_devices")}
        for found in sandbox.objects("Intune Device"):
            device = devices[found["values"]["Intune Device ID"][0]]
            for name, title in names.items():
                value = device[name] or ""
                if name == "physicalMemoryInBytes":
                    value = str(value // 1048576)
                self.assertEqual(found["values"].get(title, [""])[0], value, title)
        self.assertTrue(any(d["notes"] for d in devices.values()))
        self.assertEqual(len(self.detail_requests(sandbox)), 2 * len(devices) + 1, "and one by check")

    def test_asks_for_single_devices_only_when_it_must(self):
        sandbox = self.sandbox(SIZE, "--sources", "intune")
        self.select(sandbox, "intune", None)
        planned = self.muster("plan", sandbox.importers, "intune")
        self.assertNotIn("one more request", planned.out)
        self.assertEqual(self.detail_requests(sandbox), [])
        self.select(sandbox, "intune", {"managed_devices": {"include": ["notes"]}, "autopilot_identities": "off"})
        limited = self.run_import(sandbox, "--limit", "5", "--confirm-partial", importer="intune")
        self.assertEqual(limited["state"], "completed", limited["message"])
        self.assertEqual(len(self.detail_requests(sandbox)), 5)
        planned = self.muster("plan", sandbox.importers, "intune")
        self.assertIn("Intune Device: one more request for every record, for its details (notes).", planned.out)
        listed = self.muster("sources", "intune")
        self.assertIn("one more request for every record", " ".join(listed.out.split()))

    def test_does_not_believe_a_list_that_is_much_shorter_than_the_overview_tells(self):
        sandbox = self.sandbox(SIZE, "--sources", "intune")
        self.select(sandbox, "intune", {"autopilot_identities": "off"})
        one = sandbox.truth("managed_devices")[:1]
        short = {"service": "graph", "path_regex": r"^/v1\.0/deviceManagement/managedDevices\?",
                 "action": {"status": 200, "body": {"value": one}}}
        sandbox.fault(dict(short, times=1))
        report = self.run_import(sandbox, importer="intune")
        self.assertEqual(report["state"], "completed", report["message"])
        self.assertIn("and sent 1; it was read again from the start", " ".join(report["notices"]))
        sandbox.fault(dict(short, times=2))
        process = self.muster("run", sandbox.importers, "intune")
        self.assertEqual(process.returncode, 3, process.out + process.error)
        self.assertIn("source_incomplete", process.out + process.error)

    def test_says_when_the_tenant_has_no_intune(self):
        sandbox = self.sandbox(SIZE, "--sources", "intune", "--no-intune")
        self.select(sandbox, "intune", None)
        process = self.muster("run", sandbox.importers, "intune")
        self.assertEqual(process.returncode, 3, process.out + process.error)
        self.assertIn("no active Intune licence", process.out + process.error)

    def test_names_the_permission_that_lacks(self):
        sandbox = self.sandbox(SIZE, "--sources", "intune", "--grant", "User.Read.All")
        self.select(sandbox, "intune", None)
        checked = self.muster("check", sandbox.importers)
        self.assertIn("DeviceManagementManagedDevices.Read.All", checked.out)
        process = self.muster("run", sandbox.importers, "intune")
        self.assertEqual(process.returncode, 3)
        self.assertNotIn("_version", process.out + process.error, "the nested error is unwrapped")

    def test_waits_when_it_is_throttled(self):
        sandbox = self.sandbox(SIZE, "--sources", "intune")
        self.select(sandbox, "intune", None)
        sandbox.fault({"service": "graph", "path_prefix": "/v1.0/deviceManagement/managedDevices", "times": 1,
                       "action": {"status": 429, "body": {"error": {"code": "TooManyRequests", "message": "Slow."}}}})
        self.assertEqual(self.run_import(sandbox, importer="intune")["state"], "completed")


if __name__ == "__main__":
    unittest.main()
