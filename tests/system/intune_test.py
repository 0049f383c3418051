#!/usr/bin/env python3
"""Intune: what its imitation holds is what Assets holds afterwards, however its parts are read."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sources_test import SIZE, SourceTest  # noqa: E402


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

    def test_brings_the_hardware_by_export_and_as_the_beta_version_shows_it(self):
        selection = {"hardware": {}, "hardware_information": {}, "compliance_policies": {"include": ["assignedGroups"]},
                     "device_configurations": {"include": ["assignedTo"]}}
        sandbox, _ = self.assert_imports("intune", {"Intune Hardware": "managed_devices",
                                                    "Intune Hardware Information": "managed_devices"}, selection)
        devices = {d["id"]: d for d in sandbox.truth("managed_devices")}
        for found in sandbox.objects("Intune Hardware"):
            key = found["values"]["Hardware ID"][0]
            self.assertEqual(found["references"]["Device"], [key])
            self.assertEqual(found["values"]["Name"], [devices[key]["deviceName"]])
            self.assertIn(found["values"]["Processor Architecture"][0], ("x64", "ARM64"))
        for found in sandbox.objects("Intune Hardware Information"):
            key = found["values"]["Hardware Information ID"][0]
            self.assertEqual(found["references"]["Device"], [key])
            windows = devices[key]["operatingSystem"] == "Windows"
            self.assertEqual(found["values"].get("TPM Specification", [""])[0], "2.0, 0, 1.59" if windows else "")
            self.assertRegex(found["values"]["IP Address"][0], r"^10\.20\.")
        self.assertTrue(all(o["values"]["Assigned Groups"] for o in sandbox.objects("Intune Compliance Policy")))
        self.assertTrue(all("groupAssignmentTarget" in o["values"]["Assigned To"][0]
                            for o in sandbox.objects("Intune Configuration")))

    def test_brings_everything_that_can_be_switched_on(self):
        sandbox = self.sandbox(SIZE, "--sources", "intune")
        listed = json.loads(self.muster("sources", "intune", "--json").out)
        everything = {}
        for data_set in listed["data_sets"]:
            optional = [a["name"] for a in data_set["attributes"] + data_set.get("references", []) if not a["default_on"]]
            everything[data_set["name"]] = {"include": optional} if optional else {}
        self.assertIn("joinType", everything["hardware_information"]["include"])
        self.select(sandbox, "intune", everything)
        process = self.muster("run", sandbox.importers, "intune", "--json")
        self.assertEqual(process.returncode, 0, process.out + process.error)
        states = sandbox.objects("Intune Compliance State")
        self.assertEqual(len(states), len(sandbox.objects("Intune Device")))
        named = {kind for state in states for kind in state["references"]}
        self.assertLessEqual({"Device", "Compliant With", "Not Compliant With"}, named)

    def test_tells_when_the_secret_ends_and_which_rights_nobody_needs(self):
        sandbox = self.sandbox(SIZE, "--sources", "intune")
        self.select(sandbox, "intune", {"autopilot_identities": "off"})
        sandbox.fault({"service": "graph", "path_prefix": "/v1.0/applications", "times": 1, "action": {
            "status": 200, "body": {"value": [{"id": "1", "passwordCredentials": [
                {"hint": "", "endDateTime": "2199-05-06T00:00:00Z"}, {"hint": "", "endDateTime": "2001-01-01T00:00:00Z"}]}]}}})
        self.assertRegex(" ".join(self.muster("check", sandbox.importers).out.split()),
                         r"\d+ permissions are granted and needed by nothing .*--verbose lists them")
        sandbox.fault({"service": "graph", "path_prefix": "/v1.0/applications", "times": 1, "action": {
            "status": 200, "body": {"value": [{"id": "1", "passwordCredentials": [
                {"hint": "", "endDateTime": "2199-05-06T00:00:00Z"}, {"hint": "", "endDateTime": "2001-01-01T00:00:00Z"}]}]}}})
        checked = self.muster("check", sandbox.importers, "--verbose")
        self.assertEqual(checked.returncode, 0, checked.out + checked.error)
        said = " ".join(checked.out.split())
        self.assertIn("client_secret: it ends in", said)
        self.assertIn("(2199-05-06)", said)
        self.assertRegex(said, "needed by nothing that this importer selects: .*DeviceManagementServiceConfig.Read.All")
        self.assertNotIn("selects: DeviceManagementManagedDevices.Read.All", said)

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
