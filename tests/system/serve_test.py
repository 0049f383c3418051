#!/usr/bin/env python3
"""The service as a process: runs what is due, survives being killed, and ends when it is asked to."""
import os
import re
import signal
import sqlite3
import sys
import unittest
import urllib.error
import urllib.request
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import SystemTest, read  # noqa: E402


class Serve(SystemTest):
    def database(self, sql, *values):
        with sqlite3.connect(os.path.join(self.state, "muster", "muster.db"), timeout=30) as connection:
            return connection.execute(sql, values).fetchall()

    def put_job(self, importer="entra"):
        job = str(uuid.uuid4())
        self.database("INSERT INTO jobs (site, job_id, importer, trigger_kind, options, due, run_id, state, worker, fence)"
                      " VALUES ('default', ?, ?, 'manual', '', 0, '', 'waiting', '', 0)", job, importer)
        return job

    def wait_until_over(self, job):
        self.wait_for(lambda: self.database("SELECT state FROM jobs WHERE job_id = ?", job) == [("over",)],
                      "the job is over")

    def runs(self):
        return self.database("SELECT state, reason, execution_id FROM runs ORDER BY ordinal")

    def apply(self, sandbox):
        applied = self.muster("apply", sandbox.importers)
        self.assertEqual(applied.returncode, 0, applied.error)
        self.assertIn("entra: new", applied.out)

    def test_runs_what_is_due_and_ends_when_asked(self):
        sandbox = self.sandbox()
        self.apply(sandbox)
        service = self.serve()
        for path in ("healthz", "readyz"):
            self.assertEqual(urllib.request.urlopen(f"http://127.0.0.1:{service.port}/{path}").status, 200)
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{service.port}/api/v1/sites")
        self.assertEqual(refused.exception.code, 401)
        self.wait_until_over(self.put_job())
        self.assert_equals_truth(sandbox)
        self.wait_until_over(self.put_job())
        self.assertEqual([state for state, _, _ in self.runs()], ["completed", "completed"])
        self.end(service)

    def test_a_run_that_died_with_the_service_is_closed_and_cancelled_by_the_next_one(self):
        sandbox = self.sandbox()
        self.apply(sandbox)
        job = None
        for point in ("assets.started", "assets.completing"):
            with self.subTest(point=point):
                before = len(sandbox.executions())
                held = sandbox.objects("Entra User")
                service = self.serve(MUSTER_FAILPOINT=f"{point}=kill@1")
                job = self.put_job()
                self.assertEqual(service.wait(60), -signal.SIGKILL, read(service.log))
                self.database("UPDATE jobs SET leased_until = 0 WHERE job_id = ?", job)
                service = self.serve()
                self.wait_until_over(job)
                self.assertEqual(self.runs()[-1][:2], ("abandoned", "process_died"))
                self.assertEqual(len(sandbox.executions()), before + 1, "a job is one run")
                self.assertEqual(sandbox.executions()[-1]["states"][-1], "CANCELLED")
                self.assertEqual(sandbox.objects("Entra User"), held)
                self.end(service)
        service = self.serve()
        self.wait_until_over(self.put_job())
        self.assertEqual(self.runs()[-1][0], "completed")
        self.assert_equals_truth(sandbox)
        self.end(service)

    def test_a_job_whose_worker_died_before_its_run_began_is_run(self):
        sandbox = self.sandbox()
        self.apply(sandbox)
        job = self.put_job()
        self.database("UPDATE jobs SET state = 'leased', worker = 'gone', fence = 1, leased_until = 0")
        service = self.serve()
        self.wait_until_over(job)
        self.assertEqual([state for state, _, _ in self.runs()], ["completed"])
        self.end(service)

    def test_cancels_what_is_under_way_when_it_is_asked_to_end(self):
        sandbox = self.sandbox("users=3000,groups=300,memberships=9000,devices=80", "--latency", "300")
        self.apply(sandbox)
        service = self.serve()
        job = self.put_job()
        self.wait_for(lambda: self.runs() and sandbox.journal(), "the run has begun")
        self.end(service)
        self.assertEqual([run[:2] for run in self.runs()], [("cancelled", "cancelled")])
        self.assertFalse([e for e in sandbox.executions() if e["states"][-1] in ("INGESTING", "DONE")])
        self.assertEqual(self.database("SELECT state FROM jobs WHERE job_id = ?", job), [("over",)])

    def test_a_run_that_cannot_begin_is_in_the_history_with_what_to_do(self):
        sandbox = self.sandbox()
        text = sandbox.text.replace("{ file: ", "{ env: MUSTER_TEST_NOT_SET } # ")
        self.write("importers.yaml", re.sub(r"client_secret: .*", "client_secret: { env: MUSTER_TEST_NOT_SET }", text))
        self.apply(sandbox)
        service = self.serve()
        self.wait_until_over(self.put_job())
        self.assertEqual([run[:2] for run in self.runs()], [("failed", "settings")])
        shown = self.muster("runs")
        self.assertIn("failed", shown.out)
        self.end(service)

    def test_runs_what_its_schedule_says(self):
        sandbox = self.sandbox()
        self.apply(sandbox)
        text = re.sub(r"(?m)^( *)destination:", r"\1schedule: hourly\n\1destination:", sandbox.text, count=1)
        self.write("importers.yaml", text)
        changed = self.muster("apply", sandbox.importers)
        self.assertIn("entra: changed, version 2", changed.out, changed.error)
        # A schedule that stays as it is goes on; one that changes begins anew.
        begun = "SELECT last_tick FROM importers WHERE importer = 'entra'"
        first = self.database(begun)
        self.write("importers.yaml", text.replace("schedule: hourly", "schedule: hourly\n    record_limit: 100000"))
        self.assertIn("version 3", self.muster("apply", sandbox.importers).out)
        self.assertEqual(self.database(begun), first)
        self.write("importers.yaml", text.replace("schedule: hourly", "schedule: { every: 60m }"))
        self.assertIn("version 4", self.muster("apply", sandbox.importers).out)
        self.assertGreater(self.database(begun), first)
        # As if it had been put in two hours ago: the latest tick is caught up at once.
        self.database("UPDATE importers SET last_tick = last_tick - 7200000000")
        service = self.serve()
        self.wait_for(lambda: [state for state, _, _ in self.runs()] == ["completed"], "a run by schedule")
        self.assert_equals_truth(sandbox)
        self.assertEqual(self.database("SELECT trigger_kind, count(*) FROM jobs GROUP BY 1"), [("schedule", 1)])
        self.end(service)

    def test_runs_with_secrets_that_are_stored(self):
        sandbox = self.sandbox()
        key, other = os.path.join(self.directory, "key"), os.path.join(self.directory, "key-2")
        self.assertEqual(self.muster("key", "generate", key).returncode, 0)
        self.assertEqual(self.muster("key", "generate", other).returncode, 0)
        self.assertEqual(self.muster("key", "generate", key).returncode, 2, "a key is never replaced")
        text, values = sandbox.text, {}
        for place in re.findall(r"\{ file: [^}]*\}", text):
            path = re.search(r'file: "?([^" }]+)', place)[1]
            name = os.path.basename(path)
            values[name] = read(os.path.join(os.path.dirname(sandbox.importers), path))
            text = text.replace(place, f"{{ secret: {name} }}")
        self.write("importers.yaml", text)
        self.assertGreaterEqual(len(values), 2, sandbox.text)
        refused = self.muster("secret", "set", "x", text="y")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--key-file", refused.error)
        for name, value in values.items():
            stored = self.muster("secret", "set", name, "--key-file", key, text=value)
            self.assertEqual(stored.returncode, 0, stored.error)
            self.assertNotIn(value.strip(), stored.out + stored.error)
        shown = self.muster("secret", "list").out
        self.assertTrue(all(name in shown for name in values), shown)
        self.apply(sandbox)
        for arguments, word in (((), "no key is given"), (("--key-file", other), "is under the key")):
            wrong = self.muster("serve", "--listen", "127.0.0.1:0", *arguments)
            self.assertEqual(wrong.returncode, 2, wrong.error)
            self.assertIn(word.split()[-1], wrong.error)
        service = self.serve("--key-file", key)
        self.wait_until_over(self.put_job())
        self.assert_equals_truth(sandbox)
        # The key changes while it runs.
        rotated = self.muster("key", "rotate", "--key-file", key, "--new-key-file", other)
        self.assertEqual(rotated.returncode, 0, rotated.error)
        self.wait_until_over(self.put_job())
        self.end(service)
        service = self.serve("--key-file", other)
        self.wait_until_over(self.put_job())
        self.assertEqual(self.muster("secret", "remove", next(iter(values))).returncode, 0)
        self.assertEqual(self.muster("secret", "remove", next(iter(values))).returncode, 2)
        self.wait_until_over(self.put_job())
        self.assertEqual([run[:2] for run in self.runs()], [("completed", "ok")] * 3 + [("failed", "settings")])
        self.end(service)
        everything = b""
        for folder, _, names in os.walk(os.path.join(self.state, "muster")):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    everything += file.read()
        for value in values.values():
            self.assertNotIn(value.strip().encode(), everything)
            self.assertNotIn(value.strip(), read(service.log))

    def test_says_what_is_wrong_with_where_it_shall_listen(self):
        wrong = self.muster("serve", "--listen", "nowhere")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("ADDRESS:PORT", wrong.error)


if __name__ == "__main__":
    unittest.main(verbosity=2)
