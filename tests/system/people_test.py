#!/usr/bin/env python3
"""Jira accounts of people: what Jira knows is what stands in Assets after the import, and nobody is named on the way."""
import json
import os
import re
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import SystemTest, interrupt, read  # noqa: E402

SIZE = "users=180,groups=6,memberships=60,devices=10"
MANY = "users=450,groups=6,memberships=60,devices=10"


class People(SystemTest):
    def site(self, size=SIZE, *flags):
        return self.sandbox(size, "--people", *flags)

    def accounts(self, sandbox):
        """The ids of active accounts by address in lower case."""
        found = {}
        for account in sandbox.truth("jira.accounts"):
            if account["type"] == "atlassian" and account["active"] and not account["deleted"]:
                found.setdefault(account["email"].lower(), set()).add(account["id"])
        return found

    def assert_right(self, sandbox, report):
        """Every user has its account; the report lists the others by their keys."""
        accounts = self.accounts(sandbox)
        written, ambiguous, unknown, without = 0, set(), set(), 0
        for user in sandbox.objects("Entra User"):
            mail = user["values"].get("Mail", [""])[0].lower()
            has = user["values"].get("Jira account", [])
            known = accounts.get(mail, set())
            if not mail:
                without += 1
            elif len(known) == 1:
                self.assertEqual(set(has), known, user["key"])
                written += 1
                continue
            else:
                (ambiguous if known else unknown).add(user["key"])
            self.assertEqual(has, [], user["key"])
        people = report["people"]
        self.assertEqual(people["state"], "done", people["message"])
        self.assertEqual(people["written"] + people["unchanged"], written)
        self.assertEqual(people["without_email"], without)
        for name, keys in (("ambiguous", ambiguous), ("unknown", unknown)):
            self.assertGreater(len(keys), 0)
            self.assertEqual(people[name]["count"], len(keys))
            self.assertEqual(set(people[name]["objects"]), keys)
        return written

    def writes(self, sandbox):
        return [e for e in sandbox.journal() if e["method"] == "PUT" and re.search(r"/object/\d+$", e["target"])]

    def assert_nobody_is_named(self, sandbox, *texts):
        names = {account["id"] for account in sandbox.truth("jira.accounts")}
        names |= {account["email"].lower() for account in sandbox.truth("jira.accounts") if account["email"]}
        names.discard("admin@example.com")  # of the importer file
        self.assertGreater(len(names), 200)
        for text in texts:
            text = text.lower()
            for name in names:
                self.assertNotIn(name, text)
                self.assertNotIn(name.replace("@", "%40"), text)

    def test_writes_every_account_once(self):
        sandbox = self.site()
        checked = self.muster("check", sandbox.importers)
        self.assertEqual(checked.returncode, 0, checked.out + checked.error)
        self.assertRegex(checked.out, r"Jira accounts +works")
        self.assertEqual([e["method"] for e in sandbox.journal() if e["target"].startswith("/jira")], ["GET"] * 3)

        report = self.run_import(sandbox)
        self.assertEqual(report["state"], "completed", report["message"])
        written = self.assert_right(sandbox, report)
        self.assertGreater(written, 100)
        self.assertEqual(report["people"]["written"], written)
        self.assertEqual(len(self.writes(sandbox)), written)
        self.assertEqual({e["owner"] for e in self.writes(sandbox)}, {"admin@example.com"})

        again = self.run_import(sandbox)
        self.assert_right(sandbox, again)
        self.assertEqual(again["people"]["written"], 0)
        self.assertEqual(len(self.writes(sandbox)), written, "the second run writes nothing")

        shown = self.muster("runs", "show", again["run_id"])
        self.assertIn("Jira accounts of users", shown.out)
        self.assertRegex(shown.out, r"Ambiguous.*: IMP1-\d+")
        stored = json.loads(self.muster("runs", "show", again["run_id"], "--json").out)
        self.assertEqual(stored["people"], again["people"])
        log = self.muster("--log-level", "debug", "run", sandbox.importers, "entra")
        self.assertIn("done: 0 written", log.out)
        state = self.all_state().decode("latin-1")
        self.assertIn(again["run_id"], state)
        self.assert_nobody_is_named(sandbox, json.dumps(report), json.dumps(again), shown.out, log.out, log.error, state)

    def test_lists_accounts_where_there_are_many_people(self):
        sandbox = self.site(MANY, "--tls")
        report = self.run_import(sandbox)
        written = self.assert_right(sandbox, report)
        targets = [e["target"] for e in sandbox.journal() if e["target"].startswith("/jira/")]
        searches = [target for target in targets if "/user/search" in target]
        self.assertTrue(any("/users/search" in target for target in targets))
        self.assertLess(len(searches), written / 2, "only whom the list does not show")

    def test_follows_a_person_whose_address_changes(self):
        sandbox = self.site()
        first = self.run_import(sandbox)
        accounts = self.accounts(sandbox)
        other = next(mail for mail, ids in accounts.items() if len(ids) == 1 and "halden" in mail)
        sandbox.call("/_sandbox/edits", [{"data_set": "users", "attribute": "mail", "value": other, "percent": 10}])
        report = self.run_import(sandbox)
        self.assert_right_after_edit(sandbox, other, accounts)
        self.assertGreater(report["people"]["written"], 3)
        self.assertLess(report["people"]["written"], first["people"]["written"] / 2)

    def assert_right_after_edit(self, sandbox, mail, accounts):
        changed = [user for user in sandbox.objects("Entra User") if user["values"].get("Mail") == [mail]]
        self.assertGreater(len(changed), 3)
        for user in changed:
            self.assertEqual(set(user["values"]["Jira account"]), accounts[mail])

    def test_waits_as_long_as_jira_says(self):
        sandbox = self.site()
        sandbox.fault({"service": "jira", "path_prefix": "/rest/api/3/user/search", "nth": 20, "times": 1,
                       "action": {"status": 429, "headers": {"Retry-After": "3"}}})
        report = self.run_import(sandbox)
        self.assert_right(sandbox, report)
        self.assertEqual(report["people"]["throttled"], 1)
        self.assertGreaterEqual(report["people"]["waited_seconds"], 3)
        refused = next(e for e in sandbox.journal() if e["status"] == 429)
        after = [self.seconds(e["time"]) - self.seconds(refused["time"]) for e in sandbox.journal()
                 if "/user/search" in e["target"] and e["number"] > refused["number"]]
        # Some are on their way before the refusal is read.
        late = [wait for wait in after if wait >= 3.0]
        self.assertLess(len(after) - len(late), 12)
        self.assertGreater(len(late), 50)

    @staticmethod
    def seconds(text):
        hours, minutes, seconds = re.search(r"T(\d+):(\d+):([\d.]+)", text).groups()
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)

    def test_leaves_the_run_completed_when_the_sign_in_is_wrong(self):
        sandbox = self.site()
        token = re.search(r'api_token: { file: "([^"]+)" }', sandbox.text)[1]
        good = read(token)
        self.write(token, "wrong-token-123")
        checked = self.muster("check", sandbox.importers)
        self.assertEqual(checked.returncode, 5, checked.out + checked.error)
        self.assertRegex(checked.out, r"Jira accounts +failed")
        process = self.muster("run", sandbox.importers, "entra")
        self.assertEqual(process.returncode, 0, process.error)
        self.assertIn("completed: ", process.out)
        self.assertIn("Jira does not accept the account and api_token", process.out)
        self.assertIn("[people_sign_in]", process.out)
        self.assertNotIn("wrong-token-123", process.out + process.error)
        self.assertNotIn(b"wrong-token-123", self.all_state())
        self.assertEqual(self.writes(sandbox), [])

        self.write(token, good)
        self.assert_right(sandbox, self.run_import(sandbox))

    def test_says_which_permission_is_missing(self):
        sandbox = self.site()
        jira = sandbox.call("/_sandbox/connection")["jira"]
        self.write("reader", jira["reader_token"])
        text = re.sub(r"account: .*", f'account: {jira["reader"]}', sandbox.text)
        sandbox.importers = self.write("reader.yaml", re.sub(r"api_token: .*", "api_token: { file: reader }", text))
        report = self.run_import(sandbox)
        self.assertEqual(report["state"], "completed")
        self.assertEqual(report["people"]["reason"], "people_permission")
        self.assertIn("Browse users and groups", report["people"]["message"])

    def test_takes_a_bearer_token_from_the_environment(self):
        sandbox = self.site()
        jira = sandbox.call("/_sandbox/connection")["jira"]
        text = re.sub(r" +account: .*\n", "", sandbox.text)
        text = re.sub(r"api_token: .*", "bearer_token: { env: TEST_BEARER }", text)
        sandbox.importers = self.write("bearer.yaml", text)
        process = self.muster("run", sandbox.importers, "entra", "--json", TEST_BEARER=jira["bearer_token"])
        self.assertEqual(process.returncode, 0, process.error)
        self.assert_right(sandbox, json.loads(process.out))
        self.assertEqual([e["target"] for e in sandbox.journal() if e["target"].startswith("/jira/rest")], [])

    def start_and_wait_for_a_search(self):
        sandbox = self.site(SIZE, "--latency", "20")
        sandbox.fault({"service": "jira", "path_prefix": "/rest/api/3/user/search", "every": 1,
                       "action": {"delay": 400}})
        process = self.start("run", sandbox.importers, "entra", "--json")
        deadline = time.monotonic() + 60
        while not any("/user/search" in e["target"] for e in sandbox.journal()):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        return sandbox, process

    def test_can_be_stopped_and_stays_completed(self):
        sandbox, process = self.start_and_wait_for_a_search()
        out, error = interrupt(process)
        self.assertEqual(process.returncode, 0, error)
        self.assertIn("the import is completed and stays so", error)
        report = json.loads(out)
        self.assertEqual(report["state"], "completed")
        self.assertEqual(report["people"]["state"], "cancelled")

    def test_a_killed_process_leaves_the_run_completed(self):
        sandbox, process = self.start_and_wait_for_a_search()
        process.kill()
        process.communicate()
        rows = json.loads(self.muster("runs", "--json").out)
        self.assertEqual(rows[0]["state"], "completed")
        stored = json.loads(self.muster("runs", "show", rows[0]["run_id"], "--json").out)
        self.assertEqual(stored["people"]["state"], "unfinished")
        sandbox.call("/_sandbox/faults", method="DELETE")
        report = self.run_import(sandbox)
        self.assertEqual(report["data_sets"][0]["expected"]["unchanged"], report["data_sets"][0]["formatted"])
        self.assert_right(sandbox, report)

    def test_does_nothing_for_files(self):
        sandbox = self.site()
        report = self.run_import(sandbox, "--out", os.path.join(self.directory, "out"))
        self.assertNotIn("people", report)
        self.assertEqual([e for e in sandbox.journal() if e["target"].startswith("/jira")], [])


if __name__ == "__main__":
    unittest.main()
