#!/usr/bin/env python3
"""A store is copied while its importers run, and comes back whole or not at all."""
import os
import shutil
import signal
import sqlite3
import stat
import sys
import unittest
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import SystemTest, read  # noqa: E402


class WithBackups(SystemTest):
    def setUp(self):
        super().setUp()
        self.key = os.path.join(self.directory, "key")
        self.ok("key", "generate", self.key)
        self.folder = os.path.join(self.directory, "backups")

    def ok(self, *arguments, **more):
        process = self.muster(*arguments, **more)
        self.assertEqual(process.returncode, 0, process.error + process.out)
        return process

    def create(self, *arguments):
        made = self.ok("backup", "create", self.folder, "--key-file", self.key, *arguments)
        return made.out.split(": ")[0]

    def url(self, name):
        return "sqlite:" + os.path.join(self.directory, name)

    def rows(self, name, sql):
        with sqlite3.connect(os.path.join(self.directory, name), timeout=30) as connection:
            return connection.execute(sql).fetchall()

    def store(self, sql, *values):
        with sqlite3.connect(os.path.join(self.state, "muster", "muster.db"), timeout=30) as connection:
            return connection.execute(sql, values).fetchall()


class Backup(WithBackups):
    def put_job(self):
        job = str(uuid.uuid4())
        self.store("INSERT INTO jobs (site, job_id, importer, trigger_kind, options, due, run_id, state, worker, fence)"
                   " VALUES ('default', ?, 'entra', 'manual', '', 0, '', 'waiting', '', 0)", job)
        return job

    def job_is(self, job, state):
        return lambda: self.store("SELECT state FROM jobs WHERE job_id = ?", job) == [(state,)]

    def test_what_was_copied_during_an_import_comes_back_and_the_next_run_changes_nothing(self):
        sandbox = self.sandbox()
        self.ok("apply", sandbox.importers)
        self.ok("secret", "set", "canary-name", "--key-file", self.key, text="canary-value-91d2")
        service = self.serve("--key-file", self.key)
        first = self.put_job()
        self.wait_for(self.job_is(first, "over"), "the first import is over")
        sandbox.fault({"service": "graph", "path_prefix": "/v1.0/groups", "times": 1, "action": {"delay": 4000}})
        second = self.put_job()
        self.wait_for(self.job_is(second, "leased"), "an import runs")
        self.wait_for(lambda: self.store("SELECT 1 FROM runs WHERE state = 'running'"), "its run is written down")
        backup = self.create()
        self.assertEqual(self.store("SELECT count(*) FROM runs WHERE state = 'running'"), [(1,)], "it was not disturbed")
        self.wait_for(self.job_is(second, "over"), "the second import is over")
        self.assertEqual([state for state, in self.store("SELECT state FROM runs ORDER BY ordinal")], ["completed"] * 2)
        self.end(service)
        self.assert_equals_truth(sandbox)

        files = sorted(os.listdir(backup))
        self.assertEqual(files, ["backup.json", "installation.bundle", "site-default.bundle"])
        for name in files[1:]:
            path = os.path.join(backup, name)
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            with open(path, "rb") as file:
                content = file.read()
            for canary in (b"canary", b"entra", b"default", read(self.key).strip().encode()):
                self.assertNotIn(canary, content)
        self.assertIn("All of it comes back.", self.ok("backup", "verify", backup, "--key-file", self.key).out)
        self.assertEqual(sorted(os.listdir(backup)), files, "nothing is left of looking at it")
        self.assertIn(os.path.basename(backup), self.ok("backup", "list", self.folder).out)

        new = self.url("new.db")
        restored = self.ok("backup", "restore", backup, "--key-file", self.key, "--database", new)
        self.assertIn("1 run abandoned", restored.out)
        states = self.rows("new.db", "SELECT state, reason FROM runs ORDER BY ordinal")
        self.assertEqual(states, [("completed", "ok"), ("abandoned", "process_died")])
        self.assertEqual(self.rows("new.db", "SELECT count(*) FROM jobs WHERE state <> 'over'"), [(0,)])
        self.ok("audit", "verify", "--database", new)
        report = self.run_import(sandbox, "--database", new)
        self.assertEqual(report["state"], "completed")
        for data_set in report["data_sets"]:
            self.assertEqual(data_set["unchanged"], data_set["accepted"], data_set["name"])
            self.assertEqual(data_set["expected"]["unchanged"], data_set["formatted"], data_set["name"])
        self.assert_equals_truth(sandbox)

    def test_what_is_damaged_or_foreign_is_refused_in_one_sentence(self):
        self.ok("site", "add", "acme")
        backup = self.create()
        path = os.path.join(backup, "site-acme.bundle")
        with open(path, "rb") as file:
            whole = file.read()
        for what, content, words in (("flipped", whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:], "was changed"),
                                     ("cut off", whole[:len(whole) // 2], "cut off"),
                                     ("no bundle", b"PK" + whole[2:], "no bundle of muster")):
            with self.subTest(what):
                with open(path, "wb") as file:
                    file.write(content)
                for command in (("verify", backup), ("restore", backup, "--database", self.url(what.split()[0] + ".db"))):
                    refused = self.muster("backup", *command, "--key-file", self.key)
                    self.assertNotEqual(refused.returncode, 0)
                    self.assertIn(words, refused.error)
                    self.assertIn("site-acme.bundle", refused.error)
                    self.assertEqual(len(refused.error.strip().splitlines()), 1, refused.error)
                database = what.split()[0] + ".db"
                self.assertEqual(self.rows(database, "SELECT site FROM sites"), [("default",)])
        with open(path, "wb") as file:
            file.write(whole)
        other = os.path.join(self.directory, "other-key")
        self.ok("key", "generate", other)
        refused = self.muster("backup", "verify", backup, "--key-file", other)
        self.assertIn("It was sealed with the key", refused.error)
        refused = self.muster("backup", "restore", backup, "--site", "acme", "--key-file", self.key)
        self.assertEqual(refused.returncode, 0, "nothing but its name is there: " + refused.error)

    def test_a_restore_that_is_killed_leaves_nothing_or_all(self):
        if "failpoints" not in self.muster("version", "--features").out:
            self.skipTest("this build has no failpoints")
        sandbox = self.sandbox()
        self.ok("apply", sandbox.importers)
        self.run_import(sandbox)
        self.ok("site", "add", "acme")
        backup = self.create()
        kills = [f"backup.restoring=kill@{hit}" for hit in (1, 4, 9)]
        kills += ["backup.restored=kill@1", "store.committing=kill@1", "store.committed=kill@1"]
        for number, point in enumerate(kills):
            with self.subTest(point):
                name = f"killed-{number}.db"
                self.ok("migrate", "--database", self.url(name))
                killed = self.muster("backup", "restore", backup, "--key-file", self.key, "--database", self.url(name),
                                     MUSTER_FAILPOINT=point)
                self.assertEqual(killed.returncode, -signal.SIGKILL, killed.error)
                found = self.rows(name, "SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM baseline_blocks) > 0,"
                                        " (SELECT count(*) FROM sites), (SELECT count(*) FROM audit) > 0,"
                                        " (SELECT count(*) FROM encryption_key)")
                if point.startswith("store.committed"):
                    self.assertEqual(found, [(1, 1, 2, 1, 1)])
                    continue
                self.assertEqual(found, [(0, 0, 1, 0, 0)])
                self.ok("backup", "restore", backup, "--key-file", self.key, "--database", self.url(name))
                self.assertEqual(self.run_import(sandbox, "--database", self.url(name))["state"], "completed")

    def test_a_backup_that_is_killed_is_none(self):
        if "failpoints" not in self.muster("version", "--features").out:
            self.skipTest("this build has no failpoints")
        self.ok("site", "add", "acme")
        killed = self.muster("backup", "create", self.folder, "--key-file", self.key, MUSTER_FAILPOINT="backup.writing=kill@2")
        self.assertEqual(killed.returncode, -signal.SIGKILL, killed.error)
        self.assertIn("There are no backups.", self.ok("backup", "list", self.folder).out)
        self.assertTrue(all(name.startswith(".") for name in os.listdir(self.folder)))
        shutil.rmtree(self.folder)
        self.create()


if __name__ == "__main__":
    unittest.main()
