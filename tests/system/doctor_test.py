#!/usr/bin/env python3
"""`muster doctor` on a machine where all is well, and where much is not."""
import os
import re
import socket
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import SystemTest  # noqa: E402

SIZE = "users=60,groups=6,memberships=90,devices=10,contacts=2,applications=2,service_principals=2,administrative_units=1"


class Doctor(SystemTest):
    def doctor(self, *arguments):
        process = self.muster("doctor", *arguments, *([] if "--listen" in arguments else ["--listen", "127.0.0.1:0"]))
        process.rows = {row[0]: row[1:] for row in
                        (re.split(r"  +", line) for line in process.out.splitlines()) if len(row) >= 2}
        return process

    def test_says_that_all_is_well_with_a_file_and_with_the_store(self):
        sandbox = self.sandbox(SIZE)
        self.assertEqual(self.muster("apply", sandbox.importers).returncode, 0)
        for arguments, label in (([sandbox.importers], "entra"), ([], "default/entra")):
            found = self.doctor(*arguments)
            self.assertEqual(found.returncode, 0, found.out + found.error)
            self.assertEqual(found.rows[label], ["fine", "Microsoft Entra ID and Assets are ready"])
            for what in ("clock", "time zones", "port", "store", "sites kept apart", "key", "Atlassian"):
                self.assertEqual(found.rows[what][0], "fine", found.out)
        self.assertEqual(sandbox.executions(), [])
        self.assertEqual(self.muster("runs").out.count("entra"), 0, "nothing was run")

    def test_says_everything_that_is_wrong_at_once_and_what_to_do(self):
        sandbox = self.sandbox(SIZE)
        key, other = os.path.join(self.directory, "key"), os.path.join(self.directory, "other")
        for path in (key, other):
            self.assertEqual(self.muster("key", "generate", path).returncode, 0)
        self.assertEqual(self.muster("secret", "set", "x", "--key-file", key, text="y").returncode, 0)
        text = re.sub(r"client_secret: .*", "client_secret: { secret: not-there }", sandbox.text)
        self.assertEqual(self.muster("apply", self.write("broken.yaml", text)).returncode, 0)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            listen = f"127.0.0.1:{taken.getsockname()[1]}"
            found = self.doctor("--listen", listen, "--key-file", other, "--tls-certificate", "none.pem", "--tls-key",
                                "none.pem")
        self.assertEqual(found.returncode, 1, found.out + found.error)
        for what in ("port", "certificate", "key", "default/entra"):
            self.assertEqual(found.rows[what][0], "failed", found.out)
            self.assertIn(f"- {what}: ", found.out)
        self.assertIn("To do:", found.out)

    def test_says_what_a_source_does_not_grant_and_that_a_server_is_away(self):
        sandbox = self.sandbox(SIZE, "--grant", "User.Read.All")
        found = self.doctor(sandbox.importers)
        self.assertEqual(found.returncode, 1, found.out)
        self.assertEqual(found.rows["entra"][0], "failed")
        self.assertIn("Device.Read.All", found.out)
        sandbox.stop()
        found = self.doctor(sandbox.importers)
        self.assertEqual(found.rows["Atlassian"][0], "failed", found.out)
        self.assertIn("cannot sign in to Microsoft Entra ID", found.out)


if __name__ == "__main__":
    unittest.main(verbosity=2)
