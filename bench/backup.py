#!/usr/bin/env python3
"""How large a backup of a large installation is, and how long it and bringing it back take.

Makes a store of SQLite with --sites sites and --runs runs (copies of one that a real import made, with its report and
its hashes), then, while imports run: `muster backup create` (time, CPU, memory, and what people who ask the API meanwhile
notice), and afterwards `muster backup verify` of one site and `muster backup restore` into an empty store until a service
on it is ready. With --bucket the same into the imitation of S3 of the tests. Prints one line of JSON.

  nice -n 19 python3 bench/backup.py --bin build/bench/bin --folder /var/tmp/muster-bench --runs 2000000 --sites 200
"""
import argparse
import json
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "system"))
SIZE = "users=2000,groups=100,memberships=8000,devices=500,contacts=10,applications=10,service_principals=10,administrative_units=2"


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.folder = arguments.folder
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.path = os.path.join(self.folder, "muster.db")
        self.url = "sqlite:" + self.path
        self.key = os.path.join(self.folder, "key")
        self.words = []

    def program(self, name):
        return os.path.join(self.arguments.bin, name)

    def measured(self, *words):
        begun = time.monotonic()
        process = subprocess.Popen([self.program("muster"), *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            sys.exit(out)
        return {"seconds": round(time.monotonic() - begun, 1), "cpu": round(usage.ru_utime + usage.ru_stime, 1),
                "mib": round(usage.ru_maxrss / 1024)}, out

    def muster(self, *words):
        return self.measured(*words)[1]

    def make_store(self):
        from harness import Sandbox
        place = os.path.join(self.folder, "source")
        os.makedirs(place)
        self.sandbox = Sandbox(place, SIZE)
        self.muster("key", "generate", self.key)
        self.muster("apply", self.sandbox.importers, "--database", self.url)
        self.muster("run", self.sandbox.importers, "entra", "--database", self.url)
        sites = [f"site-{number:03}" for number in range(1, self.arguments.sites)]
        for site in sites:
            self.muster("site", "add", site, "--database", self.url)
        with sqlite3.connect(self.path) as store:
            store.execute("PRAGMA synchronous = OFF")
            for table in ("site_keys", "importers", "importer_versions", "runs", "baselines", "baseline_blocks"):
                columns = [row[1] for row in store.execute(f"PRAGMA table_info({table})")]
                if "site" not in columns:
                    continue
                rest = ", ".join(column for column in columns if column != "site")
                for site in sites:
                    store.execute(f"INSERT OR IGNORE INTO {table} (site, {rest}) SELECT ?, {rest} FROM {table} "
                                  "WHERE site = 'default'", (site,))
            columns = [row[1] for row in store.execute("PRAGMA table_info(runs)")]
            run = dict(zip(columns, store.execute("SELECT * FROM runs WHERE site = 'default'").fetchone()))
            names = ", ".join(columns)
            marks = ", ".join("?" for _ in columns)
            each = self.arguments.runs // self.arguments.sites
            for site in ["default", *sites]:
                rows = []
                for number in range(2, each + 1):
                    run_id = f"00000000-0000-7000-8000-{number:012}"
                    row = {**run, "site": site, "run_id": run_id, "ordinal": number, "execution_id": "",
                           "report": run["report"].replace(run["run_id"], run_id)}
                    rows.append([row[name] for name in columns])
                store.executemany(f"INSERT INTO runs ({names}) VALUES ({marks})", rows)
                store.commit()
        return {"store_mib": round(os.path.getsize(self.path) / 2**20), "report_bytes": len(run["report"])}

    def serve(self, url, *words):
        log = open(os.path.join(self.folder, "service.log"), "w")
        process = subprocess.Popen([self.program("muster"), "serve", "--listen", "127.0.0.1:0", "--database", url, "--key-file",
                                    self.key, "--workers", "8", *words], stdout=log, stderr=log)
        while not (found := re.search(r"serves on port (\d+)", open(log.name).read())):
            if process.poll() is not None:
                sys.exit(open(log.name).read())
            time.sleep(0.02)
        return process, int(found[1])

    def ask(self, port, path, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=data,
                                         headers={**({"Content-Type": "application/json"} if data else {}), **(headers or {})})
        answer = urllib.request.urlopen(request, timeout=120)
        return answer, json.loads(answer.read() or b"null")

    def token(self, port):
        link = re.search(r"set-up#(\S+)", open(os.path.join(self.folder, "service.log")).read())[1]
        answer, body = self.ask(port, "/api/v1/set-up", {"token": link, "admin": "olga", "password": "correct horse"})
        headers = {"Cookie": answer.headers["Set-Cookie"].split(";")[0], "X-CSRF-Token": body["csrf_token"]}
        _, made = self.ask(port, "/api/v1/tokens", {"name": "bench", "scope": "write"}, headers)
        return {"Authorization": "Bearer " + made["token"]}

    def under_load(self, port, token, work):
        """What `work` gives, the runs that ended meanwhile, and how long answers took."""
        over, took, runs = threading.Event(), [], [0]

        def import_all():
            while not over.is_set():
                for number in range(8):
                    site = "default" if number == 0 else f"site-{number:03}"
                    try:
                        self.ask(port, f"/api/v1/sites/{site}/importers/entra/runs", {}, token)
                        runs[0] += 1
                    except urllib.error.HTTPError as refused:
                        refused.read()
                over.wait(2)

        def look():
            while not over.is_set():
                begun = time.monotonic()
                self.ask(port, "/api/v1/sites/site-009/runs?limit=50", headers=token)
                took.append((time.monotonic() - begun) * 1000)
                over.wait(0.05)

        threads = [threading.Thread(target=import_all), threading.Thread(target=look)]
        for thread in threads:
            thread.start()
        found = work()
        over.set()
        for thread in threads:
            thread.join()
        cuts = statistics.quantiles(took, n=100)
        return {**found, "runs_begun": runs[0], "api_p50_ms": round(statistics.median(took), 1), "api_p99_ms": round(cuts[98], 1)}

    def run(self):
        result = self.make_store()
        place = os.path.join(self.folder, "backups")
        if self.arguments.bucket:
            from s3 import KEY_ID, REGION, S3, SECRET
            s3 = S3()
            secret = os.path.join(self.folder, "secret")
            with open(secret, "w") as file:
                file.write(SECRET)
            place = "s3://backups/bench"
            self.words = ["--s3-endpoint", f"http://localhost:{s3.port}", "--s3-region", REGION, "--s3-key-id", KEY_ID,
                          "--s3-secret", "file:" + secret, "--s3-allow-private-address"]
        service, port = self.serve(self.url)
        token = self.token(port)

        def create():
            found, out = self.measured("backup", "create", place, "--database", self.url, "--key-file", self.key, *self.words)
            result["backup"] = out.split(": ")[0]
            result["backup_size"] = out.split("files, ")[1].split(",")[0]
            return found

        result["create"] = self.under_load(port, token, create)
        service.terminate()
        service.wait()
        work = os.path.join(self.folder, "work")
        os.mkdir(work)
        result["verify_one_site"], _ = self.measured("backup", "verify", result["backup"] + "/site-site-001.bundle", "--key-file",
                                                     self.key, "--work-folder", work, *self.words)
        new = "sqlite:" + os.path.join(self.folder, "new.db")
        result["restore"], _ = self.measured("backup", "restore", result["backup"], "--database", new, "--key-file", self.key,
                                             "--work-folder", work, *self.words)
        begun = time.monotonic()
        service, port = self.serve(new)
        while True:
            try:
                self.ask(port, "/readyz")
                break
            except urllib.error.HTTPError:
                time.sleep(0.05)
        result["ready_after_seconds"] = round(time.monotonic() - begun, 1)
        service.terminate()
        service.wait()
        self.sandbox.stop()
        print(json.dumps(result))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--folder", required=True, help="is emptied; needs several times the store")
    parser.add_argument("--sites", type=int, default=200)
    parser.add_argument("--runs", type=int, default=2_000_000)
    parser.add_argument("--bucket", action="store_true")
    arguments = parser.parse_args()
    os.environ["MUSTER_BIN_DIR"] = arguments.bin
    Bench(arguments).run()


if __name__ == "__main__":
    main()
