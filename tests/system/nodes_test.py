#!/usr/bin/env python3
"""Several machines on one database, killed and stopped at random under load; and one machine that is killed with
sixteen imports under way. MUSTER_NODES_SECONDS says how long (40), MUSTER_NODES_SEED which accidents."""
import collections
import contextlib
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from harness import Sandbox, SystemTest, read  # noqa: E402
from with_postgres import PgBouncer, Postgres, program  # noqa: E402

SECONDS = float(os.environ.get("MUSTER_NODES_SECONDS", "40"))
SEED = int(os.environ.get("MUSTER_NODES_SEED") or time.time_ns() % 1_000_000)
SITES = ("north", "south", "east", "west")
IMPORTERS = 16
SIZE = "users=60,groups=6,memberships=90,devices=10,contacts=2,applications=2,service_principals=2,administrative_units=1"
LEASE = 30  # src/service/worker.h
SETTLED = 60


class Fleet(SystemTest):
    """Sixteen importers of four sites, each with a source and an Assets of its own."""

    def url(self):
        """What programs work with."""
        raise NotImplementedError

    def sql(self, statement):
        """Rows as lists of text."""
        raise NotImplementedError

    def value(self, statement):
        return int(self.sql(statement)[0][0])

    def make_importers(self, *flags, schedule="none"):
        self.sandboxes = {}
        for number in range(IMPORTERS):
            folder = os.path.join(self.directory, f"sandbox{number}")
            os.mkdir(folder)
            sandbox = Sandbox(folder, SIZE, "--seed", str(number + 1), *flags)
            self.addCleanup(sandbox.stop)
            site, name = SITES[number % len(SITES)], f"entra-{number}"
            text = sandbox.text.replace("- name: entra\n", f"- name: {name}\n")
            text = re.sub(r"(?m)^( *)destination:", rf"\1schedule: {schedule}\n\1destination:", text, count=1)
            sandbox.importers = self.write(f"{name}.yaml", text)
            self.sandboxes[site, name] = sandbox
        for site in SITES:
            self.done("site", "add", site)
        for (site, _), sandbox in self.sandboxes.items():
            self.done("apply", sandbox.importers, "--site", site)

    def done(self, *words):
        process = self.muster(*words, "--database", self.url())
        self.assertEqual(process.returncode, 0, process.error)

    def put_job(self, site, importer):
        self.sql("INSERT INTO jobs (site, job_id, importer, trigger_kind, options, due, run_id, state, worker, fence)"
                 f" VALUES ('{site}', '{uuid.uuid4()}', '{importer}', 'manual', '', 0, '', 'waiting', '', 0)")

    def wait_until_settled(self):
        began = time.monotonic()
        open_jobs = "SELECT count(*) FROM jobs WHERE state <> 'over'"
        open_runs = "SELECT count(*) FROM runs WHERE state = 'running'"
        while self.value(open_jobs) or self.value(open_runs):
            self.assertLess(time.monotonic() - began, SETTLED, self.sql("SELECT * FROM jobs WHERE state <> 'over'"))
            time.sleep(0.2)
        return time.monotonic() - began

    def judge(self):
        """What must hold whatever was killed."""
        runs = collections.defaultdict(list)
        for site, importer, run, state, began, ended, execution in self.sql(
                "SELECT site, importer, run_id, state, started, ended, execution_id FROM runs ORDER BY started"):
            runs[site, importer].append((int(began), int(ended or 0), run, state, execution))
        jobs = {(site, importer): (int(count), int(ticks), int(different)) for site, importer, count, ticks, different in
                self.sql("SELECT site, importer, count(*), count(tick), count(DISTINCT tick) FROM jobs GROUP BY 1, 2")}
        for key, sandbox in self.sandboxes.items():
            with self.subTest(importer=key):
                count, ticks, different = jobs[key]
                self.assertEqual(ticks, different, "a tick is one job")
                self.assertLessEqual(len(runs[key]), count, "a job is one run at most")
                for before, after in zip(runs[key], runs[key][1:]):
                    self.assertLessEqual(before[1], after[0], "one run at a time")
                executions = {e["id"]: e["states"] for e in sandbox.executions()}
                self.assertLessEqual({states[-1] for states in executions.values()}, {"DONE", "CANCELLED"})
                known = collections.Counter(run[4] for run in runs[key] if run[4])
                self.assertLessEqual(max(known.values(), default=0), 1, "an execution belongs to one run")
                for execution, states in executions.items():
                    if states[-1] == "DONE":
                        self.assertIn(execution, known, "what was completed is on record")
                for _, _, run, state, execution in runs[key]:
                    if state.startswith("completed"):
                        self.assertEqual(executions[execution][-1], "DONE", run)
                self.assert_equals_truth(sandbox)
        return collections.Counter(run[3] for found in runs.values() for run in found)


class OnPostgres(Fleet):
    def setUp(self):
        super().setUp()
        self.postgres = Postgres()
        self.addCleanup(self.postgres.stop)
        self.pgbouncer = PgBouncer(self.postgres)
        self.addCleanup(self.pgbouncer.stop)
        self.sql_in("postgres", "CREATE DATABASE muster OWNER muster_owner")
        owner = self.postgres.url.replace("postgres@", "muster_owner@").rsplit("/", 1)[0] + "/muster"
        migrated = self.muster("migrate", "--database", owner, "--grant-to", "muster_app")
        self.assertEqual(migrated.returncode, 0, migrated.error)
        self.random = random.Random(SEED)

    def url(self):
        return self.pgbouncer.url.replace("postgres@", "muster_app@").rsplit("/", 1)[0] + "/muster"

    def sql_in(self, database, statement):
        url = self.postgres.url.rsplit("/", 1)[0] + "/" + database
        done = subprocess.run([program("psql"), "-qAt", "-F", "\t", url, "-c", statement], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def sql(self, statement):
        return self.sql_in("muster", statement)

    def start_node(self, number):
        node = self.serve("--database", self.url(), "--node", f"node{number}", "--workers", "4",
                          command="serve" if number < 2 else "worker")
        self.assertIsNotNone(node.port, read(node.log))
        for path in ("healthz", "readyz"):
            self.assertEqual(urllib.request.urlopen(f"http://127.0.0.1:{node.port}/{path}").status, 200)
        return node

    def keep_busy(self):
        """Every importer has something to do, and schedules that somebody set back propose ticks a second time."""
        idle = set(self.sandboxes) - {tuple(row) for row in self.sql(
            "SELECT DISTINCT site, importer FROM jobs WHERE state <> 'over'")}
        for site, importer in idle:
            self.put_job(site, importer)
        self.sql("UPDATE importers SET last_tick = last_tick - 120000000")

    def load(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.keep_busy()
            time.sleep(0.3)

    def kill_at_random(self, nodes, seconds, spared=None):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.load(self.random.uniform(0.5, 4))
            number = self.random.choice([n for n in range(len(nodes)) if n != spared])
            nodes[number].kill()
            nodes[number].wait()
            self.kills += 1
            time.sleep(self.random.uniform(0, 1.5))
            nodes[number] = self.start_node(number)

    def leased_by(self, number):
        return [tuple(row) for row in self.sql("SELECT site, importer, run_id FROM jobs WHERE state = 'leased' AND "
                                               f"worker LIKE 'node{number}/%' AND run_id <> ''")]

    def stop_past_the_lease(self, nodes, number):
        """Whoever comes back after his lease ended starts and completes nothing."""
        self.wait_for(lambda: self.keep_busy() or self.leased_by(number), "it has something to do")
        nodes[number].send_signal(signal.SIGSTOP)
        held = self.leased_by(number)
        self.kill_at_random(nodes, LEASE + 5, spared=number)
        found = {key: {e["id"]: e["states"][-1] for e in self.sandboxes[key].executions()}
                 for key in {(site, importer) for site, importer, _ in held}}
        nodes[number].send_signal(signal.SIGCONT)
        return held, found

    def judge_stopped(self, stopped):
        for held, found in stopped:
            for site, importer, run in held:
                with self.subTest(stopped=run):
                    rows = self.sql(f"SELECT state, execution_id FROM runs WHERE site = '{site}' AND run_id = '{run}'")
                    if not rows:
                        continue  # it had not begun
                    state, execution = rows[0]
                    was = found[site, importer].get(execution)
                    now = {e["id"]: e["states"][-1] for e in self.sandboxes[site, importer].executions()}.get(execution)
                    if was not in ("PROCESSING", "DONE"):
                        self.assertFalse(state.startswith("completed"), "it completed nothing")
                        self.assertIn(now, (None, "CANCELLED"), "nor is it completed in Assets")

    def test_machines_that_die_and_stop_at_random_leave_everything_whole(self):
        self.make_importers("--latency", "60", schedule="{ every: 1m }")
        nodes = [self.start_node(number) for number in range(4)]
        until = time.monotonic() + SECONDS
        self.kills, stopped = 0, []
        while time.monotonic() < until:
            if not stopped or self.random.random() < 0.15:
                stopped.append(self.stop_past_the_lease(nodes, self.random.randrange(len(nodes))))
            self.kill_at_random(nodes, min(10, until - time.monotonic()))
        self.sql("UPDATE importers SET paused = 1")
        settled = self.wait_until_settled()
        for site, importer in self.sandboxes:
            self.put_job(site, importer)
        self.wait_until_settled()
        last = self.sql("SELECT DISTINCT ON (site, importer) state FROM runs ORDER BY site, importer, ordinal DESC")
        self.assertEqual({tuple(row) for row in last}, {("completed",)})
        states = self.judge()
        self.judge_stopped(stopped)
        verified = self.muster("audit", "verify", "--database", self.url())
        self.assertEqual(verified.returncode, 0, verified.error)
        for node in nodes:
            self.end(node)
        print(f"\nseed {SEED}, {SECONDS:.0f} s: {self.kills} kills, {len(stopped)} stopped past their lease with "
              f"{sum(len(held) for held, _ in stopped)} runs; settled after {settled:.1f} s; runs: {dict(states)}")

    def test_a_worker_has_neither_api_nor_pages_and_plans_nothing(self):
        config = self.write("muster.yaml", f"database: {self.url()}\nlisten: 127.0.0.1:0\nnode: told\n"
                                           "metrics-listen: 127.0.0.1:0\nworkers: 2\n")
        worker = self.serve("--config", config, command="worker")
        port = re.search(r"metrics on port (\d+)", read(worker.log))[1]
        self.assertIn("muster_store_up 1", urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode())
        for path in ("api/v1/sites", "set-up"):
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"http://127.0.0.1:{worker.port}/{path}")
            self.assertEqual(refused.exception.code, 404)
        sandbox = self.sandbox(SIZE)
        text = re.sub(r"(?m)^( *)destination:", r"\1schedule: hourly\n\1destination:", sandbox.text, count=1)
        self.done("apply", self.write("importers.yaml", text))
        self.sql("UPDATE importers SET last_tick = last_tick - 7200000000")
        self.put_job("default", "entra")
        self.wait_until_settled()
        self.assertEqual(self.sql("SELECT state FROM runs"), [["completed"]])
        self.assertRegex(self.sql("SELECT worker FROM jobs")[0][0], "^told/[12]$")
        self.assertEqual(self.value("SELECT count(*) FROM jobs WHERE trigger_kind = 'schedule'"), 0)
        self.end(worker)


class OnOneMachine(Fleet):
    def url(self):
        return "sqlite:" + os.path.join(self.directory, "muster.db")

    def sql(self, statement):
        with contextlib.closing(sqlite3.connect(self.url()[len("sqlite:"):], timeout=30)) as connection, connection:
            return [list(row) for row in connection.execute(statement).fetchall()]

    def test_serves_again_two_seconds_after_it_was_killed_under_sixteen_imports(self):
        self.make_importers("--latency", "150")
        service = self.serve("--database", self.url(), "--workers", str(IMPORTERS))
        for site, importer in self.sandboxes:
            self.put_job(site, importer)
        running = "SELECT count(*) FROM runs WHERE state = 'running'"
        self.wait_for(lambda: self.value(running) == IMPORTERS, "all are under way")
        # Half of them have begun something in Assets, too.
        self.wait_for(lambda: self.value(running + " AND execution_id <> ''") >= IMPORTERS // 2, "imports are open")
        under_way = self.value(running)
        service.kill()
        service.wait()
        began = time.monotonic()
        service = self.serve("--database", self.url(), "--workers", str(IMPORTERS))
        while True:
            with contextlib.suppress(urllib.error.URLError):
                if urllib.request.urlopen(f"http://127.0.0.1:{service.port}/readyz").status == 200:
                    break
            self.assertLess(time.monotonic() - began, 30)
            time.sleep(0.01)
        serving = time.monotonic() - began
        settled = serving + self.wait_until_settled()
        for site, importer in self.sandboxes:
            self.put_job(site, importer)
        self.wait_until_settled()
        states = self.judge()
        self.end(service)
        print(f"\nkilled under {under_way} imports: serving again after {serving:.2f} s, settled after {settled:.1f} s; "
              f"runs: {dict(states)}")
        self.assertGreaterEqual(under_way, IMPORTERS - 2)
        self.assertLess(serving, 2)
        self.assertLess(settled, SETTLED)


if __name__ == "__main__":
    unittest.main(verbosity=2)
