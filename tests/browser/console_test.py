#!/usr/bin/env python3
"""The web console in a real browser, over the real service and sandbox (the .mjs files hold what is done there).

MUSTER_SCREENSHOTS=DIR keeps a picture of every page; MUSTER_TUTORIAL_IMAGES=1 writes those of docs/tutorials anew;
MUSTER_SCHEMA_UPDATE=1 writes ui/src/api/schema.ts anew; MUSTER_BROWSER_RUNS=2000000 measures among so many runs;
MUSTER_BROWSER_QUICK=1 does what people do and looks at nothing; MUSTER_BROWSER_LATE_MS=800 has answers come late.
"""
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(HERE, "..", "system"))
from harness import SystemTest, read  # noqa: E402
from openid_test import SECRET as OPENID_SECRET, TOOLS, free_port  # noqa: E402

IMAGES = os.path.join(ROOT, "docs", "tutorials", "images")
OLD_RUNS = 100_000
MANY_IMPORTERS = 200
LIVE_IMPORTS = 16
MANY_RUNS = int(os.environ.get("MUSTER_BROWSER_RUNS", "100000"))


class LiveImports:
    """What workers on another machine write while they import, once a second; a site runs four at once of its own."""

    def __init__(self, path, site, importers):
        self.path, self.site, self.importers = path, site, importers
        self.over, self.thread = threading.Event(), None

    @staticmethod
    def run_of(number):
        return f"01900000-0000-7000-8000-{number:012}"

    def execute(self, statement, rows):
        database = sqlite3.connect(self.path, timeout=30)
        with database:
            database.executemany(statement, rows)
        database.close()

    def start(self):
        now = int(time.time() * 1_000_000)
        rows = [(self.site, f"live-{number}", name, self.run_of(number), now) for number, name in enumerate(self.importers)]
        self.execute("INSERT INTO jobs (site, job_id, importer, trigger_kind, options, due, run_id, state, worker, fence, "
                     "leased_until) VALUES (?1, ?2, ?3, 'manual', '{}', ?5, ?4, 'leased', 'elsewhere', 1, ?5 + 500000000)", rows)
        self.execute("INSERT INTO runs (site, run_id, importer, state, reason, message, started, report, execution_id, kind, "
                     "destination) VALUES (?1, ?4, ?3, 'running', '', '', ?5, '', '', 'full', 'files') ON CONFLICT DO NOTHING",
                     rows)
        self.thread = threading.Thread(target=self.go_on, daemon=True)
        self.thread.start()

    def go_on(self):
        second = 0
        while not self.over.wait(1):
            second += 1
            sets = [{"name": f"data_set_{number}", "pages": second * 3, "fetched": second * 700 + number, "filtered": 0,
                     "rejected": 0, "formatted": 0, "submitted": 0, "total": 90000, "done": False} for number in range(8)]
            progress = json.dumps({"phase": "reading", "data_sets": sets, "relations": [], "objects_submitted": second * 90,
                                   "objects_total": 90000, "people_done": 0, "people_total": 0, "waiting_seconds": 0,
                                   "waiting": "", "throttled": 0})
            line = json.dumps({"at": "2026-11-23T03:00:01.000Z", "level": "info", "text": f"Page {second} of many."})
            self.execute("UPDATE jobs SET progress = ?, log = log || CASE WHEN log = '' THEN '' ELSE ',' END || ? WHERE "
                         "worker = 'elsewhere' AND job_id = ?",
                         [(progress, line, f"live-{number}") for number in range(len(self.importers))])

    def stop(self):
        if self.over.is_set() or not self.thread:
            return
        self.over.set()
        self.thread.join()
        self.execute("UPDATE jobs SET state = 'over', leased_until = NULL WHERE worker = ?", [("elsewhere",)])
        self.execute("DELETE FROM runs WHERE state = 'running' AND site = ?", [(self.site,)])


def values_of(block, part):
    """What the sandbox wrote below "connection" or "destination" of an importer: text, or what is in a file."""
    values = {}
    lines = re.search(rf"(?m)^    {part}:\n((?:      .*\n)*)", block)[1]
    for key, value in re.findall(r"(?m)^      (\w+): (.*)$", lines):
        place = re.fullmatch(r'\{ file: "?([^"}]+?)"? \}', value)
        values[key] = {"secret": read(place[1]).strip()} if place else value.strip('"')
    return values


class Console(SystemTest):
    def given(self, service, **more):
        browser = shutil.which("chromium")
        self.assertTrue(browser, "chromium is missing: script/setup --test installs it")
        return {
            "browser": browser,
            "link": re.search(r"http://\S+/set-up#mstr_setup_\w+", read(service.log))[0],
            "quick": bool(os.environ.get("MUSTER_BROWSER_QUICK")),
            "late_ms": int(os.environ.get("MUSTER_BROWSER_LATE_MS", 0)),
            "screenshots": os.environ.get("MUSTER_SCREENSHOTS", ""),
            **more,
        }

    def browse(self, script, given, outside=None):
        """Goes through what the script does; `outside` is what it asks for beside the browser, by name."""
        errors = os.path.join(self.directory, script + ".errors")
        with open(errors, "w") as file:
            process = subprocess.Popen(["node", os.path.join(HERE, script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=file, text=True, env=dict(os.environ, TMPDIR=self.directory))
        watchdog = threading.Timer(1700, process.kill)
        watchdog.start()
        told = []
        try:
            process.stdin.write(json.dumps(given) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                if line.startswith("? "):
                    (outside or {})[line[2:].strip()]()
                    process.stdin.write("done\n")
                    process.stdin.flush()
                    continue
                told.append(line)
                print(line, end="", flush=True)
            code = process.wait()
        finally:
            watchdog.cancel()
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stdin.close()
            process.stdout.close()
        self.assertEqual(code, 0, "".join(told) + read(errors))

    def test_an_admin_sets_up_an_import_and_looks_after_it(self):
        sandbox = self.sandbox("users=300,groups=30,memberships=1500,devices=80", "--sources", "all")
        key = os.path.join(self.directory, "key")
        self.assertEqual(self.muster("key", "generate", key).returncode, 0)
        backups = os.path.join(self.directory, "backups")
        service = self.serve("--key-file", key, "--backup-folder", backups, "--backup-schedule", "30 2 1 1 *")
        head, *importers = re.split(r"(?m)^(?=  - name:)", sandbox.text)
        self.add_old_runs()
        self.browse("console.mjs", self.given(
            service, sandbox=sandbox.origin, old_runs=OLD_RUNS,
            images=IMAGES if os.environ.get("MUSTER_TUTORIAL_IMAGES") else "",
            sources=[{"name": re.search(r"source: (\w+)", block)[1], "connection": values_of(block, "connection"),
                      "destination": values_of(block, "destination")} for block in importers]))
        self.assertTrue(os.listdir(backups), "no backup was made")
        self.end(service)

    def test_a_site_whose_database_is_away_or_that_moves(self):
        key, own = os.path.join(self.directory, "key"), "sqlite:" + os.path.join(self.directory, "own.db")
        region = {"MUSTER_CH": "sqlite:" + os.path.join(self.directory, "ch.db")}
        for words in (["key", "generate", key], ["region", "add", "ch", "--url-env", "MUSTER_CH", "--database", own],
                      ["site", "add", "far", "--region", "ch", "--database", own]):
            done = self.muster(*words, **region)
            self.assertEqual(done.returncode, 0, done.error)
        sandbox = self.sandbox()
        self.assertEqual(self.muster("apply", sandbox.importers, "--site", "far", "--database", own, **region).returncode, 0)
        words = ["--key-file", key, "--database", own]
        machine = {"service": self.serve(*words, **region)}
        # A page may well ask while the service begins anew.
        given = self.given(machine["service"], refusals="status of 503|ERR_CONNECTION_REFUSED")
        if "failpoints" not in self.muster("version", "--features").out:
            self.skipTest("this build has no failpoints")

        def serve(**more):
            port = machine["service"].port
            self.end(machine["service"])
            machine["service"] = self.serve("--listen", f"127.0.0.1:{port}", *words, **more)
            self.assertEqual(machine["service"].port, port, read(machine["service"].log))

        def move(**more):
            return self.muster("site", "move", "far", "--home", *words, **region, **more)

        def pause():
            self.assertNotEqual(move(MUSTER_FAILPOINT="move.paused=kill").returncode, 0)

        def complete():
            done = move()
            self.assertEqual(done.returncode, 0, done.error)

        self.browse("sites.mjs", given, {"the region goes": serve, "the region is back": lambda: serve(**region),
                                         "the move pauses": pause, "the move goes on": complete,
                                         "moves become slow": lambda: serve(MUSTER_FAILPOINT=f"move.copied=delay:{15000 if given['quick'] and not given['late_ms'] else 60000}", **region),
                                         "moves are quick again": lambda: serve(**region)})
        self.end(machine["service"])

    @unittest.skipUnless(os.path.isdir(os.path.join(TOOLS, "node_modules", "oidc-provider")),
                         "npm ci --prefix tests/tools first")
    def test_somebody_signs_in_at_a_provider(self):
        port, provider_port = free_port(), free_port()
        own, issuer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{provider_port}"
        log = os.path.join(self.directory, "provider.log")
        with open(log, "w") as file:
            provider = subprocess.Popen(["node", os.path.join(TOOLS, "openid_provider.mjs"), str(provider_port),
                                         own + "/sign-in/oidc/callback", "form"], stdout=file, stderr=file)
        self.addCleanup(lambda: provider.poll() is None and (provider.kill(), provider.wait()))
        self.wait_for(lambda: "listening" in read(log) or provider.poll() is not None, read(log))
        service = self.serve("--listen", f"127.0.0.1:{port}", "--public-url", own, "--oidc-issuer", issuer,
                             "--oidc-client-id", "muster", "--oidc-secret", "env:MUSTER_TEST_CLIENT",
                             "--oidc-allow-private-address", MUSTER_TEST_CLIENT=OPENID_SECRET)
        self.browse("openid.mjs", self.given(service, elsewhere=issuer))
        self.end(service)

    def test_nobody_waits_at_a_site_with_many_importers(self):
        sandbox = self.sandbox()
        head, block = re.split(r"(?m)^(?=  - name:)", sandbox.text)
        names = [f"entra-{number:03}" for number in range(MANY_IMPORTERS)]
        file = self.write("many.yaml", head + "".join(block.replace("name: entra\n", f"name: {name}\n", 1) for name in names))
        self.assertEqual(self.muster("site", "add", "many").returncode, 0)
        applied = self.muster("apply", file, "--site", "many")
        self.assertEqual(applied.returncode, 0, applied.error)
        self.add_runs("many", names, MANY_RUNS)
        service = self.serve()
        live = LiveImports(os.path.join(self.state, "muster", "muster.db"), "many", names[:LIVE_IMPORTS])
        self.addCleanup(live.stop)
        self.browse("pace.mjs", self.given(service, importer=names[7], last=names[-1], live=LIVE_IMPORTS, live_run=live.run_of(0)),
                    {"imports run": live.start, "imports are over": live.stop})
        self.end(service)

    def add_old_runs(self):
        """Of an importer that is long gone, at a site of its own: a list that nobody reads to its end."""
        self.assertEqual(self.muster("site", "add", "records").returncode, 0)
        self.add_runs("records", ["old"], OLD_RUNS)

    def add_runs(self, site, importers, count):
        counts = ["pages", "fetched", "filtered", "rejected", "formatted", "submitted", "accepted", "created", "updated",
                  "unchanged", "missing"]
        report = json.dumps({
            "run_id": "00000000-0000-7000-8000-NUMBER", "importer": "IMPORTER", "state": "completed", "reason": "ok",
            "message": "Run of many.", "kind": "full", "started": "2024-01-01T00:00:00Z", "ended": "2024-01-01T00:00:09Z",
            "data_sets": [{"name": "things", "object_type": "Thing", "complete": True, **dict.fromkeys(counts, 17)}]})
        database = sqlite3.connect(os.path.join(self.state, "muster", "muster.db"), timeout=30)
        with database:
            database.execute(
                "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count), "
                "many AS (SELECT n, printf('%012d', n) AS number, json_extract(:importers, '$[' || (n % :importer_count) || ']') "
                "AS importer, 1600000000000000 + n * 60000000 AS began FROM numbers) "
                "INSERT INTO runs (site, run_id, importer, state, reason, message, started, ended, report, execution_id, "
                "kind, destination) SELECT :site, '00000000-0000-7000-8000-' || number, importer, "
                "CASE n % 50 WHEN 0 THEN 'failed' ELSE 'completed' END, 'ok', 'Run ' || n || ' of many.', began, "
                "began + (1 + n % 7) * 1000000, replace(replace(replace(:report, 'NUMBER', number), 'IMPORTER', importer), "
                "': 17', ': ' || (n % 1000)), '', 'full', 'files' FROM many",
                {"count": count, "importers": json.dumps(importers), "importer_count": len(importers), "site": site,
                 "report": report})
        database.close()

    def test_the_pictures_of_the_tutorial_are_there(self):
        page = os.path.join(ROOT, "docs", "tutorials", "first-import.md")
        named = set(re.findall(r"\(images/([\w-]+\.png)\)", read(page)))
        self.assertTrue(named)
        there = set(os.listdir(IMAGES))
        self.assertEqual(named - there, set(), "pictures that do not exist; MUSTER_TUTORIAL_IMAGES=1 writes them")
        self.assertEqual(there - named, set(), "pictures that no page shows")


if __name__ == "__main__":
    unittest.main()
