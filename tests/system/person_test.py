#!/usr/bin/env python3
"""Somebody is erased from the databases of all regions, with kills at every point: nothing of him is in any file."""
import contextlib
import os
import re
import signal
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from regions import SITES, WithRegions, files_below  # noqa: E402

NAME = "anna.canary@acme.example"
# In the order in which they are passed. The directory comes last.
KILLS = ["person.begun=kill", "person.erasing=kill@1", "person.erased=kill@1", "person.erasing=kill@3", "person.erased=kill@3",
         "person.erasing=kill@4"]


class Person(WithRegions):
    def setUp(self):
        super().setUp()
        self.owners = {"MUSTER_URL_" + region.upper(): self.url_of(server, "muster_owner")
                       for region, server in self.servers.items()}
        self.add_regions()
        for site, region in SITES.items():
            self.done("site", "add", site, *(["--region", region] if region else []), "--contact", NAME)

    def work(self):
        """He signs in, and changes something at every site."""
        service = self.node("serve", "")
        self.wait_for(lambda: self.ready(service)["status"] == "ok", "all regions are open")
        self.token(service)
        self.done("admin", "add", NAME, "--operator", text="correct horse\n")
        status, headers, signed = self.ask(service, "POST", "/api/v1/sign-in",
                                           {"admin": NAME, "password": "correct horse"})
        self.assertEqual(status, 200, signed)
        as_him = {"Cookie": headers["Set-Cookie"].split(";")[0], "X-CSRF-Token": signed["csrf_token"]}
        for site in SITES:
            status, _, body = self.ask(service, "PUT", f"/api/v1/sites/{site}/secrets/token", {"value": "x"}, as_him)
            self.assertLess(status, 300, body)
        self.ask(service, "GET", f"/api/v1/sites/nobody/runs?by={NAME}", headers=as_him)
        self.end(service)
        os.remove(service.log)

    def erase(self, *words, **more):
        return self.muster("person", "erase", NAME, "--yes", "--database", self.own, *words, **{**self.owners, **more})

    def files(self):
        """Without write-ahead logs of PostgreSQL and what it notes of frequent values."""
        for server in self.servers.values():
            self.sql(self.url_of(server, "postgres"), "CHECKPOINT", scope="")
            yield from files_below(os.path.join(server.data, "base"))
        for region in ("", "ch"):
            yield from files_below(self.folders[region])

    def found(self):
        places = []
        for path in self.files():
            with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
                if b"anna.canary" in file.read().lower():
                    places.append(path)
        return places

    def writers(self, region, site):
        statement = f"SELECT who FROM audit WHERE site = '{site}'"
        if region in self.servers:
            rows = self.sql(self.url_of(self.servers[region], "postgres"), statement, scope="")
        else:
            path = (self.urls[region] if region else self.own).removeprefix("sqlite:")
            with contextlib.closing(sqlite3.connect(path)) as connection:
                rows = connection.execute(statement).fetchall()
        return {row[0] for row in rows}

    def heads(self):
        return {line.split()[0]: line.split()[2] for line in self.done("audit", "verify").splitlines()[1:]
                if re.search(r" [0-9a-f]{64}", line) and not line.startswith("(")}

    def test_nothing_of_somebody_is_left_in_any_region_after_kills_at_every_point(self):
        self.work()
        self.assertGreaterEqual(len(self.found()), 4, "it is in all databases")
        heads = self.heads()
        self.assertEqual(set(heads), set(SITES))
        for kill in KILLS:
            process = self.erase(MUSTER_FAILPOINT=kill)
            self.assertEqual(process.returncode, -signal.SIGKILL, f"{kill}: {process.error}{process.out}")
            self.done("audit", "verify")
            self.assertIn("closed", self.done("admin", "list"), kill)
        done = self.erase("--backups-kept", "14")
        self.assertEqual(done.returncode, 0, done.error + done.out)
        self.assertNotIn("could not be emptied", done.out)
        pseudonym = re.search(r"person-[0-9a-f]{12}", done.out)[0]
        self.assertEqual(self.found(), [])
        self.assertEqual({site: name for site, region in SITES.items() for name in self.writers(region, site)
                          if name.startswith("person-")}, dict.fromkeys(SITES, pseudonym), "one, in all of them")
        self.assertNotIn(NAME, self.done("admin", "list"))
        self.assertIn("person.erased", self.done("audit", "list", "--site", "alpha"))
        for site in SITES:
            self.assertIn(f'"head":"{self.heads()[site]}"', self.done("site", "report", site, "--json"))
        again = self.erase()
        self.assertEqual(again.returncode, 2, again.error + again.out)
        self.assertIn("knows nobody", again.error)

    def test_whoever_may_not_change_the_audit_log_erases_nobody(self):
        self.done("admin", "add", "olga", "--operator", text="correct horse\n")
        self.done("admin", "add", NAME, "--operator", text="correct horse\n")
        refused = self.muster("person", "erase", NAME, "--yes", "--database", self.own)
        self.assertEqual(refused.returncode, 2, refused.error + refused.out)
        self.assertIn("the user who owns the tables", " ".join(refused.error.split()))
        self.assertNotIn("closed", self.done("admin", "list"))

    def test_a_pinned_site_is_reported_with_where_it_is(self):
        report = self.done("site", "report", "alpha")
        self.assertIn("In the region eu: PostgreSQL, ", report)
        self.assertIn("In the installation's own database: SQLite, ", report)
        self.assertNotIn("not-printed", report)


if __name__ == "__main__":
    unittest.main()
