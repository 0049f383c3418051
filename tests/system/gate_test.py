"""What the gate and approvals do from the command line: slips, used approvals, folders, frozen schemas."""
import json
import os
import re
import shutil
import subprocess
import unittest

from harness import BINARIES, read
from judged import JudgedTest


class Gate(JudgedTest):
    SMALL = "users=20,groups=3,memberships=10,devices=5"

    def importer(self, sandbox, old, new):
        text = read(sandbox.importers)
        self.assertIn(old, text)
        return self.write("changed.yaml", text.replace(old, new, 1))

    def test_a_slip_in_database_holds_the_run(self):
        sandbox = self.sandbox(self.SMALL)
        importers = self.importer(sandbox, "missing_objects: ignore", "missing_objects: remove")
        run = ("run", importers, "entra")
        first = self.muster(*run)
        self.assertEqual(first.returncode, 0, first.error)
        executions = len(sandbox.executions())
        slip = self.muster(*run, "--database", "sqlite:mustre.db")
        self.assertEqual(slip.returncode, 4, slip.out + slip.error)
        self.assertIn("[gate_forgotten]", slip.out)
        self.assertIn("The database is sqlite:mustre.db.", slip.error)
        self.assertEqual(len(sandbox.executions()), executions)
        again = self.muster(*run, "--database", "sqlite:mustre.db")
        self.assertEqual(again.returncode, 4, "a held run is no memory")
        self.assertEqual(self.muster(*run).returncode, 0)

    def test_the_first_run_after_the_mapping_was_sent_alone_is_not_held(self):
        sandbox = self.sandbox(self.SMALL)
        importers = self.importer(sandbox, "missing_objects: ignore", "missing_objects: remove")
        self.assertEqual(self.muster("schema", importers, "entra", "--send").returncode, 0)
        first = self.muster("run", importers, "entra")
        self.assertEqual(first.returncode, 0, first.out + first.error)

    def held_run(self):
        sandbox = self.sandbox("users=200,groups=3,memberships=10,devices=5")
        self.run_import(sandbox)
        sandbox.call("/_sandbox/edits", [{"data_set": "users", "remove_percent": 70}])
        return sandbox, self.run_import(sandbox, expect=4)

    def test_a_run_into_files_uses_the_approval_up(self):
        sandbox, held = self.held_run()
        approve = ("--approve", held["run_id"], "--approved-by", "Ada")
        self.run_import(sandbox, "--out", "look", *approve)
        again = self.muster("run", sandbox.importers, "entra", *approve)
        self.assertEqual(again.returncode, 2)
        self.assertIn("was used by run", again.error)

    def test_nobody_approves(self):
        sandbox, held = self.held_run()
        blank = self.muster("run", sandbox.importers, "entra", "--approve", held["run_id"], "--approved-by", "  ")
        self.assertEqual(blank.returncode, 2)
        self.assertIn("needs somebody's name", blank.error)

    def test_an_approval_is_of_the_objects_that_were_shown(self):
        sandbox, held = self.held_run()
        sandbox.call("/_sandbox/edits", method="DELETE")
        affected = held["gate"]["findings"][0]["affected"]
        sandbox.call("/_sandbox/edits", [{"data_set": "users", "remove_first": affected}])
        other = self.run_import(sandbox, "--approve", held["run_id"], expect=4)
        self.assertEqual(other["gate"]["findings"][0]["affected"], affected)
        self.assertIn("not what was approved", " ".join(other["gate"]["notices"]))

    def test_a_part_does_not_take_the_place_of_all_records_in_a_folder_unasked(self):
        sandbox = self.sandbox(self.SMALL)
        run = ("run", sandbox.importers, "entra", "--out", "all")
        self.assertEqual(self.muster(*run).returncode, 0)
        before = read(os.path.join(self.directory, "all", "users.jsonl"))
        refused = self.muster(*run, "--limit", "3")
        self.assertEqual(refused.returncode, 2, refused.out)
        self.assertIn("--confirm-partial", refused.error)
        self.assertEqual(read(os.path.join(self.directory, "all", "users.jsonl")), before)
        os.symlink("all", os.path.join(self.directory, "link"))
        for spelling in ("all/", "./all", "few/../all//", "link/", os.path.join(self.directory, "all", ".")):
            again = self.muster("run", sandbox.importers, "entra", "--out", spelling, "--limit", "3")
            self.assertEqual(again.returncode, 2, spelling + again.out)
        self.assertEqual(read(os.path.join(self.directory, "all", "users.jsonl")), before)
        self.assertEqual(self.muster("run", sandbox.importers, "entra", "--out", "few", "--limit", "3").returncode, 0)
        self.assertEqual(self.muster(*run, "--limit", "3", "--confirm-partial").returncode, 0)
        self.assertEqual(self.muster(*run, "--limit", "3").returncode, 0, "a part in the place of a part")

    def test_a_part_does_not_replace_everything_in_the_folder_that_the_importer_file_names(self):
        sandbox = self.sandbox(self.SMALL)
        destination = re.sub(r"type: jsm_assets\n(      .*\n)*", "type: files\n      dir: all/\n", sandbox.text)
        self.write("files.yaml", destination)
        self.assertEqual(self.muster("run", "files.yaml", "entra").returncode, 0)
        for file in ("files.yaml", "./files.yaml", os.path.join(self.directory, "files.yaml")):
            refused = self.muster("run", file, "entra", "--limit", "3")
            self.assertEqual(refused.returncode, 2, file + refused.out)
            self.assertIn("--confirm-partial", refused.error)

    def test_a_database_that_may_only_be_read_is_told_with_advice(self):
        sandbox = self.sandbox(self.SMALL)
        self.run_import(sandbox, "--database", "sqlite:kept/muster.db")
        kept = os.path.join(self.directory, "kept")
        binary = shutil.copy(os.path.join(BINARIES, "muster"), self.directory)
        for path, mode in ((self.directory, 0o755), (kept, 0o555), (os.path.join(kept, "muster.db"), 0o444)):
            os.chmod(path, mode)
        nobody = {"user": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        looked = subprocess.run([binary, "runs", "--database", f"sqlite:{kept}/muster.db"], capture_output=True,
                                text=True, **nobody)
        os.chmod(kept, 0o755)
        self.assertEqual(looked.returncode, 2, looked.stderr)
        self.assertIn("may not write", looked.stderr)

    def test_check_and_run_say_what_assets_never_changes(self):
        sandbox = self.sandbox(self.SMALL)
        self.run_import(sandbox)
        self.assertEqual(self.muster("check", sandbox.importers, "entra").returncode, 0)
        for selection, words in (
                ("{ users: { rename: { mail: Post } } }", "'Mail' of 'Entra User' cannot become 'Post'"),
                ("{ users: { exclude: [displayName] } }", "are named by 'Display Name' and cannot be named by")):
            changed = self.importer(sandbox, "    destination:", f"    data_sets: {selection}\n    destination:")
            check = self.muster("check", changed, "entra", "--json")
            self.assertEqual(check.returncode, 5, check.out + check.error)
            destination = json.loads(check.out)["importers"][0]["destination"]
            self.assertIn(words, " ".join(destination["refusals"]))
            self.assertFalse(destination["ready"])
            run = self.muster("run", changed, "entra")
            self.assertEqual(run.returncode, 5, run.out)
            self.assertIn("[schema_frozen]", run.out)
            self.assertIn(words, run.out)


if __name__ == "__main__":
    unittest.main()
