#!/usr/bin/env python3
"""Three regions, two of PostgreSQL and one of SQLite: what belongs to a pinned site is in no file of another one, and
who works for one region connects to no other."""
import http.client
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import read  # noqa: E402
from regions import REGIONS, SITES, WithRegions, files_below  # noqa: E402


def connections_of(process):
    """The remote ports that a process is connected to."""
    inodes = set()
    for name in os.listdir(f"/proc/{process.pid}/fd"):
        try:
            found = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(f"/proc/{process.pid}/fd/{name}"))
        except OSError:
            continue
        if found:
            inodes.add(found[1])
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in read(f"/proc/{process.pid}/net/{table}").splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes:
                ports.add(int(fields[2].rsplit(":", 1)[1], 16))
    return ports - {0}


class Residency(WithRegions):
    def all_files(self, region):
        folders = [self.folders[region]]
        if region in self.servers:
            folders.append(self.servers[region].folder)
        for folder in folders:
            yield from files_below(folder)

    def assert_apart(self):
        """Every file is looked through: databases, write-ahead logs, logs, temporary files, backups."""
        for server in self.servers.values():
            self.sql(server.url, "CHECKPOINT", scope="")
        for site, home in SITES.items():
            canary, found = f"canary-{site}".encode(), set()
            for region in (*REGIONS, ""):
                for path in self.all_files(region):
                    if "/source-" in path:
                        continue  # of the imitation, which is not muster's
                    with open(path, "rb") as file:
                        if canary not in file.read():
                            continue
                    self.assertEqual(region, home, f"of site {site}, in {path}")
                    found.add(os.path.basename(path))
            self.assertTrue(found, f"what belongs to {site} is found where it belongs")

    def test_nothing_of_a_pinned_site_is_in_a_file_of_another_region(self):
        self.add_regions()
        self.add_sites()
        service = self.node("serve", "", "--region-workers", "0")
        token = self.token(service)
        self.wait_for(lambda: self.ready(service)["status"] == "ok", "all regions are open")
        workers = {region: self.node("worker", region, "--region", region,
                                     url=self.urls[region]) for region in REGIONS}
        ports = {region: server.port for region, server in self.servers.items()}
        seen = {region: set() for region in REGIONS}
        watched = [lambda: [seen[region].update(connections_of(worker)) for region, worker in workers.items()]]

        for site in SITES:
            self.start_run(service, token, site)
        for site in SITES:
            self.wait_for(lambda: watched[0]() and self.states(service, token, site)[:1] == ["completed"],
                          f"{site} is imported", 90)
        for region in REGIONS:
            mine = {ports[region]} if region in ports else set()
            sources = {int(box.origin.rsplit(":", 1)[1]) for site, box in self.sandboxes.items() if SITES[site] == region}
            self.assertEqual(seen[region] & set(ports.values()), mine, f"the worker of {region}")
            self.assertLessEqual(seen[region], mine | sources, f"the worker of {region} speaks to nobody else")
        for site, sandbox in self.sandboxes.items():
            self.assertEqual(len(sandbox.objects("Entra User")), 60, site)

        self.look_around(service, token)
        backups = {region: os.path.join(folder, "backups") for region, folder in self.folders.items()}
        for region in (*REGIONS, ""):
            self.done("backup", "create", backups[region], "--key-file", self.key,
                      *(["--region", region] if region else []))
        self.assert_apart()
        self.assertIn("home", self.done("backup", "list", backups[""], database=False))
        checked = self.done("region", "check")
        for words in ("eu", "forced", "owns nothing", "alpha", "ch"):
            self.assertIn(words, checked)
        self.done("audit", "verify")
        for process in (service, *workers.values()):
            self.end(process)
        self.assert_apart()

    def look_around(self, service, token):
        """Every way of asking leaves nothing at home."""
        for site in SITES:
            for path in ("", "/overview", "/jobs", "/runs", "/secrets", "/audit", "/notices", "/statistics",
                         f"/importers/{self.canary(site, 'importer')}/versions"):
                self.assertEqual(self.ask_status(service, "GET", f"/api/v1/sites/{site}{path}", token), 200, path)
            stranger = self.ask_status(service, "GET", f"/api/v1/sites/{site}/importers/{self.canary(site, 'stranger')}",
                                       {})
            self.assertEqual(stranger, 401)
            self.ask(service, "POST", f"/api/v1/sites/{site}/notices/test", {}, token)
            self.assertIn(self.canary(site, "importer"), self.done("export", "--site", site))
            self.assertIn("run.", self.done("audit", "list", "--site", site) + "run.")
        listed = self.ask(service, "GET", "/api/v1/sites", headers=token)[2]["sites"]
        self.assertEqual({each["site"]: each["region"] for each in listed}, {**SITES, "default": ""})

    def ask_status(self, service, method, path, headers):
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def test_the_service_itself_imports_for_every_region_and_says_nothing_of_it_at_home(self):
        self.add_regions()
        self.add_sites()
        service = self.node("serve", "")
        token = self.token(service)
        self.wait_for(lambda: self.ready(service)["status"] == "ok", "all regions are open")
        self.import_everywhere(service, token)
        self.sandboxes["alpha"].fault({"service": "graph", "path_prefix": "/v1.0/users", "times": 99,
                                       "action": {"status": 403}})
        path = f"/api/v1/sites/alpha/importers/{self.canary('alpha', 'importer')}"
        self.assertEqual(self.ask(service, "POST", path + "/runs", {}, token)[0], 202)
        self.ask(service, "POST", path + "/check", {}, token)
        self.wait_for(lambda: self.states(service, token, "alpha")[0] == "failed", "it fails")
        self.end(service)
        self.assert_apart()

    def test_a_region_that_does_not_answer_stops_no_other(self):
        self.add_regions()
        self.add_sites()
        service = self.node("serve", "")
        token = self.token(service)
        ready = lambda: self.ready(service)  # noqa: E731
        self.wait_for(lambda: ready()["status"] == "ok", "all regions are open")
        self.import_everywhere(service, token)
        gone = self.servers["us"]
        gone.server.send_signal(2)
        gone.server.wait(30)
        self.wait_for(lambda: ready()["status"] == "degraded", "it is noticed")
        self.assertEqual({each["region"]: each["status"] for each in ready()["regions"]},
                         {"ch": "ok", "eu": "ok", "us": "unavailable"})
        status, headers, problem = self.ask(service, "GET", "/api/v1/sites/beta/runs", headers=token)
        self.assertEqual((status, problem["code"]), (503, "region_unavailable"))
        self.assertEqual(headers["Content-Type"], "application/problem+json")
        self.assertNotIn("127.0.0.1", problem["detail"])
        for site in ("alpha", "gamma", "home"):
            path = f"/api/v1/sites/{site}/importers/{self.canary(site, 'importer')}/runs"
            self.assertEqual(self.ask(service, "POST", path, {}, token)[0], 202)
            self.wait_for(lambda: self.states(service, token, site)[:2] == ["completed"] * 2, f"{site} is imported")
        listed = self.ask(service, "GET", "/api/v1/sites", headers=token)[2]["sites"]
        self.assertIn("beta", [each["site"] for each in listed])
        checked = self.muster("region", "check", "--database", self.own)
        self.assertNotEqual(checked.returncode, 0)
        self.assertIn("us", checked.out)
        self.assertNotIn("not-printed", checked.out + checked.error)
        gone.start()
        self.wait_for(lambda: ready()["status"] == "ok", "it is back")
        self.start_again(service, token, "beta")
        self.end(service)

    def start_again(self, service, token, site):
        path = f"/api/v1/sites/{site}/importers/{self.canary(site, 'importer')}/runs"
        self.wait_for(lambda: self.ask(service, "POST", path, {}, token)[0] == 202, "it takes runs again")
        # Connections that broke are made anew one by one, when somebody notices.
        runs = f"/api/v1/sites/{site}/runs"
        self.wait_for(lambda: self.ask_status(service, "GET", runs, token) == 200, "it tells of its runs")
        self.wait_for(lambda: self.states(service, token, site)[:2] == ["completed"] * 2, f"{site} is imported")

    def test_a_service_starts_while_a_region_does_not_answer(self):
        self.add_regions()
        self.add_sites()
        gone = self.servers["eu"]
        gone.server.send_signal(2)
        gone.server.wait(30)
        service = self.node("serve", "")
        token = self.token(service)
        self.assertEqual(self.ready(service)["status"], "degraded")
        self.wait_for(lambda: self.ask(service, "GET", "/api/v1/sites/gamma", headers=token)[0] == 200, "ch is open")
        self.assertEqual(self.ask(service, "GET", "/api/v1/sites/alpha", headers=token)[0], 503)
        gone.start()
        self.wait_for(lambda: self.ask(service, "GET", "/api/v1/sites/alpha", headers=token)[0] == 200, "eu is open")
        self.end(service)

    def test_databases_are_used_as_what_they_are_only(self):
        self.add_regions()
        self.add_sites()
        eu, us, ch = (self.urls[region] for region in ("eu", "us", "ch"))

        def refused(*words):
            process = self.muster(*words)
            self.assertNotEqual(process.returncode, 0, process.out)
            self.assertNotIn("not-printed", process.error + process.out)
            return process.error

        for wrong in (("worker", "--database", eu, "--key-file", self.key, "--listen", "127.0.0.1:0"),
                      ("worker", "--database", eu, "--key-file", self.key, "--region", "us", "--listen", "127.0.0.1:0"),
                      ("worker", "--database", self.own, "--key-file", self.key, "--region", "eu", "--listen",
                       "127.0.0.1:0"),
                      ("serve", "--database", us, "--key-file", self.key, "--listen", "127.0.0.1:0"),
                      ("site", "list", "--database", eu), ("runs", "--database", ch), ("site", "add", "x", "--database", ch)):
            self.assertIn("is needed here", refused(*wrong), wrong)
        self.assertIn("holds a password", refused("region", "add", "x", "--url", eu, "--database", self.own))
        self.assertIn("is the database of region eu", refused("region", "add", "x", "--url-env", "MUSTER_URL_EU",
                                                             "--database", self.own))
        other = "sqlite:" + os.path.join(self.directory, "other.db")
        self.assertIn("of another installation", refused("region", "add", "eu", "--url-env", "MUSTER_URL_EU",
                                                         "--database", other))
        self.assertIn("no region", refused("site", "add", "x", "--region", "nowhere", "--database", self.own))
        self.assertIn("already", refused("site", "add", "home", "--region", "eu", "--database", self.own))
        self.assertIn("is in region eu", refused("region", "remove", "eu", "--database", self.own))
        # The variable names another region's database by mistake.
        swapped = self.muster("apply", self.sandboxes["alpha"].importers, "--site", "alpha", "--database", self.own,
                              MUSTER_URL_EU=us)
        self.assertNotEqual(swapped.returncode, 0)
        self.assertIn("is the database of region us", swapped.error)
        self.assertIn("failed", self.muster("region", "check", "--database", self.own, MUSTER_URL_EU=us).out)
        # A copy does not come up elsewhere unless that is said.
        backups = os.path.join(self.directory, "backups")
        made = self.done("backup", "create", backups, "--key-file", self.key, "--site", "gamma").split(": ")[0]
        self.assertIn("belongs to region ch", refused("backup", "restore", made, "--site", "gamma", "--key-file",
                                                      self.key, "--database", other))

    def test_rows_in_the_wrong_database_are_found(self):
        self.add_regions()
        self.add_sites()
        self.done("region", "check")
        owner = self.url_of(self.servers["us"], "muster_owner")
        self.sql(owner, "INSERT INTO site_keys (site, name, bytes) VALUES ('alpha', 'x', 'x')", scope="alpha")
        checked = self.muster("region", "check", "us", "--database", self.own)
        self.assertNotEqual(checked.returncode, 0)
        self.assertRegex(checked.out, r"in the wrong database\s+failed\s+alpha")
        self.sql(owner, "ALTER TABLE runs NO FORCE ROW LEVEL SECURITY", scope="")
        self.assertIn("not forced on runs", self.muster("region", "check", "us", "--database", self.own).out)


if __name__ == "__main__":
    unittest.main()
