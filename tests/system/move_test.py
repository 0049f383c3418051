#!/usr/bin/env python3
"""A site is moved between databases of both kinds, and killed at every point of it: it is whole in exactly one."""
import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import read  # noqa: E402
from regions import SITES, WithRegions, files_below, program  # noqa: E402

# So many runs has the site whose pause is measured.
RUNS = int(os.environ.get("MUSTER_MOVE_RUNS", "3000"))
# In the order in which they are passed; from `move.switched` on the site is where it is to be.
BEFORE = ["move.pausing=kill", "move.paused=kill", "backup.restoring=kill@1", "backup.restoring=kill@4",
          "store.committing=kill@2", "move.copied=kill", "move.switching=kill"]
AFTER = ["move.switched=kill", "move.settled=kill", "move.erasing=kill", "move.erased=kill"]


class Move(WithRegions):
    def setUp(self):
        super().setUp()
        self.owners = {"MUSTER_URL_" + region.upper(): self.url_of(server, "muster_owner")
                       for region, server in self.servers.items()}
        self.add_regions()

    def move(self, site, region, *words, **more):
        where = ["--region", region] if region else ["--home"]
        return self.muster("site", "move", site, *where, "--key-file", self.key, "--database", self.own, *words,
                           **{**self.owners, **more})

    def moved(self, site, region):
        process = self.move(site, region)
        self.assertEqual(process.returncode, 0, process.error + process.out)
        self.assertNotIn("not-printed", process.error + process.out)
        return float(re.search(r"paused for ([0-9.]+) s", process.out)[1])

    def cancelled(self, site):
        process = self.muster("site", "move", site, "--cancel", "--database", self.own, **self.owners)
        self.assertEqual(process.returncode, 0, process.error + process.out)

    def path_of(self, region):
        return (self.urls[region] if region else self.own).removeprefix("sqlite:")

    def query(self, region, statement):
        """Rows as dictionaries, whatever the guards say."""
        if region in self.servers:
            done = subprocess.run([program("psql"), "-qAt", self.url_of(self.servers[region], "postgres"), "-c",
                                   f"SELECT json_agg(row_to_json(found)) FROM ({statement}) found"],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            return json.loads(done.stdout) if done.stdout.strip() else []
        with contextlib.closing(sqlite3.connect(self.path_of(region), timeout=30)) as connection:
            connection.row_factory = sqlite3.Row
            return [{key: "\\x" + row[key].hex() if isinstance(row[key], bytes) else row[key] for key in row.keys()}
                    for row in connection.execute(statement)]

    def change(self, region, statement):
        if region in self.servers:
            self.sql(self.url_of(self.servers[region], "postgres"), statement, scope="")
            return
        with contextlib.closing(sqlite3.connect(self.path_of(region), timeout=30)) as connection:
            connection.execute(statement)
            connection.commit()

    def tables(self, region):
        if region in self.servers:
            rows = self.query(region, "SELECT table_name AS name FROM information_schema.columns WHERE "
                                      "table_schema = 'public' AND column_name = 'site'")
        else:
            rows = self.query(region, "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE "
                                      "m.type = 'table' AND c.name = 'site'")
        return sorted({row["name"] for row in rows} - {"admin_roles"})

    def rows(self, region, site):
        found = {}
        for table in self.tables(region):
            rows = self.query(region, f"SELECT * FROM {table} WHERE site = '{site}'")
            for row in rows:
                if table == "sites":
                    del row["place"], row["region"]
            found[table] = sorted(json.dumps(row, sort_keys=True) for row in rows)
        return found

    def place(self, region, site):
        rows = self.query(region, f"SELECT place FROM sites WHERE site = '{site}'")
        return rows[0]["place"] if rows else None

    def region_of(self, site):
        row = self.query("", f"SELECT place, region FROM sites WHERE site = '{site}'")[0]
        return row["region"] if row["place"] == "elsewhere" else ""

    def judge(self, site, whole, region, is_done):
        """It is where the directory says, with every row that it had, and in force nowhere else."""
        self.assertEqual(self.region_of(site), region)
        found = self.rows(region, site)
        for table, rows in whole.items():
            if table == "audit":
                self.assertLessEqual(set(rows), set(found[table]), "the audit log goes on")
            elif table != "audit_heads":
                self.assertEqual(found[table], rows, table)
        for other in ("eu", "us", "ch", ""):
            if other == region:
                continue
            place = self.place(other, site)
            self.assertIn(place, (None, "arriving", "leaving") if other else ("elsewhere",), f"in {other or 'own'}")
            if not is_done:
                continue
            self.assertEqual(place, None if other else "elsewhere")
            left = {table: rows for table, rows in self.rows(other, site).items() if rows}
            self.assertEqual(set(left), set() if other else {"sites"}, f"what is left in {other or 'own'}")
        if is_done:
            self.assertEqual(self.place(region, site), "pinned" if region else "")
            self.assertEqual(self.query("", "SELECT * FROM site_moves"), [])

    def test_a_site_goes_round_all_databases_and_nothing_of_it_stays_behind(self):
        self.add_sites()
        service = self.node("serve", "")
        token = self.token(service)
        self.wait_for(lambda: self.ready(service)["status"] == "ok", "all regions are open")
        self.start_run(service, token, "alpha")
        self.wait_for(lambda: self.states(service, token, "alpha") == ["completed"], "it is imported")
        self.end(service)
        whole, before = self.rows("eu", "alpha"), "eu"
        self.assertGreater(len(whole["audit"]), 3)
        for region in ("ch", "us", "", "eu", "", "ch"):
            self.moved("alpha", region)
            self.judge("alpha", whole, region, is_done=True)
            self.done("audit", "verify")
            self.done("region", "check")
            if before in ("ch", ""):
                self.assert_gone("alpha", before)
            before = region
        acts = self.done("audit", "list", "--site", "alpha", "--limit", "100")
        self.assertEqual(acts.count("site.moved"), 6)
        self.assertEqual(self.done("audit", "list", "--installation", "--limit", "100").count("site.move_ended"), 6)
        # It is used where it is now, and knows what it brought before.
        service = self.node("serve", "")
        self.wait_for(lambda: self.ready(service)["status"] == "ok", "all regions are open")
        self.start_run(service, {**token}, "alpha")
        self.wait_for(lambda: self.states(service, token, "alpha") == ["completed"] * 2, "it is imported")
        self.end(service)
        report = json.loads(self.query("ch", "SELECT report FROM runs WHERE site = 'alpha' ORDER BY ordinal DESC")[0]["report"])
        for data_set in report["data_sets"]:
            self.assertEqual(data_set["unchanged"], data_set["accepted"], data_set["name"])

    def assert_gone(self, site, region):
        """From the files of SQLite, where what is deleted is written over."""
        canary = f"canary-{site}".encode()
        for path in files_below(self.folders[region]):
            if "/source-" in path or path.endswith(".log"):
                continue
            with open(path, "rb") as file:
                self.assertNotIn(canary, file.read(), path)

    def test_a_kill_at_any_point_leaves_it_whole_in_one_region(self):
        if "failpoints" not in self.muster("version", "--features").out:
            self.skipTest("this build has no failpoints")
        self.add_sites()
        for region, site in (("eu", "alpha"), ("ch", "gamma"), ("", "home")):
            self.fill(region, site, 120)
        ways = [("gamma", "eu"), ("home", "ch"), ("alpha", "")]
        for number, (site, to) in enumerate(ways):
            for point in BEFORE + AFTER:
                with self.subTest(site=site, to=to, point=point):
                    here = self.region_of(site)
                    if here == to:  # after a kill behind the switch it went there
                        self.moved(site, SITES[site] if SITES[site] != to else "us")
                        here = self.region_of(site)
                    whole = self.rows(here, site)
                    killed = self.move(site, to, MUSTER_FAILPOINT=point)
                    self.assertEqual(killed.returncode, -signal.SIGKILL, killed.error + killed.out)
                    is_there = point in AFTER
                    self.judge(site, whole, to if is_there else here, is_done=False)
                    if not is_there and number % 2 == 0:
                        self.cancelled(site)
                        self.judge(site, whole, here, is_done=True)
                        continue
                    self.moved(site, to) if not is_there else self.assertEqual(self.move(site, to).returncode, 0)
                    self.judge(site, whole, to, is_done=True)

    def test_a_cancelling_that_is_killed_is_completed(self):
        if "failpoints" not in self.muster("version", "--features").out:
            self.skipTest("this build has no failpoints")
        self.add_sites()
        whole = self.rows("eu", "alpha")
        for point in ("move.erasing=kill", "move.cancelling=kill"):
            self.move("alpha", "ch", MUSTER_FAILPOINT="move.copied=kill")
            killed = self.muster("site", "move", "alpha", "--cancel", "--database", self.own, **self.owners,
                                 MUSTER_FAILPOINT=point)
            self.assertEqual(killed.returncode, -signal.SIGKILL, killed.error)
            self.judge("alpha", whole, "eu", is_done=False)
            self.cancelled("alpha")
            self.judge("alpha", whole, "eu", is_done=True)

    def fill(self, region, site, count):
        """Runs as a service makes them; their reports are what takes space."""
        series = ("generate_series(1, {0}) AS n" if region in self.servers else
                  "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {0}) SELECT n FROM s)")
        report = "replace(hex(zeroblob(1000)), '00', 'ab')" if region not in self.servers else "repeat('ab', 1000)"
        self.change(region, "INSERT INTO runs (site, run_id, importer, state, reason, message, started, ended, report, "
                            f"execution_id, kind, destination, ordinal) SELECT '{site}', 'r-' || n, 'x', 'completed', 'ok',"
                            f" 'Done.', n, n, {report}, '', 'full', 'files', n FROM " + series.format(count))

    def test_the_pause_is_short(self):
        """MUSTER_MOVE_RUNS=100000 is what docs/how-to/moving-a-site.md tells of."""
        self.add_sites()
        self.fill("eu", "alpha", RUNS)
        for region in ("us", "ch", "eu"):
            paused = self.moved("alpha", region)
            print(f"\n{RUNS} runs to {region}: paused for {paused} s", file=sys.stderr)
            self.assertLess(paused, 30)
        self.assertEqual(len(self.query("eu", "SELECT run_id FROM runs WHERE site = 'alpha'")), RUNS)

    def test_schedules_wait_and_are_caught_up_and_changes_are_refused_meanwhile(self):
        if "failpoints" not in self.muster("version", "--features").out:
            self.skipTest("this build has no failpoints")
        self.add_sites()
        path = self.sandboxes["alpha"].importers
        text = re.sub(r"(?m)^( *)destination:", r"\1schedule: { every: 1h }\n\1destination:", read(path), count=1)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.done("apply", path, "--site", "alpha")
        service = self.node("serve", "")
        token = self.token(service)
        self.wait_for(lambda: self.ready(service)["status"] == "ok", "all regions are open")
        moving = self.start("site", "move", "alpha", "--region", "ch", "--key-file", self.key, "--database", self.own,
                            **self.owners, MUSTER_FAILPOINT="move.paused=delay:14000")
        self.wait_for(lambda: self.place("eu", "alpha") == "leaving", "it is paused")
        self.change("eu", "UPDATE importers SET last_tick = last_tick - 3600000000 WHERE site = 'alpha'")
        site = "/api/v1/sites/alpha"
        self.assertEqual(self.ask(service, "GET", site + "/runs", headers=token)[0], 200)
        importer = f"{site}/importers/{self.canary('alpha', 'importer')}"
        for method, address, body in (("PUT", site + "/contact", {"contact": "x@example.com"}),
                                      ("POST", importer + "/runs", {}), ("POST", importer + "/pause", {}),
                                      ("PUT", site + "/secrets/x", {"value": "x"}), ("DELETE", site, None)):
            status, _, problem = self.ask(service, method, address, body, token)
            self.assertEqual((status, problem["code"]), (409, "site_moving"), address)
        time.sleep(11)  # the planner looks every ten seconds
        self.assertEqual(self.query("eu", "SELECT * FROM jobs WHERE site = 'alpha'"), [])
        out, error = moving.communicate(timeout=60)
        self.assertEqual(moving.returncode, 0, error + out)
        self.wait_for(lambda: self.query("ch", "SELECT tick FROM jobs WHERE site = 'alpha'"), "the tick is caught up")
        self.wait_for(lambda: self.states(service, token, "alpha") == ["completed"], "where it is now")
        self.assertEqual(self.query("eu", "SELECT * FROM runs WHERE site = 'alpha'"), [])
        self.assertEqual(self.ask(service, "PUT", site + "/contact", {"contact": "x@example.com"}, token)[0], 200)
        self.end(service)

    def test_a_run_under_way_ends_before_it_is_copied(self):
        self.add_sites()
        service = self.node("serve", "")
        token = self.token(service)
        self.wait_for(lambda: self.ready(service)["status"] == "ok", "all regions are open")
        self.sandboxes["alpha"].fault({"service": "graph", "path_prefix": "/v1.0/groups", "times": 1,
                                       "action": {"delay": 4000}})
        self.start_run(service, token, "alpha")
        self.wait_for(lambda: self.query("eu", "SELECT 1 AS one FROM runs WHERE state = 'running'"), "it runs")
        process = self.move("alpha", "ch")
        self.assertEqual(process.returncode, 0, process.error)
        self.assertIn("waiting until its runs under way have ended", process.error)
        self.assertEqual([row["state"] for row in self.query("ch", "SELECT state FROM runs WHERE site = 'alpha'")],
                         ["completed"])
        self.assertEqual(self.states(service, token, "alpha"), ["completed"])
        self.end(service)

    def test_a_service_puts_in_force_what_arrived_when_the_mover_is_gone(self):
        if "failpoints" not in self.muster("version", "--features").out:
            self.skipTest("this build has no failpoints")
        self.add_sites()
        self.move("alpha", "ch", MUSTER_FAILPOINT="move.switched=kill")
        self.assertEqual(self.place("ch", "alpha"), "arriving")
        service = self.node("serve", "")
        self.wait_for(lambda: self.place("ch", "alpha") == "pinned", "it is in force")
        self.assertEqual(self.move("alpha", "ch").returncode, 0)
        self.assertIsNone(self.place("eu", "alpha"))
        self.end(service)

    def mover(self, *words, **more):
        """A service that may erase, so that operators can ask it to move a site."""
        places = [word for region in self.servers
                  for word in ("--owner-url", f"{region}=env:MUSTER_OWNER_{region.upper()}")]
        owners = {"MUSTER_OWNER_" + region.upper(): self.owners["MUSTER_URL_" + region.upper()] for region in self.servers}
        service = self.serve("--database", self.own, "--key-file", self.key, *places, *words, **{**owners, **more})
        self.assertIsNotNone(service.port, read(service.log))
        self.wait_until_planned(service)
        return service

    def wait_until_planned(self, service):
        """Then nothing comes to a site by itself: planning its first schedule makes its key."""
        self.wait_for(lambda: self.ready(service)["status"] == "ok", "all regions are open")
        self.wait_for(lambda: all(self.rows(self.region_of(site), site)["site_keys"] for site in SITES), "they are planned")

    def ask_for_move(self, service, token, site, to):
        return self.ask(service, "POST", "/api/v1/moves", {"site": site, "to": to}, token)

    def wait_until_moved(self, service, token, site):
        def is_over():
            status, _, move = self.ask(service, "GET", f"/api/v1/moves/{site}", headers=token)
            self.assertIn(status, (200, 404), move)
            self.assertEqual(move.get("trouble", ""), "")
            return status == 404
        self.wait_for(is_over, f"{site} is moved", 90)

    def test_a_service_moves_sites_as_operators_ask_and_goes_on_after_a_kill(self):
        if "failpoints" not in self.muster("version", "--features").out:
            self.skipTest("this build has no failpoints")
        self.add_sites()
        service = self.mover()
        token = self.token(service)
        ways = [("gamma", "eu"), ("home", "ch"), ("alpha", "")]
        for site, to in ways:
            whole = self.rows(self.region_of(site), site)
            status, _, move = self.ask_for_move(service, token, site, to)
            self.assertEqual((status, move["asked_by"], move["to"]), (202, "olga", to), move)
            self.wait_until_moved(service, token, site)
            self.judge(site, whole, to, is_done=True)
            _, _, shown = self.ask(service, "GET", "/api/v1/sites/" + site, headers=token)
            self.assertEqual(shown["region"], to)
            self.assertNotIn("moving", shown)
        self.end(service)
        acts = self.done("audit", "list", "--site", "alpha", "--limit", "100")
        self.assertIn("olga", [line for line in acts.splitlines() if "site.moved" in line][0])
        # The store's commits are counted from the start of the service, and mean nothing here.
        for number, point in enumerate(point for point in BEFORE + AFTER if "store." not in point):
            site, _ = ways[number % len(ways)]
            here = self.region_of(site)
            to = next(region for region in ("ch", "us", "", "eu") if region not in (here, SITES[site]))
            with self.subTest(site=site, to=to, point=point):
                whole = self.rows(here, site)
                service = self.mover(MUSTER_FAILPOINT=point)
                self.assertEqual(self.ask_for_move(service, token, site, to)[0], 202)
                self.assertEqual(service.wait(60), -signal.SIGKILL, read(service.log))
                is_there = point in AFTER
                self.judge(site, whole, to if is_there else here, is_done=False)
                service = self.mover()
                self.wait_until_moved(service, token, site)
                self.judge(site, whole, to, is_done=True)
                self.end(service)
        self.done("audit", "verify")
        self.done("region", "check")

    def test_a_move_by_a_service_is_watched_and_taken_back(self):
        if "failpoints" not in self.muster("version", "--features").out:
            self.skipTest("this build has no failpoints")
        self.add_sites()
        self.fill("eu", "alpha", 50)
        service = self.mover(MUSTER_FAILPOINT="move.copied=delay:4000")
        whole = self.rows("eu", "alpha")
        token = self.token(service)
        self.assertEqual(self.ask_for_move(service, token, "alpha", "ch")[0], 202)
        again = self.ask_for_move(service, token, "alpha", "ch")
        self.assertEqual((again[0], again[2]["to"]), (202, "ch"), "asked for once more")
        self.assertEqual(self.ask_for_move(service, token, "alpha", "us")[2]["code"], "move_under_way")

        def move():
            return self.ask(service, "GET", "/api/v1/moves/alpha", headers=token)[2]
        self.wait_for(lambda: move()["stage"] == "copying" and move()["rows_total"] > 50, "it is told how far it is")
        _, _, site = self.ask(service, "GET", "/api/v1/sites/alpha", headers=token)
        self.assertEqual((site["moving"]["from"], site["moving"]["to"], site["moving"]["switched"]), ("eu", "ch", False))
        status, _, problem = self.ask(service, "PUT", "/api/v1/sites/alpha/contact", {"contact": "x@example.com"}, token)
        self.assertEqual((status, problem["code"]), (409, "site_moving"))
        status, _, taken = self.ask(service, "POST", "/api/v1/moves/alpha/cancel", {}, token)
        self.assertEqual((status, taken["cancelled"]), (202, True))
        self.wait_until_moved(service, token, "alpha")
        self.judge("alpha", whole, "eu", is_done=True)
        status, _, _ = self.ask(service, "PUT", "/api/v1/sites/alpha/contact", {"contact": "x@example.com"}, token)
        self.assertEqual(status, 200)
        # By hand it is told in the same place, and taken back from there.
        moving = self.start("site", "move", "alpha", "--region", "ch", "--key-file", self.key, "--database", self.own,
                            **self.owners, MUSTER_FAILPOINT="move.copied=delay:4000")
        self.wait_for(lambda: self.ask(service, "GET", "/api/v1/moves/alpha", headers=token)[2].get("stage") == "copying",
                      "it is told how far it is")
        self.assertEqual(self.ask(service, "POST", "/api/v1/moves/alpha/cancel", {}, token)[0], 202)
        self.assertIn("is being taken back", moving.communicate(timeout=60)[1])
        self.wait_until_moved(service, token, "alpha")
        self.assertEqual(self.region_of("alpha"), "eu")
        self.end(service)
        told = self.done("audit", "list", "--installation", "--limit", "100")
        self.assertEqual((told.count("site.move_cancel_asked"), told.count("site.move_cancelled")), (2, 2))

    def test_a_service_that_may_not_erase_moves_nothing(self):
        self.add_sites()
        service = self.node("serve", "")
        token = self.token(service)
        self.wait_until_planned(service)
        whole = self.rows("eu", "alpha")
        status, _, problem = self.ask_for_move(service, token, "alpha", "ch")
        self.assertEqual((status, problem["code"]), (422, "settings"))
        self.assertIn("may not delete audit logs", problem["detail"])
        self.assertNotIn("not-printed", problem["detail"])
        self.judge("alpha", whole, "eu", is_done=True)
        self.end(service)

    def test_what_cannot_be_done_is_refused_before_anything_is_changed(self):
        self.add_sites()
        self.done("site", "add", "alpha-try", "--sandbox-of", "alpha")
        whole = self.rows("eu", "alpha")

        def refused(*words, **more):
            process = self.muster("site", "move", *words, "--database", self.own, **more)
            self.assertNotEqual(process.returncode, 0, process.out)
            return process.error

        with_key = ["--key-file", self.key]
        other_key = os.path.join(self.directory, "other-key")
        self.done("key", "generate", other_key, database=False)
        for words, why in ((["alpha", "--region", "eu"], "is in region eu already"),
                           (["alpha", "--region", "nowhere"], "There is no region nowhere"),
                           (["nobody", "--region", "eu"], "There is no site nobody"),
                           (["default", "--region", "eu"], "runs from the command line belong to it"),
                           (["alpha-try", "--region", "ch"], "Move that one first"),
                           (["alpha", "--cancel"], "is not being moved")):
            self.assertIn(why, refused(*words, *([] if "--cancel" in words else with_key), **self.owners))
        self.assertIn("may not delete audit logs", refused("alpha", "--region", "ch", *with_key))
        self.judge("alpha", whole, "eu", is_done=True)
        self.assertIn("are under the key", refused("alpha", "--region", "ch", "--key-file", other_key, **self.owners))
        self.judge("alpha", whole, "eu", is_done=True)
        if "failpoints" in self.muster("version", "--features").out:
            self.move("alpha", "ch", MUSTER_FAILPOINT="move.copied=kill")
            self.assertIn("elsewhere already", refused("alpha", "--region", "us", *with_key, **self.owners))
            self.cancelled("alpha")
            self.judge("alpha", whole, "eu", is_done=True)


if __name__ == "__main__":
    unittest.main()
