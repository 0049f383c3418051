"""System tests whose runs the checker judges too: beside what a test itself asserts, every run of `muster run` must
keep the invariants of the product. The sandbox is judged-sandbox, which sees all that is asked and answered."""
import json
import os
import signal

from harness import Sandbox, SystemTest, read


def option(arguments, name, default=""):
    return arguments[arguments.index(name) + 1] if name in arguments else default


class JudgedTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.known = set()
        self.dead = {}      # run id -> number of the run for the judge

    def sandbox(self, *arguments):
        sandbox = Sandbox(self.directory, *arguments, program="judged-sandbox")
        self.addCleanup(sandbox.stop)
        self.addCleanup(self.assert_judged_well, sandbox)
        self.judged = sandbox
        return sandbox

    def assert_judged_well(self, sandbox):
        for run_id, number in self.dead.items():
            report = json.loads(super().muster("runs", "show", run_id, "--json").out)
            outcome = {"run": number, "final_states": [report["state"]]}
            if report["state"] != "abandoned":
                outcome["report"] = report
            sandbox.call("/_judge/settle", outcome)
        verdict = sandbox.call("/_judge/verdict")
        self.assertEqual(verdict["violations"], [], verdict["timeline"])
        self.assertGreater(verdict["runs"], 0, "nothing was judged")

    def muster(self, *arguments, **more):
        if arguments[0] != "run":
            return super().muster(*arguments, **more)
        file = read(os.path.join(self.directory, arguments[1]))
        start = file.index(f"  - name: {arguments[2]}\n")
        importer = file[start:file.find("  - name: ", start + 1)]
        begun = self.judged.call("/_judge/begin", {
            "importer": arguments[2], "plan_only": "--out" in arguments or "type: files" in importer,
            "limit": int(option(arguments, "--limit", 0)), "confirm_partial": "--confirm-partial" in arguments,
            "approval_of": option(arguments, "--approve"), "says_ignore": "missing_objects: ignore" in importer})
        process = super().muster(*arguments, **more)
        if process.returncode == -signal.SIGKILL:
            self.judged.call("/_judge/end", {"died": True, "texts": [process.out, process.error]})
            self.dead.update({row["run_id"]: begun["run"] for row in self.new_runs()})
            return process
        rows = self.new_runs(*(["--database", option(arguments, "--database")] if "--database" in arguments else []))
        if not rows and process.returncode == 2:
            self.judged.call("/_judge/forget", {})
            return process
        self.assertEqual(len(rows), 1, process.out + process.error)
        report = rows[0]["report"]
        self.judged.call("/_judge/end", {"report": report, "final_states": [rows[0]["state"]],
                                         "texts": [process.out, process.error, json.dumps(report)]})
        return process

    def new_runs(self, *database):
        """Those on record that were not yet; `report` is what everybody sees of them."""
        rows = json.loads(super().muster("runs", "--json", *database).out or "[]")
        fresh = [row for row in rows if row["run_id"] not in self.known]
        for row in fresh:
            self.known.add(row["run_id"])
            row["report"] = json.loads(super().muster("runs", "show", row["run_id"], "--json", *database).out)
        return fresh
