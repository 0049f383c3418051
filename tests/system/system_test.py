#!/usr/bin/env python3
"""The real muster against the real sandbox: what a user would see, and what an auditor would look for."""
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import SystemTest, interrupt, read  # noqa: E402


def data_set(report, name):
    return next(s for s in report["data_sets"] if s["name"] == name)


class Imports(SystemTest):
    def test_holds_in_assets_exactly_what_the_source_holds(self):
        sandbox = self.sandbox("users=2300,groups=120,memberships=9000,devices=300", "--tls")
        report = self.run_import(sandbox)
        self.assertEqual(report["state"], "completed")
        self.assert_equals_truth(sandbox)
        second = self.run_import(sandbox)
        for found in second["data_sets"]:
            self.assertEqual(found["unchanged"], found["formatted"], found["name"])

    def test_tells_who_has_which_role_where(self):
        sandbox = self.sandbox("users=60,groups=3,memberships=10,devices=5,administrative_units=4")
        self.assertNotIn("data_sets:", sandbox.text)
        self.write("importers.yaml", sandbox.text.replace("    destination:", """    data_sets:
      role_definitions: on
      role_assignments: on
      administrative_units: { include: [administrators] }
    destination:""", 1))
        self.assertEqual(self.run_import(sandbox)["state"], "completed")
        users = {user["id"] for user in sandbox.truth("users")}
        assignments = sandbox.objects("Entra Role Assignment")
        self.assertGreater(len(assignments), 5)
        for found in assignments:
            self.assertEqual(len(found["references"]["Role"]), 1)
            self.assertEqual(set(found["references"]["User"]) - users, set())
            scoped = found["values"]["Scope"] == ["Administrative unit"]
            self.assertEqual(len(found["references"].get("Administrative Unit", [])), 1 if scoped else 0)
        self.assertTrue(any(found["values"]["Scope"] != ["Tenant"] for found in assignments))
        units = sandbox.objects("Entra Administrative Unit")
        self.assertTrue(any(unit["references"].get("Administrators") for unit in units))

    def test_brings_a_thousand_users_in_a_thousand_groups(self):
        sandbox = self.sandbox("users=1000,groups=1000,memberships=1000000,devices=0")
        report = self.run_import(sandbox)
        pairs = next(r for r in report["relations"] if r["name"] == "group_members")["pairs"]
        self.assertEqual(pairs, 1000000)
        summary = sandbox.call("/_sandbox/objects")["types"]
        references = next(t for t in summary if t["name"] == "Entra User")["references"]
        self.assertGreaterEqual(references, 1000000)

    def test_signs_in_with_a_certificate(self):
        sandbox = self.sandbox("users=20,groups=2,memberships=10,devices=0", "--certificate")
        self.assertEqual(self.run_import(sandbox)["state"], "completed")

    def test_writes_files_instead(self):
        sandbox = self.sandbox()
        report = self.run_import(sandbox, "--out", os.path.join(self.directory, "out"))
        with open(os.path.join(self.directory, "out", "users.jsonl")) as lines:
            objects = [json.loads(line) for line in lines]
        self.assertEqual(len(objects), data_set(report, "users")["formatted"])
        schema = json.loads(read(os.path.join(self.directory, "out", "schema.json")))
        self.assertIn("Entra User", [t["name"] for t in schema["schema"]["objectSchema"]["objectTypes"]])
        self.assertFalse([e for e in sandbox.journal() if e["target"].startswith("/assets") and e["method"] != "GET"])

    def test_takes_exactly_the_first_records(self):
        sandbox = self.sandbox()
        report = self.run_import(sandbox, "--limit", "7", "--confirm-partial")
        self.assertEqual(report["kind"], "limited")
        self.assertEqual([o["values"]["Object ID"][0] for o in sandbox.objects("Entra User")],
                         [u["id"] for u in sandbox.truth("users")[:7]])
        listings = [e for e in sandbox.journal() if "/v1.0/users?" in e["target"] and "expand" not in e["target"]]
        self.assertEqual(len(listings), 1, "no page was read beyond need")


    def test_a_malformed_value_does_not_cost_its_object(self):
        sandbox = self.sandbox("users=20,groups=3,memberships=10,devices=5")
        sandbox.fault({"service": "graph", "path_prefix": "/v1.0/servicePrincipals", "action": {
            "replace": {"from": '"homepage":"https://', "to": '"homepage":"', "everywhere": True}}})
        report = self.run_import(sandbox)
        self.assertEqual((report["state"], report["rejects"]), ("completed", []))
        found = data_set(report, "service_principals")
        self.assertGreater(found["dropped_values"], 0)
        self.assertEqual(found["accepted"], len(sandbox.truth("service_principals")))
        self.assertTrue([n for n in report["notices"] if '"Homepage"' in n and "attribute's type" in n], report["notices"])


class Telling(SystemTest):
    """What a person reads must not promise more than what happened."""

    def last_line(self, *arguments):
        process = self.muster(*arguments)
        self.assertEqual(process.returncode, 0, process.error + process.out)
        return process.out.splitlines()[-1]

    def test_a_limited_run_and_files_do_not_pass_for_a_full_import(self):
        sandbox = self.sandbox("users=20,groups=3,memberships=10,devices=5")
        self.assertNotIn("(partial)", self.last_line("run", sandbox.importers, "entra"))
        line = self.last_line("run", sandbox.importers, "entra", "--limit", "2", "--confirm-partial")
        self.assertRegex(line, r"^completed \(partial\): .* Limited run")
        line = self.last_line("run", sandbox.importers, "entra", "--out", "look")
        self.assertIn(f"Written to {os.path.join(os.path.realpath(self.directory), 'look')}; nothing was sent", line)
        runs = json.loads(self.muster("runs", "--json").out)
        self.assertEqual([(run["kind"], run["destination"]) for run in runs],
                         [("full", "files"), ("limited", "jsm_assets"), ("full", "jsm_assets")])
        table = self.muster("runs").out.splitlines()
        self.assertRegex(table[1], r" full +files ")
        self.assertRegex(table[2], r" limited +jsm_assets ")
        self.assertIn(", limited, to jsm_assets", self.muster("runs", "show", runs[1]["run_id"]).out)
        shown = json.loads(self.muster("runs", "show", runs[0]["run_id"], "--json").out)
        self.assertEqual(shown["destination"]["type"], "files")
        self.assertTrue(shown["destination"]["directory"].endswith("/look"))

    def test_says_whose_numbers_a_table_shows(self):
        sandbox = self.sandbox("users=20,groups=3,memberships=10,devices=5")
        self.assertIn("no earlier run to compare", self.muster("plan", sandbox.importers, "entra").out)
        first = self.muster("run", sandbox.importers, "entra").out
        self.assertIn("counted by Assets", first)
        self.assertNotIn("already", first)
        self.assertIn("muster counts the same", self.muster("run", sandbox.importers, "entra").out)
        other = self.muster("run", sandbox.importers, "entra", "--database", "sqlite:other.db").out
        self.assertRegex(other, r"Assets held \d+ of these objects already")
        self.assertIn("against last completed run", self.muster("plan", sandbox.importers, "entra").out)
        files = self.muster("run", sandbox.importers, "entra", "--out", "look", "--database", "sqlite:third.db").out
        self.assertRegex(files, r"all +(\d+ +){4}- +- +- +-")


    def test_the_sandbox_does_with_missing_objects_what_its_importer_file_says(self):
        sandbox = self.sandbox("users=20,groups=3,memberships=10,devices=5")
        says = re.search(r"missing_objects: (\w+)", sandbox.text)[1]
        self.run_import(sandbox)
        sandbox.call("/_sandbox/edits", [{"data_set": "devices", "remove_first": 2}])
        self.run_import(sandbox)
        self.assertEqual(len(sandbox.objects("Entra Device")), {"ignore": 5, "remove": 3}[says])


class MappingDocument(SystemTest):
    """What muster would send must satisfy Atlassian's published JSON Schema."""

    TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools")

    def assert_valid(self, importers):
        schema = self.muster("schema", importers, "entra")
        self.assertEqual(schema.returncode, 0, schema.error)
        document = self.write("mapping.json", schema.out)
        judged = subprocess.run(["node", os.path.join(self.TOOLS, "validate_mapping.mjs"), document],
                                capture_output=True, text=True)
        self.assertEqual(judged.returncode, 0, judged.stderr)
        return json.loads(schema.out)

    @unittest.skipUnless(os.path.isdir(os.path.join(TOOLS, "node_modules")) or "CI" in os.environ, "needs npm ci in tests/tools")
    def test_is_valid_for_the_defaults_and_with_everything_on(self):
        text = """version: 1
importers:
  - name: entra
    source: entra
    connection: { tenant_id: t.example, client_id: c, client_secret: { env: NONE } }
    destination: { type: jsm_assets, token: { env: NONE }, schema: { name: IT, description: All } }
"""
        few = self.assert_valid(self.write("defaults.yaml", text))
        source = json.loads(self.muster("sources", "entra", "--json").out)
        lines = ["    data_sets:"]
        for found in source["data_sets"]:
            names = [a["name"] for a in found["attributes"]] + [r["name"] for r in found["references"]]
            lines.append(f"      {found['name']}: {{ include: {json.dumps(names)} }}")
        everything = self.assert_valid(self.write("everything.yaml", text + "\n".join(lines) + "\n"))

        def attributes(document):
            return sum(len(t["attributes"]) for t in document["schema"]["objectSchema"]["objectTypes"])

        self.assertGreater(attributes(everything), attributes(few) + 100)


class Endings(SystemTest):
    def test_3_when_the_secret_is_wrong(self):
        sandbox = self.sandbox()
        self.write("importers.yaml.client_secret", "wrong")
        report = self.run_import(sandbox, expect=3)
        self.assertEqual(report["reason"], "source_sign_in")
        self.assertIn("7000215", report["message"])

    def test_3_when_a_permission_is_missing_and_check_names_it(self):
        sandbox = self.sandbox("users=20,groups=3,memberships=10,devices=5", "--grant", "User.Read.All,Device.Read.All")
        report = self.run_import(sandbox, expect=3)
        self.assertEqual(report["reason"], "source_permission")
        self.assertRegex(report["message"], r"Grant \S+\.Read\S* .*and give consent")
        check = self.muster("check", sandbox.importers, "entra")
        self.assertNotEqual(check.returncode, 0)
        self.assertIn("GroupMember.Read.All", check.out + check.error)

    def test_3_when_a_selected_attribute_cannot_be_read(self):
        sandbox = self.sandbox("users=20,groups=3,memberships=10,devices=5", "--grant", "Directory.Read.All")
        self.run_import(sandbox)
        with_leave = sandbox.text.replace(
            "    destination:", "    data_sets: { users: { include: [employeeLeaveDateTime] } }\n    destination:", 1)
        path = self.write("leave.yaml", with_leave)
        plan = self.muster("plan", path, "entra")
        self.assertEqual(plan.returncode, 3, plan.error)
        run = self.muster("run", path, "entra", "--json")
        report = json.loads(run.out)
        self.assertEqual((run.returncode, report["state"], report["reason"]), (3, "failed", "source_permission"))
        for words in ("employeeLeaveDateTime", "Grant User-LifeCycleInfo.Read.All", "data_sets.users.exclude"):
            self.assertIn(words, report["message"])
        self.assertEqual(len(sandbox.executions()), 1, "only the first run started anything")

    def test_4_when_most_users_are_gone_and_an_approval_lets_it_pass_once(self):
        sandbox = self.sandbox("users=600,groups=30,memberships=1500,devices=10")
        self.run_import(sandbox)
        executions = len(sandbox.executions())
        sandbox.call("/_sandbox/edits", [{"data_set": "users", "remove_percent": 60}])
        plan = self.muster("plan", sandbox.importers, "entra")
        self.assertEqual(plan.returncode, 4, plan.error)
        held = self.run_import(sandbox, expect=4)
        self.assertEqual((held["state"], held["reason"]), ("held", "gate_missing"))
        self.assertEqual(len(sandbox.executions()), executions)
        passed = self.run_import(sandbox, "--approve", held["run_id"], "--approved-by", "Ada")
        self.assertEqual(passed["state"], "completed")
        self.assertEqual(self.muster("run", sandbox.importers, "entra", "--approve", held["run_id"]).returncode, 2)

    def paste(self, held):
        """Runs the command that a held run prints."""
        command = held.error.splitlines()[-1].strip()
        self.assertRegex(command, "^muster run .* --approve ")
        pasted = subprocess.run(["sh", "-c", command], cwd=self.directory, capture_output=True, text=True,
                                env=self.environment(PATH=os.environ["MUSTER_BIN_DIR"] + ":" + os.environ["PATH"]))
        self.assertEqual(pasted.returncode, 0, command + pasted.stdout + pasted.stderr)
        return pasted

    def test_4_with_a_command_that_also_confirms_a_part(self):
        sandbox = self.sandbox()
        importers = self.write("removing.yaml", sandbox.text.replace("missing_objects: ignore", "missing_objects: remove"))
        self.assertEqual(self.muster("run", importers, "entra").returncode, 0)
        part = self.muster("run", importers, "entra", "--limit", "5")
        self.assertEqual(part.returncode, 4, part.out)
        self.assertNotIn("--approve", part.error, "an approval alone is of no use")
        sandbox.call("/_sandbox/edits", [{"data_set": "users", "attribute": "department", "value": None, "percent": 100}])
        held = self.muster("run", importers, "entra", "--limit", "100")
        self.assertEqual(held.returncode, 4, held.out)
        report = json.loads(self.muster("runs", "show", held.error.split()[-1], "--json").out)
        self.assertIn("partial_not_confirmed", [f["reason"] for f in report["gate"]["findings"]])
        self.assertIn("gate_blanked", [f["reason"] for f in report["gate"]["findings"]])
        self.assertIn("completed (partial)", self.paste(held).stdout)

    def test_4_with_a_command_to_approve_that_can_be_pasted(self):
        sandbox = self.sandbox()
        database, out = f"sqlite:{self.directory}/it's mine.db", os.path.join(self.directory, "look here")
        options = ["--database", database]
        self.run_import(sandbox, *options)
        sandbox.call("/_sandbox/edits", [{"data_set": "users", "attribute": "department", "value": None, "percent": 90}])
        held = self.muster("run", sandbox.importers, "entra", *options, "--out", out)
        self.assertEqual(held.returncode, 4, held.error)
        self.paste(held)
        self.assertIn("users.jsonl", os.listdir(out))

    def test_4_when_an_attribute_empties(self):
        sandbox = self.sandbox()
        self.run_import(sandbox)
        sandbox.call("/_sandbox/edits", [{"data_set": "users", "attribute": "department", "value": None, "percent": 90}])
        held = self.run_import(sandbox, expect=4)
        self.assertEqual(held["reason"], "gate_blanked")
        self.assertIn("Department", held["message"])

    def test_5_when_the_token_was_replaced(self):
        sandbox = self.sandbox()
        self.write("importers.yaml.assets_token", "ATCTT3xOld")
        self.assertEqual(self.run_import(sandbox, expect=5)["reason"], "destination_token")

    def test_5_when_the_destination_is_what_cannot_be_trusted(self):
        sandbox = self.sandbox("users=5,groups=1,memberships=1,devices=0", "--tls")
        begin = sandbox.text.index("destination:")

        def ending(old, new):
            changed = sandbox.text[:begin] + re.sub(old, new, sandbox.text[begin:], count=1)
            self.assertNotEqual(changed, sandbox.text)
            process = self.muster("run", self.write("changed.yaml", changed), "entra", "--json")
            self.assertEqual(process.returncode, 5, process.out + process.error)
            return json.loads(process.out)

        found = ending(r"ca_file: .*\n", "\n")
        self.assertEqual(found["reason"], "destination_certificate")
        self.assertIn("about the destination", found["message"])
        found = ending(r"allow_private_address: true", "allow_private_address: false")
        self.assertEqual(found["reason"], "destination_address")
        self.assertIn("about the destination", found["message"])
        sandbox.fault({"service": "assets", "method": "POST", "path_regex": "/executions$", "action": {
            "replace": {"from": sandbox.origin, "to": "https://evil.example", "everywhere": True}}})
        found = self.run_import(sandbox, expect=5)
        self.assertEqual(found["reason"], "destination_link")
        self.assertRegex(found["message"], r"Assets sent a link .* \(evil\.example instead of ")

    def test_5_before_the_first_request_when_the_output_folder_cannot_be_used(self):
        sandbox = self.sandbox("users=5,groups=1,memberships=1,devices=0")
        for out in (self.write("file", "x"), self.write("file", "x") + "/below", "/proc/none"):
            run = self.muster("run", sandbox.importers, "entra", "--out", out)
            self.assertEqual(run.returncode, 5, out)
            self.assertIn("The output folder", run.error)
        self.assertEqual(sandbox.journal(), [])
        self.assertEqual(json.loads(self.muster("runs", "--json").out), [])

    def test_6_within_ten_seconds_of_an_interrupt(self):
        sandbox = self.sandbox("users=300,groups=30,memberships=1500,devices=80", "--latency", "2000")
        process = self.start("run", sandbox.importers, "entra", "--json")
        time.sleep(1.5)
        begun = time.monotonic()
        out, _ = interrupt(process)
        self.assertLess(time.monotonic() - begun, 10)
        self.assertEqual(process.returncode, 6)
        self.assertEqual(json.loads(out)["state"], "cancelled")

    def test_6_at_once_when_interrupted_twice_while_assets_is_slow_to_cancel(self):
        sandbox = self.sandbox("users=4000,groups=30,memberships=1500,devices=80")
        sandbox.fault({"service": "assets", "path_regex": "/data$", "action": {"delay": 1000}},
                      {"service": "assets", "method": "DELETE", "action": {"delay": 8000}})
        process = self.start("run", sandbox.importers, "entra", "--no-progress")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not any(e["target"].endswith("/data") for e in sandbox.journal()):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        line = process.stderr.readline()
        self.assertIn("cancelling the execution in Assets, up to 10 s; press Ctrl-C again to leave at once", line)
        process.send_signal(signal.SIGTERM)  # as `timeout` does: the same wish, told to the group too
        time.sleep(1.2)
        self.assertIsNone(process.poll(), "still cancelling")
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=15)
        self.assertLess(time.monotonic() - begun, 2)
        self.assertEqual(process.returncode, 6, error)
        self.assertIn("left at once", error)

    def test_7_when_records_were_parked(self):
        sandbox = self.sandbox("users=50,groups=3,memberships=10,devices=0")
        sandbox.fault({"service": "graph", "path_prefix": "/v1.0/groups?", "times": 1,
                       "action": {"replace": {"from": '"id":"', "to": '"no_id":"'}}})
        report = self.run_import(sandbox, expect=7)
        self.assertEqual(data_set(report, "groups")["rejected"], 1)
        self.assertEqual(report["rejects"][0]["reason"], "empty_key")

    def into_full_disk(self, *arguments):
        with open("/dev/full", "w") as full:
            return subprocess.run([os.path.join(os.environ["MUSTER_BIN_DIR"], "muster"), *arguments], stdout=full,
                                  stderr=subprocess.PIPE, text=True, cwd=self.directory, env=self.environment())

    def test_1_with_a_sentence_when_the_output_is_lost(self):
        lost = "muster: standard output could not be written: No space left on device\n"
        listed = self.into_full_disk("sources")
        self.assertEqual((listed.returncode, listed.stderr), (1, lost))
        sandbox = self.sandbox("users=5,groups=1,memberships=1,devices=0")
        for flags in ([], ["--json"]):
            run = self.into_full_disk("run", sandbox.importers, "entra", *flags)
            self.assertEqual(run.returncode, 1, run.stderr)
            self.assertTrue(run.stderr.endswith(lost), run.stderr)
            self.assertRegex(run.stderr, r"(?m)^(The run itself ended so: )?completed: ")
        pipe = subprocess.run("muster sources | true", shell=True, capture_output=True, text=True,
                              env=self.environment(PATH=os.environ["MUSTER_BIN_DIR"] + ":" + os.environ["PATH"]))
        self.assertEqual(pipe.stderr, "", "whoever closes the pipe has seen enough")

    def test_8_when_the_store_cannot_be_used(self):
        sandbox = self.sandbox("users=5,groups=1,memberships=1,devices=0")
        run = self.muster("run", sandbox.importers, "entra", "--database", "sqlite:/proc/nowhere/muster.db")
        self.assertEqual(run.returncode, 8, run.error)

    def test_a_killed_run_is_found_and_the_next_one_makes_assets_whole(self):
        sandbox = self.sandbox("users=4000,groups=30,memberships=1500,devices=80", "--latency", "40")
        process = self.start("run", sandbox.importers, "entra", "--json")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not any(e["target"].endswith("/data") for e in sandbox.journal()):
            time.sleep(0.02)
        process.kill()
        process.communicate()
        report = self.run_import(sandbox)
        self.assertEqual(report["state"], "completed")
        runs = json.loads(self.muster("runs", "--json").out)
        states = [run["state"] for run in (runs["runs"] if isinstance(runs, dict) else runs)]
        self.assertIn("abandoned", states)
        self.assertEqual(len(sandbox.objects("Entra User")), 4000)


class BadInput(SystemTest):
    BAD = {
        "unknown key": ("destination:", "destinatoin:", "did you mean"),
        "clear-text secret": ("client_secret: {", "client_secret: hunter2 #", "env"),
        "wrong type": ("missing_objects: ignore", "missing_objects: [1]", "missing_objects"),
        "impossible limit": ("missing_objects: ignore", "missing_objects: ignore\n    record_limit: -5", "record_limit"),
        "unknown source": ("source: entra", "source: entro", "entra"),
        "not YAML": ("version: 1", "version: [1", "not YAML"),
        "unknown data set": ("    destination:", "    data_sets: { usres: { } }\n    destination:", "users"),
        "bad where": ("    destination:", "    data_sets: { users: { where: 'a = 1' } }\n    destination:", "where"),
    }

    def test_every_mistake_has_a_place_and_nothing_is_sent(self):
        sandbox = self.sandbox("users=5,groups=1,memberships=1,devices=0")
        for name, (old, new, hint) in self.BAD.items():
            with self.subTest(name):
                path = self.write("bad.yaml", sandbox.text.replace(old, new, 1))
                for command in (["lint", path], ["run", path, "entra"], ["plan", path, "entra"], ["check", path]):
                    process = self.muster(*command)
                    self.assertEqual(process.returncode, 2, command)
                    self.assertRegex(process.error + process.out, r"bad\.yaml:\d+:\d+: ")
                    self.assertIn(hint, process.error + process.out)
                    self.assertNotIn("hunter2", process.error + process.out)
        self.assertEqual(sandbox.journal(), [])

    def test_missing_environment_and_files_are_told_by_name(self):
        sandbox = self.sandbox("users=5,groups=1,memberships=1,devices=0")
        path = self.write("env.yaml", sandbox.text.replace("client_secret: {", "client_secret: { env: NOT_SET_ANYWHERE } #", 1))
        process = self.muster("run", path, "entra")
        self.assertEqual(process.returncode, 2, process.error)
        self.assertIn("NOT_SET_ANYWHERE", process.error)
        process = self.muster("run", "nowhere.yaml", "entra")
        self.assertEqual(process.returncode, 2)
        self.assertIn("nowhere.yaml", process.error)
        self.assertEqual(sandbox.journal(), [])


class Secrecy(SystemTest):
    def test_no_secret_appears_anywhere(self):
        sandbox = self.sandbox("users=300,groups=30,memberships=1500,devices=80", "--latency", "100")
        secrets = [read(sandbox.importers + ending).strip() for ending in (".client_secret", ".assets_token")]
        process = self.start("--log-level", "debug", "run", sandbox.importers, "entra", "--json")
        seen = ""
        while process.poll() is None and len(seen) < 100000:
            for name in ("cmdline", "environ", "status", "maps"):
                try:
                    seen += open(f"/proc/{process.pid}/{name}", errors="replace").read()
                except OSError:
                    pass
            time.sleep(0.1)
        out, error = process.communicate()
        self.assertEqual(process.returncode, 0, error)
        self.assertTrue(seen)
        tokens = [part for part in secrets]
        self.write("importers.yaml.client_secret", "canary~wrong~secret")
        failed = self.muster("--log-level", "debug", "run", sandbox.importers, "entra")
        self.assertEqual(failed.returncode, 3)
        tokens.append("canary~wrong~secret")
        everything = seen + out + error + failed.out + failed.error + self.all_state().decode(errors="replace")
        for token in tokens:
            self.assertNotIn(token, everything)
        self.assertNotIn("eyJ", everything, "an access token")

    # What is asked, and an answer that repeats what was received with it.
    ECHOES = {
        "signing in": {"service": "login", "path_prefix": "/", "action": {
            "status": 400, "echo": True, "body": {"error": "{request}", "error_description": "You sent {request}"}}},
        "a page": {"service": "graph", "path_prefix": "/v1.0/users", "action": {
            "status": 400, "echo": True,
            "body": {"error": {"code": "{authorization}", "message": "CANARY You sent {authorization}"}}}},
        "an item of a batch": {"service": "graph", "batch": True, "path_regex": "/members", "action": {
            "status": 400, "echo": True,
            "body": {"error": {"code": "{authorization}", "message": "CANARY You sent {authorization}"}}}},
        "the mapping": {"service": "assets", "path_regex": "/mapping", "action": {
            "status": 400, "echo": True, "body": {"errorCode": "{authorization}", "errorMessages": ["{authorization}"]}}},
        "objects": {"service": "assets", "path_regex": "/data$", "action": {
            "status": 400, "echo": True, "body": {"errorCode": "{authorization}",
                                                  "errorMessages": ["CANARY {authorization} {request}"]}}},
    }

    def test_neither_secrets_nor_records_that_an_error_answer_repeats_are_kept(self):
        sandbox = self.sandbox("users=40,groups=5,memberships=60,devices=5", "--seed", "11")
        secrets = [read(sandbox.importers + ending).strip() for ending in (".client_secret", ".assets_token")]
        users = sandbox.truth("users")
        values = {user[key] for user in users for key in ("displayName", "userPrincipalName", "mail")}
        canary = users[0]["displayName"] + " " + users[0]["userPrincipalName"]
        for what, rule in self.ECHOES.items():
            with self.subTest(what):
                sandbox.fault(json.loads(json.dumps(rule).replace("CANARY", json.dumps(canary)[1:-1])))
                run = self.muster("--log-level", "debug", "run", sandbox.importers, "entra", "--json")
                self.assertEqual(json.loads(run.out)["state"], "failed", run.error)
                self.assertGreaterEqual(sandbox.call("/_sandbox/faults")[0]["fired"], 1)
                out_dir = os.path.join(self.state, "out")
                more = [self.muster("--log-level", "debug", "check", sandbox.importers, "entra"),
                        self.muster("--log-level", "debug", "plan", sandbox.importers, "entra"),
                        self.muster("run", sandbox.importers, "entra", "--out", out_dir),
                        self.muster("runs", "show", json.loads(run.out)["run_id"], "--json")]
                kept = "".join(each.out + each.error for each in [run, *more])
                # What was written to a folder are the records themselves, for whoever asked for them.
                shutil.rmtree(out_dir, ignore_errors=True)
                kept += self.all_state().decode(errors="replace")
                for secret in secrets:
                    for form in (secret, secret[:16], urllib.parse.quote(secret, safe="")):
                        self.assertNotIn(form, kept)
                self.assertNotIn("eyJ", kept, "an access token")
                for value in values:
                    if value and len(value) > 5:
                        self.assertNotIn(value, kept)
                sandbox.call("/_sandbox/faults", method="DELETE")

    def test_no_personal_data_is_kept(self):
        sandbox = self.sandbox()
        self.run_import(sandbox)
        state = self.all_state()
        self.assertGreater(len(state), 10000)
        for user in sandbox.truth("users"):
            for value in (user["displayName"], user["userPrincipalName"], user["mail"], user["id"]):
                if value and len(value) > 5:
                    self.assertNotIn(value.encode(), state)

    def test_the_state_is_readable_by_its_owner_only(self):
        sandbox = self.sandbox("users=5,groups=1,memberships=1,devices=0")
        self.run_import(sandbox)
        database = os.path.join(self.state, "muster", "muster.db")
        self.assertEqual(os.stat(database).st_mode & 0o077, 0)
        self.assertEqual(sqlite3.connect(database).execute("pragma integrity_check").fetchone()[0], "ok")


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    unittest.main(verbosity=2)
