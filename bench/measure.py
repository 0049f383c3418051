#!/usr/bin/env python3
"""Runs muster as whole processes beside the bare floor, on loopback over TLS, and prints the figures.

Jobs (default: B B-latency B-quota B-managers):
  B            50,000 users (30 attributes), 5,000 groups, 200,000 memberships      P1, P5
  B-latency    the same with 80 ms before every answer                             P2
  B-quota      the same under Graph's resource-unit quota                          P4
  B-managers   B with every user's manager
  B-x10        ten times B                                                         P3
  wide         1,000 users each in 1,000 groups
  deep         50,000 users, each of them in 300 groups: 15,000,000 memberships
  tall         500,000 users, 1,000 groups: at most 256 MiB
  jamf-apps    20,000 Macs of Jamf Pro with 100 applications each, 2,000,000 rows: at most 256 MiB
"""
import argparse
import json
import os
import re
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

B = {"users": 50000, "groups": 5000, "memberships": 200000, "devices": 0}
EXTRA = ["preferredLanguage", "mailNickname", "employeeHireDate", "externalUserState", "faxNumber"]
JOBS = {
    "B": {"size": B, "floor": True, "runs": 3},
    "B-latency": {"size": B, "latency": 80, "floor": True, "runs": 1},
    "B-quota": {"size": B, "quota": True, "runs": 1},
    "B-managers": {"size": B, "managers": True, "runs": 1},
    "B-x10": {"size": {"users": 500000, "groups": 50000, "memberships": 2000000, "devices": 0}, "runs": 1, "compare": "B"},
    "wide": {"size": {"users": 1000, "groups": 1000, "memberships": 1000000, "devices": 0}, "runs": 1},
    "deep": {"size": {"users": 50000, "groups": 300, "memberships": 15000000, "devices": 0}, "runs": 1},
    # 14 of 100 devices are Macs, each with some 6 of the usual programs.
    "jamf-apps": {"source": "jamf", "size": {"users": 20000, "groups": 10, "memberships": 0, "devices": 154000, "programs": 94},
                  "runs": 1, "at_most_mib": 256,
                  "data_sets": {"computers": {"include": ["applications"]}, "applications": {}, "mobile_devices": False}},
    "tall": {"size": {"users": 500000, "groups": 1000, "memberships": 500000, "devices": 0}, "runs": 1, "at_most_mib": 256},
}


def measured(command, **kwargs):
    """Whole-process figures of one finished command: wall, CPU (user + system) and peak memory."""
    begin = time.monotonic()
    process = subprocess.Popen(command, **kwargs)
    out = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    return {"wall": time.monotonic() - begin, "cpu": usage.ru_utime + usage.ru_stime,
            "memory": usage.ru_maxrss / 1024, "exit": os.waitstatus_to_exitcode(status), "out": out.decode()}


class Sandbox:
    def __init__(self, binaries, directory, job):
        self.importers = os.path.join(directory, "importers.yaml")
        command = [os.path.join(binaries, "muster-sandbox"), "--listen", "127.0.0.1:0", "--tls", "--seed", "7",
                   "--size", ",".join(f"{name}={count}" for name, count in job["size"].items()),
                   "--write-importers", self.importers]
        if job.get("source"):
            command += ["--sources", job["source"]]
        if job.get("latency"):
            command += ["--latency", str(job["latency"])]
        if job.get("quota"):
            command += ["--quota", "real"]
        self.process = subprocess.Popen(command, stdout=open(os.path.join(directory, "sandbox.log"), "w"))
        count = 2 if job.get("source") else 1
        for _ in range(600):
            text = open(self.importers).read() if os.path.exists(self.importers) else ""
            if text.count("missing_objects:") == count and text.endswith("\n"):
                break
            time.sleep(0.05)

        def field(name):
            return re.findall(name + r': \"?([^\"\n]+)\"?', text)

        self.login, (self.graph, self.assets) = field("login_url")[0], field("api_url")[:2]
        self.ca = field("ca_file")[0]
        self.tenant, self.client = field("tenant_id")[0], field("client_id")[0]
        self.secret = open(re.search(r'client_secret: \{ file: "([^"]+)"', text)[1]).read().strip()
        self.token = open(re.search(r'token: \{ file: "([^"]+)"', text)[1]).read().strip()
        self.origin = self.graph.rsplit("/", 1)[0]
        names = "applications service_principals devices licenses directory_roles administrative_units domains organization"
        others = "".join(f"      {name}: off\n" for name in names.split())
        if job.get("source"):
            start = text.index(f"  - name: {job['source']}\n")
            chosen = json.dumps(job["data_sets"])
            text = "version: 1\nimporters:\n" + text[start:]
            open(self.importers, "w").write(text.replace("    destination:", f"    data_sets: {chosen}\n    destination:"))
            return
        users = f"      users: {{ include: [{', '.join(EXTRA)}], exclude: [{'' if job.get('managers') else 'manager'}] }}\n"
        open(self.importers, "w").write(text.replace("    destination:", f"    data_sets:\n{users}{others}    destination:"))

    def get(self, path, method="GET"):
        context = ssl.create_default_context(cafile=self.ca)
        request = urllib.request.Request(self.origin + path, method=method)
        return json.load(urllib.request.urlopen(request, context=context))

    def stop(self):
        self.process.terminate()
        self.process.wait()


def run_muster(binaries, sandbox, directory, number, source):
    environment = dict(os.environ, XDG_STATE_HOME=os.path.join(directory, f"state-{number}"))
    figures = measured([os.path.join(binaries, "muster"), "run", sandbox.importers, source, "--json", "--no-progress"],
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    figures["report"] = json.loads(figures.pop("out"))
    return figures


def floor_command(binaries, sandbox):
    """The floor asks for the same fields as muster just did."""
    entries = sandbox.get("/_sandbox/journal?limit=1000000")["entries"]
    users = next(e["target"] for e in entries if "/users?" in e["target"])
    groups = next(e["target"] for e in entries if "/groups?" in e["target"])
    context = ssl.create_default_context(cafile=sandbox.ca)
    request = urllib.request.Request(sandbox.assets + "/jsm/assets/v1/imports/info",
                                     headers={"Authorization": "Bearer " + sandbox.token})
    start = json.load(urllib.request.urlopen(request, context=context))["links"]["start"]
    return [os.path.join(binaries, "bench_floor"), f"{sandbox.login}/{sandbox.tenant}/oauth2/v2.0/token", sandbox.client,
            sandbox.secret, sandbox.origin + users, sandbox.origin + groups, sandbox.graph + "/v1.0/$batch", start,
            sandbox.token, sandbox.ca, "8", "4"]


def middle(runs, name):
    return statistics.median(run[name] for run in runs)


def run_job(name, binaries):
    job = JOBS[name]
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as directory:
        sandbox = Sandbox(binaries, directory, job)
        try:
            mine, floors = [], []
            for number in range(job["runs"]):
                mine.append(run_muster(binaries, sandbox, directory, number, job.get("source", "entra")))
                if mine[-1]["exit"] != 0:
                    sys.exit(f"{name}: muster ended with {mine[-1]['exit']}: {mine[-1]['report'].get('message')}")
                if job.get("floor"):
                    if number == 0:
                        command = floor_command(binaries, sandbox)
                    floors.append(measured(command, stdout=subprocess.PIPE))
                    if floors[-1]["exit"] != 0:
                        sys.exit(f"{name}: the floor ended with {floors[-1]['exit']}")
        finally:
            sandbox.stop()
    report = mine[0]["report"]
    figures = {"job": name, "wall": middle(mine, "wall"), "cpu": middle(mine, "cpu"), "memory": max(r["memory"] for r in mine),
               "requests": report["source"]["requests"], "units": report["source"]["resource_units"],
               "throttled": report["source"]["throttled"], "chunks": report["destination"]["chunks"],
               "objects": sum(s["accepted"] for s in report["data_sets"]),
               "links": sum(r["pairs"] for r in report.get("relations", []))}
    if figures["memory"] > job.get("at_most_mib", figures["memory"]):
        sys.exit(f"{name}: {figures['memory']:.0f} MiB are more than {job['at_most_mib']}")
    if floors:
        figures["floor"] = {key: middle(floors, key) for key in ("wall", "cpu", "memory")}
        figures["ratio"] = {key: figures[key] / figures["floor"][key] for key in ("wall", "cpu", "memory")}
    return figures


# Graph's quota for one application: https://learn.microsoft.com/graph/throttling-limits
QUOTA_UNITS, QUOTA_WINDOW = 8000, 10.0


def targets(figures):
    """The figures that stand beside a limit instead of a floor: (name, value, unit, limit)."""
    if figures["job"] == "B":
        return [("P1 peak memory", figures["memory"], " MiB", 96),
                ("P5 resource units", figures["units"], "", 10200), ("P5 requests", figures["requests"], "", 330)]
    if figures["job"] == "B-latency":
        return [("P2 wall time", figures["wall"], " s", 6.5)]
    if "at_most_mib" in JOBS[figures["job"]]:
        return [("peak memory", figures["memory"], " MiB", JOBS[figures["job"]]["at_most_mib"])]
    if figures["job"] == "B-quota":
        # A token bucket: what is in it may be asked for at once, the rest as fast as it is filled.
        least = (figures["units"] - QUOTA_UNITS) * QUOTA_WINDOW / QUOTA_UNITS
        return [("P4 beside what the quota takes by itself", figures["wall"], " s", least)] if least > 0 else []
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jobs", nargs="*", metavar="JOB")
    parser.add_argument("--bin", default="build/bench/bin", help="where the programs are")
    parser.add_argument("--out", help="JSON file for the figures")
    options = parser.parse_args()
    unknown = [job for job in options.jobs if job not in JOBS]
    if unknown:
        parser.error(f"unknown job {unknown[0]}; there are: {', '.join(JOBS)}")
    print(f"{'job':<12}{'wall s':>8}{'cpu s':>8}{'MiB':>7}{'requests':>10}{'units':>8}{'objects':>9}{'links':>11}{'throttled':>10}"
          f"{'floor wall/cpu':>16}{'ratio wall/cpu':>16}")
    all_figures = []
    for name in options.jobs or ["B", "B-latency", "B-quota", "B-managers"]:
        f = run_job(name, options.bin)
        all_figures.append(f)
        floor = f"{f['floor']['wall']:.2f}/{f['floor']['cpu']:.2f}" if "floor" in f else ""
        ratio = f"{f['ratio']['wall']:.2f}/{f['ratio']['cpu']:.2f}" if "floor" in f else ""
        print(f"{name:<12}{f['wall']:>8.2f}{f['cpu']:>8.2f}{f['memory']:>7.0f}{f['requests']:>10,}{f['units']:>8,}"
              f"{f['objects']:>9,}{f['links']:>11,}{f['throttled']:>10,}{floor:>16}{ratio:>16}", flush=True)
        f["targets"] = {}
        for target, value, unit, limit in targets(f):
            f["targets"][target] = value / limit
            digits = 2 if unit else 0
            print(f"  {target}: {value:,.{digits}f}{unit} of {limit:,.{digits}f}{unit}, ratio {value / limit:.2f}"
                  f"{' (at most 1.2)' if target.startswith('P4') else ''}", flush=True)
    if options.out:
        with open(options.out, "w") as out:
            json.dump(all_figures, out, indent=2)


if __name__ == "__main__":
    main()
