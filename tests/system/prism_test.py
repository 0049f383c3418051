#!/usr/bin/env python3
"""What muster asks and the sandbox answers, judged by the API descriptions that vendors publish.

`prism proxy` stands between both and names every violation of either side; none is accepted, but for those that
prism_deviations.py lists with a reason. The descriptions lie beside the project, in ../shared/specs (or where
MUSTER_API_SPECS says). Without them, or without node_modules, nothing is judged: the test says so and ends with 77.
"""
import collections
import gzip
import http.client
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from prism_deviations import corrected  # noqa: E402
from sources_test import SourceTest  # noqa: E402

PROJECT = pathlib.Path(__file__).resolve().parents[2]
SPECS = pathlib.Path(os.environ.get("MUSTER_API_SPECS", PROJECT.parent / "shared" / "specs"))
PRISM = PROJECT / "tests/tools/node_modules/@stoplight/prism-cli/dist/index.js"
DOCUMENTS = {"datadog": ["dd-v1-slim", "dd-v2-slim"], "jamf": ["jamf-slim"], "okta": ["okta-slim"]}
# Devices are the expensive part: a Mac with all its sections is large, and Prism judges each page.
SIZE = "users=60,groups=12,memberships=150,devices=60,service_principals=6"
SKIPPED = 77



def missing():
    """Why nothing can be judged here, or nothing."""
    names = [name for documents in DOCUMENTS.values() for name in documents]
    absent = [name for name in names if not (SPECS / f"{name}.json.gz").exists()]
    if absent:
        return f"no API descriptions in {SPECS} ({', '.join(absent)}); set MUSTER_API_SPECS to the folder that has them"
    if not PRISM.exists():
        return "tests/tools/node_modules has no Prism; run npm ci in tests/tools"
    return None


class Description:
    """One API description and the Prism that judges by it."""

    def __init__(self, name, directory, upstream):
        document = os.path.join(directory, name + ".json")
        with gzip.open(SPECS / f"{name}.json.gz") as file:
            description = corrected(name, json.load(file))
        with open(document, "w") as file:
            json.dump(description, file)
        self.paths = [re.compile(re.sub(r"\\{[^/]+?\\}", "[^/]+", re.escape(path)) + "$")
                      for path in description["paths"]]
        self.log_name = document + ".log"
        with open(self.log_name, "w") as log:
            self.process = subprocess.Popen(
                ["node", str(PRISM), "proxy", document, upstream, "--host", "127.0.0.1", "--port", "0"],
                stdout=log, stderr=log, env=dict(os.environ, NO_COLOR="1", FORCE_COLOR="0"))

    def knows(self, path):
        return any(known.match(path) for known in self.paths)

    def wait_for_port(self):
        deadline = time.monotonic() + 60
        while True:
            text = self.log()
            listening = re.search(r"listening on http://127\.0\.0\.1:(\d+)", text)
            if listening:
                self.port = int(listening[1])
                return
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError("Prism did not start:\n" + text)
            time.sleep(0.05)

    def log(self):
        with open(self.log_name) as log:
            return log.read()

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Between(http.server.ThreadingHTTPServer):
    """Takes muster's requests, lets Prism judge those that a description knows, and notes what it says."""
    daemon_threads = True

    def __init__(self, source, directory, sandbox_origin):
        super().__init__(("127.0.0.1", 0), Passing)
        self.sandbox = sandbox_origin.removeprefix("http://")
        self.prefix = "/" + source
        self.origin = f"http://127.0.0.1:{self.server_port}"
        self.violations, self.judged, self.others = [], collections.Counter(), collections.Counter()
        self.lock = threading.Lock()
        self.descriptions = [Description(name, directory, sandbox_origin + self.prefix) for name in DOCUMENTS[source]]
        for description in self.descriptions:
            description.wait_for_port()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def judge_of(self, path):
        return next((one for one in self.descriptions if one.knows(path)), None)

    def note(self, request, said):
        with self.lock:
            self.judged[request] += 1
            if said is None:
                return
            self.violations.append(f"{request}: {said}")

    def complaints(self):
        """Every violation in words, from the logs: what a header says is cut when it is long."""
        found = collections.Counter()
        for description in self.descriptions:
            for said in re.findall(r"Violation: (.*)", description.log()):
                found[re.sub(r"\b\d+\b", "N", said)] += 1
        return "\n".join(f"{count} x {said}" for said, count in found.most_common())

    def stop(self):
        self.shutdown()
        self.server_close()
        for description in self.descriptions:
            description.stop()


class Passing(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "date", "server", "sl-violations")

    def pass_on(self):
        between = self.server
        target = self.path.removeprefix(between.prefix)
        path = target.split("?")[0]
        judge = between.judge_of(path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
        headers = {name: value for name, value in self.headers.items() if name.lower() != "accept-encoding"}
        if judge:
            upstream = http.client.HTTPConnection("127.0.0.1", judge.port, timeout=120)
        else:
            target = self.path
            upstream = http.client.HTTPConnection(between.sandbox, timeout=120)
            with between.lock:
                between.others[path] += 1
        upstream.request(self.command, target, body, headers)
        answer = upstream.getresponse()
        content = answer.read()
        if judge:
            between.note(f"{self.command} {path}", answer.getheader("sl-violations"))
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in self.HOP_BY_HOP:
                # Behind Prism the sandbox does not know where it was asked.
                self.send_header(name, value.replace("http://" + between.sandbox, between.origin))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        upstream.close()

    do_GET = do_POST = pass_on

    def log_message(self, *_):
        pass


class Prism(SourceTest):
    def between(self, source):
        self.box = self.sandbox(SIZE, "--sources", source)
        between = Between(source, self.directory, self.box.origin)
        self.addCleanup(between.stop)
        self.box.text = self.box.text.replace(f"{self.box.origin}/{source}", f"{between.origin}/{source}")
        return between

    def everything(self, source):
        """Every data set of `source` with all its attributes and references."""
        described = json.loads(self.muster("sources", source, "--json").out)
        return {one["name"]: {"include": [part["name"] for part in one["attributes"] + one["references"]
                                          if not part["default_on"]]} for one in described["data_sets"]}

    def judge(self, source, selection=None):
        between = self.between(source)
        self.select(self.box, source, selection or self.everything(source))
        checked = self.muster("check", self.box.importers)
        self.assertEqual(checked.returncode, 0, checked.out + checked.error)
        out = os.path.join(self.directory, "out")
        process = self.muster("run", self.box.importers, source, "--out", out)
        self.assertEqual(process.returncode, 0, process.out + process.error)
        self.assertEqual(between.violations, [], "\n" + between.complaints())
        return between

    def test_datadog_and_its_sandbox_keep_to_the_description(self):
        between = self.judge("datadog")
        self.assertGreater(len(between.judged), 20)
        self.assertEqual(between.others, {}, "all is described")

    def test_jamf_and_its_sandbox_keep_to_the_description(self):
        between = self.judge("jamf")
        self.assertGreater(len(between.judged), 12)
        self.assertEqual({path for path in between.others if not path.startswith("/JSSResource/")}, set())

    def test_okta_and_its_sandbox_keep_to_the_description(self):
        between = self.judge("okta")
        self.assertGreater(len(between.judged), 15)

    def test_a_violation_of_either_side_is_seen(self):
        between = self.between("okta")
        with open(re.search(r'token: { file: "([^"]+)"', self.box.text.split("name: okta")[1])[1]) as file:
            headers = {"Authorization": "SSWS " + file.read().strip(), "Accept": "application/json"}

        def ask(target):
            connection = http.client.HTTPConnection("127.0.0.1", between.server_port, timeout=60)
            connection.request("GET", target, headers=headers)
            connection.getresponse().read()
            connection.close()
            return "".join(between.violations)

        self.assertEqual(ask("/okta/api/v1/groups?limit=2"), "")
        self.assertRegex(ask("/okta/api/v1/groups?limit=some"), '"request","query","limit".*integer')
        between.violations.clear()
        self.box.fault({"service": "okta", "path_prefix": "/api/v1/groups",
                        "action": {"status": 200, "body": [{"id": 17}]}})
        self.assertRegex(ask("/okta/api/v1/groups?limit=2"), '"response","body","0","id".*string')


if __name__ == "__main__":
    reason = missing()
    if reason:
        print(f"SKIPPED: nothing was judged by the vendors' API descriptions: {reason}", file=sys.stderr)
        sys.exit(SKIPPED)
    unittest.main()
