#!/usr/bin/env python3
"""The service on PostgreSQL: two users, one of whom owns the tables; directly and through PgBouncer."""
import os
import subprocess
import sys
import unittest
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from harness import SystemTest, read  # noqa: E402
from with_postgres import PgBouncer, Postgres, program  # noqa: E402


class OnPostgres(SystemTest):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()
        cls.addClassCleanup(cls.postgres.stop)
        cls.pgbouncer = PgBouncer(cls.postgres)
        cls.addClassCleanup(cls.pgbouncer.stop)
        cls.databases = 0

    def sql(self, statement, user="postgres", database="postgres"):
        return subprocess.run([program("psql"), "-qAt", self.url(user, database), "-c", statement], check=True,
                              capture_output=True, text=True).stdout.strip()

    def url(self, user, database, through=None):
        return (through or self.postgres).url.replace("postgres@", f"{user}@").rsplit("/", 1)[0] + "/" + database

    def database(self):
        type(self).databases += 1
        name = f"muster_{self.databases}"
        self.sql(f"CREATE DATABASE {name} OWNER muster_owner")
        return name

    def migrated(self):
        name = self.database()
        done = self.muster("migrate", "--database", self.url("muster_owner", name), "--grant-to", "muster_app")
        self.assertEqual(done.returncode, 0, done.error)
        self.assertIn("muster_app: may work with it", done.out)
        return name

    def test_the_services_user_says_who_has_to_build_the_tables(self):
        refused = self.muster("serve", "--database", self.url("muster_app", self.database()), "--listen", "127.0.0.1:0")
        self.assertEqual(refused.returncode, 8, refused.error)
        self.assertIn("--grant-to muster_app", refused.error)

    def test_a_superuser_is_no_user_for_a_service(self):
        database = self.url("postgres", self.migrated())
        for command in ("serve", "worker"):
            refused = self.muster(command, "--database", database, "--listen", "127.0.0.1:0")
            self.assertEqual(refused.returncode, 2, refused.error)
            self.assertIn("superuser", refused.error)
        self.assertRegex(self.doctor(database), r"sites kept apart +failed")

    def doctor(self, database):
        found = self.muster("doctor", self.sandbox().importers, "--database", database, "--listen", "127.0.0.1:0")
        self.assertEqual(found.returncode, 1, found.error)
        return found.out

    def test_the_doctor_says_that_the_tables_are_not_there_yet(self):
        found = self.doctor(self.url("muster_app", self.database()))
        self.assertRegex(found, r"store +failed +not up to date")
        self.assertIn("muster migrate", found)
        self.assertRegex(found, r"clock of the store +fine")

    def test_runs_what_is_due_directly_and_through_pgbouncer(self):
        sandbox = self.sandbox()
        for through in (self.postgres, self.pgbouncer):
            with self.subTest(through=type(through).__name__):
                name = self.migrated()
                url = self.url("muster_app", name, through)
                applied = self.muster("apply", sandbox.importers, "--database", url)
                self.assertEqual(applied.returncode, 0, applied.error)
                service = self.serve("--database", url)
                self.sql("INSERT INTO jobs (site, job_id, importer, trigger_kind, options, due, run_id, state, worker, "
                         "fence) VALUES ('default', 'j', 'entra', 'manual', '', 0, '', 'waiting', '', 0)",
                         database=name)
                self.wait_for(lambda: self.sql("SELECT state FROM jobs", database=name) == "over", read(service.log))
                self.assertEqual(urllib.request.urlopen(f"http://127.0.0.1:{service.port}/readyz").status, 200)
                self.assertEqual(self.sql("SELECT state FROM runs", database=name), "completed", read(service.log))
                self.assert_equals_truth(sandbox)
                self.assertEqual(self.sql("SELECT count(*) FROM runs", "muster_app", name), "0", "of no site")
                self.end(service)
                verified = self.muster("audit", "verify", "--database", url)
                self.assertEqual(verified.returncode, 0, verified.error)
                # The next importer compares with nothing that it did not bring itself.
                sandbox.call("/_sandbox/reset", {})


if __name__ == "__main__":
    unittest.main()
