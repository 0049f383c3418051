#!/usr/bin/env python3
"""Measures `muster serve` as a whole process on loopback: many imports at once, many schedules, its API, its start.

Jobs (default: all):
  imports    16 imports of 5,000 users at once beside 16 one after the other    P6
  schedules  200 sites with 5 importers each, all of them due at once           P7
  api        1,000 requests a second while 8 imports run (80 ms per answer)     P8
  start      from starting to ready, without runs and with 2,000,000            P9
"""
import argparse
import asyncio
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
USERS = 5000
RUNS = 2_000_000


class Service:
    """`muster serve` with a state of its own; what it used can be asked for while it runs."""

    def __init__(self, directory, *flags):
        self.directory = directory
        self.log = os.path.join(directory, "serve.log")
        self.began = time.monotonic()
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([harness.BINARIES + "/muster", "--log-level", "info", "serve", "--listen",
                                             "127.0.0.1:0", *flags], stdout=log, stderr=log, env=environment(directory))
        while not (found := re.search(r"serves on port (\d+)", harness.read(self.log))):
            if self.process.poll() is not None:
                sys.exit(harness.read(self.log))
            time.sleep(0.002)
        self.port = int(found[1])
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5)
                break
            except OSError:
                time.sleep(0.002)
        self.ready_after = time.monotonic() - self.began

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def most_memory(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read())[1]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()


def environment(directory):
    return dict(os.environ, XDG_STATE_HOME=os.path.join(directory, "state"), NO_COLOR="1")


def muster(directory, *arguments):
    done = subprocess.run([harness.BINARIES + "/muster", *arguments], env=environment(directory), cwd=directory,
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"muster {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def database(directory, sql, *values):
    with sqlite3.connect(os.path.join(directory, "state", "muster", "muster.db"), timeout=30) as connection:
        return connection.execute(sql, values).fetchall()


def begin(directory, importers):
    """A job for each, as if somebody had pressed the button for all of them at once."""
    with sqlite3.connect(os.path.join(directory, "state", "muster", "muster.db"), timeout=30) as connection:
        connection.executemany(
            "INSERT INTO jobs (site, job_id, importer, trigger_kind, options, due, run_id, state, worker, fence) "
            "VALUES ('default', ?, ?, 'manual', '', 0, '', 'waiting', '', 0)",
            [(f"{time.time_ns()}-{name}", name) for name in importers])


def wait_for_runs(directory, count):
    while database(directory, "SELECT count(*) FROM jobs WHERE state = 'over'")[0][0] < count:
        time.sleep(0.02)
    states = dict(database(directory, "SELECT state, count(*) FROM runs GROUP BY 1"))
    if states != {"completed": count}:
        sys.exit(f"wanted {count} completed runs, found {states}")


def block_of(sandbox, name):
    text = re.split(r"(?m)^(?=  - name:)", sandbox.text)[1]
    return text.replace("name: entra\n", f"name: {name}\n", 1)


def imports_of(directory, sandboxes, count, workers):
    """The service does `count` imports with so many workers; what it used, and when each run began and ended."""
    os.makedirs(directory)
    names = [f"entra-{number}" for number in range(count)]
    with open(os.path.join(directory, "all.yaml"), "w") as file:
        file.write("version: 1\nimporters:\n" + "".join(map(block_of, sandboxes, names)))
    muster(directory, "apply", "all.yaml")
    service = Service(directory, "--workers", str(workers))
    idle, began = service.cpu(), time.monotonic()
    begin(directory, names)
    wait_for_runs(directory, count)
    figures = {"wall": time.monotonic() - began, "cpu": service.cpu() - idle, "memory": service.most_memory(),
               "took": [took / 1e6 for took, in database(directory, "SELECT ended - started FROM runs")]}
    service.stop()
    return figures


def start_sandboxes(directory, count, *flags):
    started = []
    for number in range(count):
        folder = os.path.join(directory, f"sandbox-{number}")
        os.makedirs(folder)
        started.append(harness.Sandbox(folder, f"users={USERS},groups=300,memberships=20000,devices=0", "--tls",
                                       "--seed", str(number + 1), "--workers", "1", *flags))
    return started


def measure_imports(directory):
    sandboxes = start_sandboxes(directory, 16)
    single = imports_of(os.path.join(directory, "single"), sandboxes, 16, 1)
    together = imports_of(os.path.join(directory, "together"), sandboxes, 16, 16)
    for sandbox in sandboxes:
        sandbox.stop()
    took = together["took"]
    return [f"{single['cpu']:.2f} s of CPU and {single['wall']:.1f} s one after the other; "
            f"{together['cpu']:.2f} s and {together['wall']:.1f} s at once, which took {min(took):.1f} to {max(took):.1f} s each"], [
        ("P6 CPU beside that of single imports", together["cpu"] / single["cpu"], "", 1.3),
        ("P6 peak memory", together["memory"], " MiB", 400)]


def measure_schedules(directory):
    sandbox = harness.Sandbox(directory, "users=20,groups=5,memberships=40,devices=0", "--tls")
    source = block_of(sandbox, "NAME").split("    destination:")[0]
    sites = [f"site-{number}" for number in range(200)]
    for site in sites:
        muster(directory, "site", "add", site)
        text = "version: 1\nimporters:\n"
        for number in range(5):
            folder = os.path.join(directory, "out", f"{site}-{number}")
            text += source.replace("NAME", f"entra-{number}") + f"    schedule: hourly\n    destination: {{ type: files, dir: {folder} }}\n"
        with open(os.path.join(directory, "site.yaml"), "w") as file:
            file.write(text)
        muster(directory, "apply", "site.yaml", "--site", site)
    # As if all had been put in two hours ago: each is caught up once, now.
    database(directory, "UPDATE importers SET last_tick = last_tick - 7200000000")
    service = Service(directory)
    began = time.time()
    while database(directory, "SELECT count(*) FROM runs WHERE state != 'running'")[0][0] < 1000 and time.time() - began < 900:
        time.sleep(0.2)
    rows = database(directory, "SELECT site, importer, count(*), min(started) FROM runs GROUP BY 1, 2")
    twice = sum(1 for row in rows if row[2] != 1)
    states = dict(database(directory, "SELECT state, count(*) FROM runs GROUP BY 1"))
    last = max(row[3] for row in rows) / 1e6 - began
    cpu = service.cpu()
    service.stop()
    sandbox.stop()
    if len(rows) != 1000 or twice or states != {"completed": 1000}:
        sys.exit(f"{len(rows)} of 1,000 importers ran, {twice} of them not once; {states}")
    return [f"1,000 of 1,000 ran once; {cpu:.1f} s of CPU"], [("P7 the last one began after", last, " s", 600)]


def add_runs(directory, count):
    """Of importers that are long gone."""
    report = json.dumps({"run_id": "", "importer": "entra", "state": "completed", "reason": "ok", "message": "",
                         "kind": "full", "started": "2024-01-01T00:00:00Z", "ended": "2024-01-01T00:00:09Z", "data_sets": []})
    with sqlite3.connect(os.path.join(directory, "state", "muster", "muster.db"), timeout=30) as connection:
        connection.execute(
            "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count) "
            "INSERT INTO runs (site, run_id, importer, state, reason, message, started, ended, report, execution_id, kind, "
            "destination) SELECT 'default', '00000000-0000-7000-8000-' || printf('%012d', n), 'entra-' || (n % 200), 'completed', "
            "'ok', 'Run ' || n, 1600000000000000 + n * 60000000, 1600000000000000 + n * 60000000 + 9000000, :report, '', 'full', "
            "'files' FROM numbers", {"count": count, "report": report})


def measure_start(directory):
    fresh = []
    for number in range(5):
        folder = os.path.join(directory, f"fresh-{number}")
        os.makedirs(folder)
        service = Service(folder)
        fresh.append(service.ready_after)
        service.stop()
    add_runs(folder, RUNS)
    full = []
    for _ in range(5):
        service = Service(folder)
        full.append(service.ready_after)
        service.stop()
    return [], [("P9 ready on a fresh store after", statistics.median(fresh), " s", 1),
                (f"P9 ready with {RUNS:,} runs after", statistics.median(full), " s", 2)]


class Client:
    """One connection that is kept."""

    def __init__(self, port, headers):
        self.port, self.headers = port, headers

    async def open(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def get(self, path):
        self.writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{self.headers}\r\n".encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"(?i)content-length: (\d+)", head)
        await self.reader.readexactly(int(length[1]) if length else 0)
        return int(head.split(" ", 2)[1])


async def ask(port, headers, paths, per_second, seconds):
    """Requests at their times, whether those before were answered or not: seconds from its time to each answer."""
    clients = asyncio.Queue()
    for _ in range(64):
        client = Client(port, headers)
        await client.open()
        clients.put_nowait(client)
    took, refused = [], {}

    async def one(path, at):
        client = await clients.get()
        status = await client.get(path)
        clients.put_nowait(client)
        took.append(time.monotonic() - at)
        if status != 200:
            refused[status] = refused.get(status, 0) + 1

    began, tasks = time.monotonic(), []
    for number in range(per_second * seconds):
        at = began + number / per_second
        if (ahead := at - time.monotonic()) > 0:
            await asyncio.sleep(ahead)
        tasks.append(asyncio.create_task(one(paths[number % len(paths)], at)))
    await asyncio.gather(*tasks)
    return sorted(took), refused


def measure_api(directory):
    # As far away as the real ones are: an import waits most of its time.
    sandboxes = start_sandboxes(directory, 8, "--latency", "80")
    names = [f"entra-{number}" for number in range(8)]
    folder = os.path.join(directory, "service")
    os.makedirs(folder)
    with open(os.path.join(folder, "all.yaml"), "w") as file:
        file.write("version: 1\nimporters:\n" + "".join(map(block_of, sandboxes, names)))
    muster(folder, "apply", "all.yaml")
    service = Service(folder, "--workers", "8")
    link = re.search(r"/set-up#(mstr_setup_\w+)", harness.read(service.log))[1]
    origin = f"http://127.0.0.1:{service.port}"

    def post(path, body, **headers):
        request = urllib.request.Request(origin + path, data=json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json", **headers})
        return urllib.request.urlopen(request)

    answer = post("/api/v1/set-up", {"token": link, "admin": "olga", "password": "correct horse battery"})
    cookie, csrf = answer.headers["Set-Cookie"].split(";")[0], json.load(answer)["csrf_token"]
    begin(folder, names)
    wait_for_runs(folder, 8)
    # Imports one after the other on each worker for as long as it is asked.
    stop = time.monotonic() + 30
    site = "/api/v1/sites/default"
    paths = [f"{site}/overview", f"{site}/runs?limit=20", f"{site}/importers", f"{site}/importers/entra-3", "/api/v1/me",
             f"{site}/jobs", f"{site}/notices", f"{site}/audit?limit=20"]

    async def both():
        asking = asyncio.create_task(ask(service.port, f"Cookie: {cookie}\r\nX-CSRF-Token: {csrf}\r\n", paths, 1000, 20))
        while not asking.done() and time.monotonic() < stop:
            waiting = database(folder, "SELECT count(*) FROM jobs WHERE state != 'over'")[0][0]
            if waiting < 8:
                begin(folder, names[:8 - waiting])
            await asyncio.sleep(0.2)
        return await asking

    took, refused = asyncio.run(both())
    runs = database(folder, "SELECT count(*) FROM runs WHERE state = 'completed'")[0][0] - 8
    service.stop()
    for sandbox in sandboxes:
        sandbox.stop()
    if refused:
        sys.exit(f"requests were refused: {refused}")
    return [f"{len(took):,} requests in 20 s beside {runs} imports: median {statistics.median(took) * 1000:.1f} ms, "
            f"longest {took[-1] * 1000:.0f} ms"], [("P8 99 of 100 answered within", took[len(took) * 99 // 100] * 1000, " ms", 50)]


JOBS = {"imports": measure_imports, "schedules": measure_schedules, "api": measure_api, "start": measure_start}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jobs", nargs="*", metavar="JOB")
    parser.add_argument("--bin", default="build/bench/bin", help="where the programs are")
    options = parser.parse_args()
    if unknown := [job for job in options.jobs if job not in JOBS]:
        parser.error(f"unknown job {unknown[0]}; there are: {', '.join(JOBS)}")
    global harness
    os.environ["MUSTER_BIN_DIR"] = os.path.abspath(options.bin)
    sys.path.insert(0, os.path.join(HERE, "..", "tests", "system"))
    import harness
    for name in options.jobs or JOBS:
        with tempfile.TemporaryDirectory(prefix="muster-bench-") as directory:
            told, figures = JOBS[name](directory)
        print(name)
        for line in told:
            print(f"  {line}")
        for target, value, unit, limit in figures:
            print(f"  {target}: {value:,.2f}{unit} of {limit:,.2f}{unit}, ratio {value / limit:.2f}", flush=True)


if __name__ == "__main__":
    main()
