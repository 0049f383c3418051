#!/usr/bin/env python3
"""Datadog: what its imitation holds is what Assets holds afterwards, and its secrets are nowhere."""
import collections
import json
import os
import re
import sys
import unittest
from datetime import datetime

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sources_test import SIZE, SourceTest  # noqa: E402

CANARY = "CANARY-"
OBJECTS = {"Datadog Host": "hosts", "Datadog Service": "entities", "Datadog Monitor": "monitors", "Datadog SLO": "slos",
           "Datadog Synthetic Test": "synthetics", "Datadog Dashboard": "dashboards", "Datadog Team": "teams",
           "Datadog User": "users", "Datadog Role": "roles", "Datadog AWS Account": "aws_accounts",
           "Datadog GCP Account": "gcp_accounts", "Datadog Azure Account": "azure_accounts"}
CONTAINERS = {"Datadog Container": "containers", "Datadog Container Image": "container_images"}
SETS = ["hosts", "services", "monitors", "slos", "synthetics", "dashboards", "teams", "users", "roles", "containers",
        "container_images", "aws_accounts", "gcp_accounts", "azure_accounts"]


def only(*names, **more):
    """`data_sets` with these on and all others off."""
    return {name: more.get(name, {}) if name in names else False for name in SETS}


def tagged(tags, prefix):
    return {tag[len(prefix):] for tag in tags if tag.startswith(prefix)}


class Datadog(SourceTest):
    def start_with(self, selection, *flags, size=SIZE):
        sandbox = self.sandbox(size, "--sources", "datadog", *flags)
        self.select(sandbox, "datadog", selection)
        return sandbox

    def edit_importer(self, sandbox, old, new):
        text = sandbox_text = open(sandbox.importers).read()
        text = text.replace(old, new, 1)
        self.assertNotEqual(text, sandbox_text, old)
        sandbox.importers = self.write("edited.yaml", text)

    def held(self, sandbox, object_type, key):
        return {o["values"][key][0]: o for o in sandbox.objects(object_type)}

    def truth(self, sandbox, data_set):
        return sandbox.truth("datadog." + data_set)

    def refused(self, sandbox):
        process = self.muster("run", sandbox.importers, "datadog")
        self.assertEqual(process.returncode, 3, process.out + process.error)
        return process.out + process.error

    def calls(self, sandbox, part):
        return [e for e in sandbox.journal() if part in e["target"]]

    def test_brings_what_datadog_holds(self):
        sandbox, report = self.assert_imports("datadog", OBJECTS, {"synthetics": True})
        self.assertGreater(sandbox.call("/_sandbox/truth/datadog")["hosts_forgotten"], 0)
        self.check_hosts(sandbox)
        self.check_people(sandbox)
        self.check_what_watches(sandbox)
        self.check_catalog(sandbox)
        # Texts that are no JSON are told, not guessed.
        self.assertIn("meta.gohai", json.dumps(report["data_sets"]) + json.dumps(report.get("notices", [])))

    def check_hosts(self, sandbox):
        held = self.held(sandbox, "Datadog Host", "Host ID")
        services = {e["attributes"]["name"] for e in self.truth(sandbox, "entities")
                    if e["attributes"]["kind"] == "service" and e["attributes"]["namespace"] == "default"}
        teams = {t["attributes"]["handle"]: t["id"] for t in self.truth(sandbox, "teams")}
        odd = set()
        for host in self.truth(sandbox, "hosts"):
            found = held[str(host.get("id") or host.get("aws_id") or host["host_name"])]
            values, references = found["values"], found["references"]
            self.assertEqual(values["Name"], [host["name"]])
            self.assertEqual(values["State"], ["Up" if host["up"] else "Down"])
            tags = [tag for more in host["tags_by_source"].values() for tag in more]
            self.assertEqual(values["Tags"][0].split(", "), tags)
            self.assertEqual(set(values.get("Environment", [""])[0].split(", ")) - {""}, tagged(tags, "env:"))
            self.assertEqual(set(references.get("Services", [])),
                             {f"service:default/{name}" for name in tagged(tags, "service:") & services})
            self.assertEqual(set(references.get("Teams", [])), {teams[handle] for handle in tagged(tags, "team:")})
            memory, mac = values.get("Memory MB", [None])[0], values.get("MAC Address", [None])[0]
            try:
                machine = json.loads(host["meta"]["gohai"])
                self.assertEqual(int(memory), int(machine["memory"]["total"].removesuffix("kB")) // 1024)
                self.assertEqual(mac, machine["network"]["macaddress"])
                odd.add("whole")
            except (KeyError, ValueError) as why:
                self.assertEqual((memory, mac), (None, None), found)
                odd.add(type(why).__name__)
            odd.add("id" in host)
            self.assertIn(values.get("Operating System"), (None, ["ubuntu 24.04"], ["Windows Server 2022 10.0.20348"]))
        self.assertEqual(odd, {"whole", "KeyError", "JSONDecodeError", True, False}, "every oddity was there")

    def check_people(self, sandbox):
        users = self.held(sandbox, "Datadog User", "User ID")
        for user in self.truth(sandbox, "users"):
            found = users[user["id"]]
            self.assertEqual(found["label"], user["attributes"]["name"] or user["id"])
            self.assertEqual(set(found["references"].get("Roles", [])),
                             {role["id"] for role in user["relationships"]["roles"]["data"]})
        members = {}
        for pair in self.truth(sandbox, "team_members"):
            members.setdefault(pair["from"], set()).add(pair["to"])
        self.assertGreater(max(map(len, members.values())), 20)
        for key, team in self.held(sandbox, "Datadog Team", "Team ID").items():
            self.assertEqual(set(team["references"].get("Members", [])), members.get(key, set()))

    def check_what_watches(self, sandbox):
        by_handle = {u["attributes"]["handle"].lower(): u["id"] for u in self.truth(sandbox, "users")}
        monitors = self.held(sandbox, "Datadog Monitor", "Monitor ID")
        gone = 0
        for monitor in self.truth(sandbox, "monitors"):
            found = monitors[str(monitor["id"])]
            # A handle is an e-mail address and written as it was typed once.
            creator = by_handle.get(monitor["creator"]["handle"].lower())
            gone += creator is None
            self.assertEqual(found["references"].get("Creator", []), [creator] if creator else [])
            self.assertEqual(found["values"]["Monitor Type"], [monitor["type"]])
            self.assertEqual(found["values"]["Created On"][0][:19], monitor["created"][:19])
        self.assertGreater(gone, 0)
        slos = self.held(sandbox, "Datadog SLO", "SLO ID")
        for slo in self.truth(sandbox, "slos"):
            wanted = {str(i) for i in slo.get("monitor_ids", [])} & set(monitors)
            self.assertEqual(set(slos[slo["id"]]["references"].get("Monitors", [])), wanted)
        for test in sandbox.objects("Datadog Synthetic Test"):
            self.assertEqual(len(test["references"]["Monitor"]), 1)

    def check_catalog(self, sandbox):
        depends = {}
        for pair in self.truth(sandbox, "dependencies"):
            depends.setdefault(pair["from"], set()).add(pair["to"])
        teams = {t["attributes"]["handle"]: t["id"] for t in self.truth(sandbox, "teams")}
        held = self.held(sandbox, "Datadog Service", "Reference")
        for entity in self.truth(sandbox, "entities"):
            what = entity["attributes"]
            key = f"{what['kind']}:{what['namespace']}/{what['name']}"
            references = held[key]["references"]
            self.assertEqual(set(references.get("Depends On", [])), depends.get(key, set()), key)
            self.assertEqual(references.get("Owner", []), [teams[what["owner"]]] if "owner" in what else [])
        self.assertGreater(len(depends), 20)

    def test_keeps_no_secret_whatever_is_switched_on(self):
        sandbox = self.sandbox(SIZE, "--sources", "datadog")
        self.select(sandbox, "datadog", None)
        listed = json.loads(self.muster("sources", "datadog", "--json").out)
        everything = {}
        for data_set in listed["data_sets"]:
            optional = [a["name"] for a in data_set["attributes"] + data_set.get("references", [])
                        if not a["default_on"] and (data_set["name"], a["name"]) != ("synthetics", "url")]
            everything[data_set["name"]] = {"include": optional} if optional else {}
        self.assertIn("instance_type", everything["hosts"]["include"])
        self.select(sandbox, "datadog", everything)
        process = self.muster("run", sandbox.importers, "datadog", "--json")
        self.assertEqual(process.returncode, 0, process.out + process.error)
        held = {kind["name"]: kind["objects"] for kind in sandbox.call("/_sandbox/objects")["types"]}
        truth = sandbox.call("/_sandbox/truth/datadog")
        for object_type, data_set in {**OBJECTS, **CONTAINERS}.items():
            self.assertEqual(held[object_type], truth[data_set], object_type)
        shown = {attribute for kind in held for one in sandbox.objects(kind) for attribute in one["values"]}
        self.assertLessEqual({"All IP Addresses", "All MAC Addresses", "All Timeframes"}, shown)
        secrets = [CANARY]
        for name in ("api_key", "application_key"):
            secrets.append(open(re.search(rf'{name}: {{ file: "([^"]+)"', open(sandbox.importers).read())[1]).read().strip())
        shown = json.dumps([self.truth(sandbox, s) for s in ("synthetics", "azure_accounts", "aws_accounts")])
        self.assertGreater(shown.count(CANARY), 100, "they were there to be taken")
        where = {"Assets": json.dumps([sandbox.objects(kind) for kind in held], ensure_ascii=False),
                 "report and log": process.out + process.error,
                 "runs": self.muster("runs", "--json").out,
                 "state": self.all_state().decode("utf-8", "replace"),
                 "journal": json.dumps(sandbox.journal())}
        for place, text in where.items():
            self.assertGreater(len(text), 100, place)
            for secret in secrets:
                self.assertNotIn(secret, text, place)

    def test_reads_hosts_in_pages_although_rows_move(self):
        size = "users=100,groups=5,memberships=100,devices=5000"
        sandbox = self.start_with(only("hosts"), size=size)
        total = sandbox.call("/_sandbox/truth/datadog")["hosts"]
        self.assertGreater(total, 1000)
        # As if it counted from 1: the last host of the first page comes once more, every time.
        sandbox.fault({"service": "datadog", "path_regex": "start=1000", "action": {"repeat_row": True}})
        report = self.run_import(sandbox, importer="datadog")
        self.assertEqual(report["state"], "completed")
        self.assertEqual(len(sandbox.objects("Datadog Host")), total)
        self.assertEqual(len(self.calls(sandbox, "start=1000")), 1, "it is no reason to begin again")
        sandbox.call("/_sandbox/faults", method="DELETE")
        sandbox.fault({"service": "datadog", "path_regex": "start=1000", "action": {"drop_row": True}})
        again = self.run_import(sandbox, importer="datadog")
        self.assertEqual(again["data_sets"][0]["unchanged"], total)

    def test_asks_for_the_hosts_of_a_week_or_of_less(self):
        sandbox = self.start_with(only("hosts"))
        self.assertEqual(self.run_import(sandbox, importer="datadog")["state"], "completed")
        week = len(sandbox.objects("Datadog Host"))
        self.edit_importer(sandbox, "    connection:\n", "    connection:\n      hosts_seen_within: 4h\n")
        process = self.muster("plan", sandbox.importers, "datadog")
        self.assertIn(process.returncode, (0, 5), process.out + process.error)
        for told in (process.out, self.muster("check", sandbox.importers).out):
            self.assertIn("cannot be seen and count as missing", " ".join(told.split()))
        starts = [int(re.search(r"from=(\d+)", e["target"])[1]) for e in self.calls(sandbox, "/hosts?")]
        self.assertAlmostEqual(starts[-1] - starts[0], (168 - 4) * 3600, delta=60)
        self.assertEqual(week, sandbox.call("/_sandbox/truth/datadog")["hosts"])
        described = self.muster("sources", "datadog").out
        self.assertIn("7 days", described)
        self.assertIn("cannot be seen", described)

    def test_keeps_to_the_limits_that_headers_tell(self):
        sandbox = self.start_with(only("teams", "users", "roles"), "--quota", "real",
                                  size="users=1500,groups=5,memberships=100,devices=10")
        report = self.run_import(sandbox, importer="datadog")
        self.assertEqual(report["state"], "completed")
        calls = self.calls(sandbox, "/memberships")
        self.assertGreater(len(calls), 60, "more than three periods' worth")
        self.assertLess(sum(e["status"] == 429 for e in calls), 3)
        self.assertGreater(calls[-1]["at_ns"] - calls[0]["at_ns"], 4e9)
        # Datadog counts by periods of the clock, here of 4 seconds.
        periods = collections.Counter(int(datetime.fromisoformat(e["time"].replace("Z", "+00:00")).timestamp()) // 4
                                      for e in calls)
        self.assertLessEqual(max(periods.values()), 20)

    def test_waits_as_long_as_a_refusal_says(self):
        sandbox = self.start_with(only("slos", "users"))
        sandbox.fault({"service": "datadog", "path_prefix": "/api/v1/slo", "times": 1,
                       "action": {"status": 429, "headers": {"X-RateLimit-Limit": "10", "X-RateLimit-Period": "60",
                                                             "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "5",
                                                             "X-RateLimit-Name": "slos"},
                                  "body": {"errors": ["Rate limit of 10 requests in 60 seconds reached."]}}})
        self.assertEqual(self.run_import(sandbox, importer="datadog")["state"], "completed")
        refused, second = self.calls(sandbox, "/api/v1/slo")[:2]
        self.assertEqual(refused["status"], 429)
        waited = second["at_ns"] - refused["at_ns"]
        self.assertTrue(5e9 <= waited < 9e9, waited)

    def test_takes_512_as_passing(self):
        sandbox = self.start_with(only("slos", "monitors"))
        for path in ("/api/v1/slo", "/api/v1/monitor"):
            sandbox.fault({"service": "datadog", "path_prefix": path, "nth": 2, "action": {"status": 512, "body": ""}})
        self.assertEqual(self.run_import(sandbox, importer="datadog")["state"], "completed")
        self.assertTrue([e for e in sandbox.journal() if e["status"] == 512])

    def test_tells_wrong_keys_from_missing_scopes(self):
        sandbox = self.start_with(only("hosts", "slos"))
        place = re.search(r'application_key: { file: "([^"]+)"', open(sandbox.importers).read())[1]
        key = open(place).read().strip()
        with open(place, "w") as file:
            file.write(key + ".slos_read")
        checked = self.muster("check", sandbox.importers)
        self.assertRegex(checked.out, r"hosts.*hosts_read")
        self.assertRegex(checked.out, r"slos +works")
        self.assertIn("hosts_read", self.refused(sandbox))
        with open(place, "w") as file:
            file.write("0" + key)
        said = self.refused(sandbox)
        self.assertIn("does not know the keys", said)
        self.assertNotIn(key, said)

    def test_says_that_a_product_is_not_switched_on(self):
        sandbox = self.start_with(only("synthetics"))
        sandbox.fault({"service": "datadog", "path_prefix": "/api/v1/synthetics",
                       "action": {"status": 404, "body": {"errors": ["Not found"]}}})
        process = self.muster("run", sandbox.importers, "datadog")
        self.assertNotEqual(process.returncode, 0)
        self.assertIn("Synthetic Monitoring may not be switched on", process.out + process.error)
        self.assertIn("write `synthetics: off` under `data_sets`", process.out + process.error)


if __name__ == "__main__":
    unittest.main()
