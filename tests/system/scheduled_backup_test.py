#!/usr/bin/env python3
"""`muster serve` makes backups by itself: one for a tick whoever dies meanwhile, and removes those whose day has come."""
import json
import os
import re
import shutil
import signal
import sqlite3
import sys
import unittest
import urllib.request
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import read  # noqa: E402
from regions import WithRegions  # noqa: E402
import backup_test  # noqa: E402
import metrics_test  # noqa: E402

NAME = re.compile(r"\d{8}T\d{9}Z-(daily|weekly|monthly)$")
# Once a year: what comes due in these tests is what was missed.
YEARLY = "30 2 1 1 *"
KILLS = ("backup.turn_taken=kill@1", "backup.writing=kill@1", "backup.writing=kill@2", "backup.finishing=kill@1",
         "backup.finished=kill@1")


class WithSchedule(backup_test.WithBackups):

    def service(self, *arguments, command="serve", schedule=YEARLY, **more):
        process = self.serve("--key-file", self.key, "--backup-folder", self.folder, "--backup-schedule", schedule,
                             *arguments, command=command, **more)
        return process

    def progress(self):
        columns = ("tick", "failures", "next_try", "problem", "made", "name", "leased_until", "node")
        rows = self.store(f"SELECT {', '.join(columns)} FROM scheduled_backup")
        return dict(zip(columns, rows[0])) if rows else {}

    def miss_one(self):
        """As if nobody had been there since 1970; and nobody has the turn."""
        self.store("UPDATE scheduled_backup SET tick = 0, next_try = 0, leased_until = 0, tidied = 0")

    def begin(self):
        """The schedule is known from now on."""
        service = self.service()
        self.wait_for(self.progress, "the schedule has begun")
        self.end(service)

    def backups(self):
        return sorted(name for name in os.listdir(self.folder) if NAME.match(name)) if os.path.isdir(self.folder) else []

    def label(self, name):
        return json.loads(read(os.path.join(self.folder, name, "backup.json")))

    def relabel(self, name, **what):
        label = {**self.label(name), **what}
        with open(os.path.join(self.folder, name, "backup.json"), "w") as file:
            json.dump(label, file)

    def antedate(self, name, field):
        self.relabel(name, **{field: "2020-01-01T00:00:00Z"})

    def make_two(self):
        """The older one and the newer one, of ticks long gone."""
        for _ in range(2):
            self.store("UPDATE scheduled_backup SET name = '', made = 0")
            self.miss_one()
            service = self.service()
            self.wait_until_made()
            self.wait_for(lambda: self.progress()["node"] == "", "nobody has the turn")
            self.end(service)
            for name in self.backups():
                self.antedate(name, "tick")
        old, new = self.backups()
        return old, new

    def wait_until_made(self):
        self.wait_for(lambda: self.progress()["failures"] == 0 and self.progress()["tick"] > 0 and self.progress()["name"],
                      "it is made", 90)

    def needs_failpoints(self):
        if "failpoints" not in self.muster("version", "--features").out:
            self.skipTest("this build has no failpoints")


class Scheduled(WithSchedule):
    """On a file of SQLite."""

    def test_one_that_was_missed_is_made_once_and_told_everywhere(self):
        self.ok("site", "add", "acme")
        self.begin()
        self.miss_one()
        service = self.service("--metrics-listen", "127.0.0.1:0")
        self.wait_until_made()
        made, = self.backups()
        self.assertEqual(sorted(os.listdir(os.path.join(self.folder, made))),
                         ["backup.json", "installation.bundle", "site-acme.bundle", "site-default.bundle"])
        label = self.label(made)
        self.assertEqual((label["kind"], label["region"]), ("monthly", ""))
        self.assertIn("-01-01T02:30:00", label["tick"])
        listed = self.ok("backup", "list", self.folder).out
        self.assertRegex(listed, rf"{made}\s+monthly\s+{label['expires'][:10]}\s")
        self.assertIn("All of it comes back.",
                      self.ok("backup", "verify", os.path.join(self.folder, made), "--key-file", self.key).out)
        metrics, _ = metrics_test.Metrics.fetch(self, service)
        self.assertEqual(metrics[("muster_backup_failures",)], 0)
        self.assertAlmostEqual(metrics[("muster_last_backup_timestamp_seconds",)], self.progress()["made"] / 1e6, places=3)
        self.end(service)
        acts = self.store("SELECT who, act, target FROM audit WHERE act LIKE 'backup.%'")
        self.assertEqual(acts, [("schedule", "backup.created", made)])
        # Nothing more is due until next year.
        again = self.service()
        self.wait_for(lambda: self.progress()["node"] == "", "nobody has the turn")
        self.end(again)
        self.assertEqual(self.backups(), [made])

    def test_one_that_fails_is_told_and_tried_again(self):
        self.ok("site", "contact", "default", "it@example.com")
        self.begin()
        self.miss_one()
        with open(self.folder, "w") as file:
            file.write("a file, where a folder should be")
        service = self.service("--metrics-listen", "127.0.0.1:0")
        self.wait_for(lambda: self.progress()["failures"] == 1, "it fails")
        self.assertIn(self.folder, self.progress()["problem"])
        notices = self.store("SELECT site, kind, body FROM notices")
        self.assertEqual([row[:2] for row in notices], [("default", "backup.failed")])
        self.assertIn(self.folder, notices[0][2])
        metrics, _ = metrics_test.Metrics.fetch(self, service)
        self.assertEqual(metrics[("muster_backup_failures",)], 1)
        self.assertNotIn(("muster_last_backup_timestamp_seconds",), metrics)
        os.remove(self.folder)
        self.store("UPDATE scheduled_backup SET next_try = 0")
        self.wait_until_made()
        self.wait_for(lambda: len(self.store("SELECT 1 FROM notices WHERE kind = 'backup.recovered'")) == 1, "that is told")
        self.assertEqual(len(self.backups()), 1)
        self.end(service)

    def test_removes_those_on_schedule_whose_day_has_come_and_nothing_else(self):
        self.ok("site", "add", "acme")
        self.begin()
        old, new = self.make_two()
        by_hand = os.path.basename(self.create())
        place = lambda name: os.path.join(self.folder, name)  # noqa: E731
        for name in self.backups():
            self.relabel(name, expires="2020-01-01T00:00:00Z")
        # What looks like one by its name or by its label alone, and what is none at all.
        shutil.copytree(place(old), place("20200101T000000000Z"))
        shutil.copytree(place(old), place("20200101T000000001Z-daily"))
        os.mkdir(place("20200101T000000002Z-monthly"))
        os.symlink(place(new), place("20200101T000000003Z-monthly"))
        with open(place("notes.txt"), "w") as file:
            file.write("mine")
        shutil.copytree(place(old), place("20200101T000000004Z-monthly"))
        foreign = self.label("20200101T000000004Z-monthly")
        with open(os.path.join(place("20200101T000000004Z-monthly"), "backup.json"), "w") as file:
            json.dump({**foreign, "installation": "of somebody else"}, file)
        self.store("UPDATE scheduled_backup SET tidied = 0")
        service = self.service()
        self.wait_for(lambda: not os.path.exists(place(old)), "the old one is removed")
        self.wait_for(lambda: self.progress()["node"] == "", "nobody has the turn")
        self.end(service)
        self.assertEqual(sorted(os.listdir(self.folder)),
                         sorted([new, by_hand, "20200101T000000000Z", "20200101T000000001Z-daily",
                                 "20200101T000000002Z-monthly", "20200101T000000003Z-monthly",
                                 "20200101T000000004Z-monthly", "notes.txt"]))
        self.ok("backup", "verify", place(new), "--key-file", self.key)
        self.assertEqual(self.store("SELECT target FROM audit WHERE act = 'backup.expired'"), [(old,)])

    def test_whoever_is_killed_a_tick_has_one_backup_and_it_is_whole(self):
        self.needs_failpoints()
        self.ok("site", "add", "acme")
        self.begin()
        for point in KILLS:
            with self.subTest(point):
                shutil.rmtree(self.folder, ignore_errors=True)
                self.store("UPDATE scheduled_backup SET name = '', made = 0")
                self.miss_one()
                service = self.service(MUSTER_FAILPOINT=point)
                self.assertEqual(service.wait(90), -signal.SIGKILL, read(service.log))
                for name in self.backups():
                    self.ok("backup", "verify", os.path.join(self.folder, name), "--key-file", self.key)
                self.assertEqual(self.progress()["tick"], 0)
                # Whose lease has ended.
                self.store("UPDATE scheduled_backup SET leased_until = 1")
                service = self.service()
                self.wait_until_made()
                self.end(service)
                made, = self.backups()
                self.ok("backup", "verify", os.path.join(self.folder, made), "--key-file", self.key)
                self.assertEqual(self.progress()["name"], made)

    def test_whoever_is_killed_while_removing_leaves_no_half_backup(self):
        self.needs_failpoints()
        self.begin()
        for point in ("backup.expiring=kill@1", "backup.removing=kill@1"):
            with self.subTest(point):
                shutil.rmtree(self.folder, ignore_errors=True)
                old, new = self.make_two()
                self.antedate(old, "expires")
                self.store("UPDATE scheduled_backup SET tidied = 0, leased_until = 1")
                service = self.service(MUSTER_FAILPOINT=point)
                self.assertEqual(service.wait(90), -signal.SIGKILL, read(service.log))
                for name in self.backups():
                    self.ok("backup", "verify", os.path.join(self.folder, name), "--key-file", self.key)
                self.store("UPDATE scheduled_backup SET tidied = 0, leased_until = 1")
                service = self.service()
                self.wait_for(lambda: self.backups() == [new], "the old one is removed")
                self.end(service)

    def test_a_schedule_that_cannot_be_is_refused_at_once(self):
        for words, said in ((("--backup-schedule", "61 2 * * *"), "--backup-schedule"),
                            (("--backup-schedule", YEARLY, "--backup-time-zone", "Europe/Berlim"), "did you mean Europe/Berlin"),
                            (("--backup-schedule", YEARLY), "--key-file")):
            refused = self.muster("serve", "--listen", "127.0.0.1:0", "--backup-folder", self.folder, *words)
            self.assertEqual(refused.returncode, 2, refused.error)
            self.assertIn(said, refused.error)
        refused = self.muster("serve", "--listen", "127.0.0.1:0", "--backup-folder", "ftp://host/x")
        self.assertEqual(refused.returncode, 2, refused.error)


class OnSeveralMachines(WithRegions):
    """One PostgreSQL, four machines, one folder that all of them see."""

    def test_a_tick_has_one_backup(self):
        folder, database = os.path.join(self.directory, "backups"), self.urls["eu"]
        admin = self.servers["eu"].url.rsplit("/", 1)[0] + "/muster"

        def node(number):
            return self.serve("--database", database, "--node", f"node{number}", "--workers", "1", "--key-file", self.key,
                              "--backup-folder", folder, "--backup-schedule", YEARLY,
                              command="serve" if number < 2 else "worker")

        first = node(0)
        self.wait_for(lambda: self.sql(admin, "SELECT 1 FROM scheduled_backup", ""), "the schedule has begun")
        self.end(first)
        self.sql(admin, "UPDATE scheduled_backup SET tick = 0", "")
        with ThreadPoolExecutor() as pool:
            nodes = list(pool.map(node, range(4)))
        self.wait_for(lambda: self.sql(admin, "SELECT 1 FROM scheduled_backup WHERE tick > 0", ""), "it is made", 90)
        for process in nodes:
            self.end(process)
        made, = os.listdir(folder)
        self.assertRegex(made, NAME)
        verified = self.muster("backup", "verify", os.path.join(folder, made), "--key-file", self.key)
        self.assertEqual(verified.returncode, 0, verified.error)
        self.assertEqual(self.sql(admin, "SELECT count(*) FROM audit WHERE act = 'backup.created'"), [["1"]])


class OfRegions(WithRegions):
    def test_backups_of_a_region_lie_only_where_its_region_says(self):
        self.add_regions()
        for site, region in (("alpha", "eu"), ("gamma", "ch"), ("home", "")):
            self.done("site", "add", site, *(["--region", region] if region else []))
        places = {region: os.path.join(folder, "backups") for region, folder in self.folders.items()}
        words = ["--backup-folder", places[""], "--backup-schedule", YEARLY,
                 "--region-backup-folder", "ch=" + places["ch"]]
        # In eu a worker that is there makes them.
        of_worker = ["--region", "eu", "--backup-folder", places["eu"], "--backup-schedule", YEARLY]
        ch, own = (re.sub("^sqlite:", "", self.urls["ch"]), re.sub("^sqlite:", "", self.own))

        def begun():
            rows = []
            for path in (ch, own):
                with sqlite3.connect(path, timeout=30) as connection:
                    rows += connection.execute("SELECT 1 FROM scheduled_backup").fetchall()
            return len(rows + self.sql(self.servers["eu"].url.rsplit("/", 1)[0] + "/muster", "SELECT 1 FROM scheduled_backup", "")) == 3

        def start():
            return [self.node("serve", "", *words), self.node("worker", "eu", *of_worker, url=self.urls["eu"])]

        nodes = start()
        self.wait_for(begun, "three schedules have begun")
        for process in nodes:
            self.end(process)
        for path in (ch, own):
            with sqlite3.connect(path, timeout=30) as connection:
                connection.execute("UPDATE scheduled_backup SET tick = 0")
        self.sql(self.servers["eu"].url.rsplit("/", 1)[0] + "/muster", "UPDATE scheduled_backup SET tick = 0", "")
        nodes = start()
        made = {}
        for region, sites in (("eu", ["alpha"]), ("ch", ["gamma"]), ("", ["default", "home"])):
            there = lambda: os.path.isdir(places[region]) and [  # noqa: E731
                name for name in os.listdir(places[region]) if NAME.match(name)]
            self.wait_for(there, f"a backup of {region or 'the installation'}", 90)
            name, = there()
            made[region] = sorted(os.listdir(os.path.join(places[region], name)))
            # Of sites that are elsewhere the directory's has the names (residency_test.py looks into it).
            pinned = [] if region else ["alpha", "gamma"]
            self.assertEqual(made[region], sorted(["backup.json", "installation.bundle"] +
                                                  [f"site-{site}.bundle" for site in sites + pinned]))
            self.assertEqual(json.loads(read(os.path.join(places[region], name, "backup.json")))["region"], region)
        for process in nodes:
            self.end(process)
        self.assertFalse(os.path.exists(places["us"]), "nobody named a place for it")


if __name__ == "__main__":
    unittest.main()
