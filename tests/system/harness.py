"""Starts the real programs on loopback, in a directory of their own, and looks at what they did."""
import json
import os
import re
import signal
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.request
import uuid

BINARIES = os.environ["MUSTER_BIN_DIR"]


def read(path):
    if not os.path.exists(path):
        return ""
    with open(path) as file:
        return file.read()


def busiest(entries, seconds):
    """The most requests of a journal that arrived within any so many seconds."""
    times = sorted(entry["at_ns"] for entry in entries)
    most, first = 0, 0
    for count, at in enumerate(times, 1):
        while at - times[first] >= seconds * 1e9:
            first += 1
        most = max(most, count - first)
    return most


class Sandbox:
    """muster-sandbox on a free port; `importers` is the importer file it wrote."""

    def __init__(self, directory, size="users=300,groups=30,memberships=1500,devices=80", *flags,
                 program="muster-sandbox"):
        self.directory = directory
        self.importers = os.path.join(directory, "importers.yaml")
        if os.path.exists(self.importers):
            os.remove(self.importers)  # of one before
        log = open(os.path.join(directory, "sandbox.log"), "w")
        self.process = subprocess.Popen(
            [os.path.join(BINARIES, program), "--listen", "127.0.0.1:0", "--size", size,
             "--write-importers", self.importers, *flags], stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while "missing_objects" not in read(self.importers):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(read(log.name))
            time.sleep(0.02)
        log.close()
        self.text = read(self.importers)
        self.origin = re.search(r'login_url: "([^"]+)/login"', self.text)[1]
        ca = re.search(r'ca_file: "([^"]+)"', self.text)
        self.context = ssl.create_default_context(cafile=ca[1]) if ca else None

    def executions(self):
        return self.call("/_sandbox/assets/executions")

    def call(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.origin + path, data=data, method=method,
                                         headers={"Content-Type": "application/json"})
        answer = urllib.request.urlopen(request, context=self.context).read()
        return json.loads(answer) if answer.strip() else None

    def lines(self, path):
        answer = urllib.request.urlopen(self.origin + path, context=self.context).read().decode()
        return [json.loads(line) for line in answer.splitlines()]

    def journal(self):
        return self.call("/_sandbox/journal?limit=1000000")["entries"]

    def truth(self, data_set):
        offset, rows = 0, []
        while offset is not None:
            page = self.call(f"/_sandbox/truth/{data_set}?offset={offset}&limit=5000")
            rows += page["value"]
            offset = page.get("next")
        return rows

    def objects(self, object_type):
        start, found = 0, []
        while True:
            part = self.lines(f"/_sandbox/objects?type={object_type.replace(' ', '%20')}&start={start}&limit=5000")
            found += part
            start += len(part)
            if len(part) == 0:
                return found

    def fault(self, *rules):
        self.call("/_sandbox/faults", list(rules))

    def stop(self):
        self.process.terminate()
        self.process.wait()


class SystemTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="muster-system-")
        self.addCleanup(self.temporary.cleanup)
        self.directory = self.temporary.name
        self.state = os.path.join(self.directory, "state")

    def sandbox(self, *arguments):
        sandbox = Sandbox(self.directory, *arguments)
        self.addCleanup(sandbox.stop)
        return sandbox

    def environment(self, **more):
        return dict(os.environ, XDG_STATE_HOME=self.state, NO_COLOR="1", **more)

    def start(self, *arguments, **more):
        return subprocess.Popen([os.path.join(BINARIES, "muster"), *arguments], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment(**more),
                                cwd=self.directory, text=True)

    def muster(self, *arguments, text=None, **more):
        process = self.start(*arguments, **more)
        out, error = process.communicate(text, timeout=600)
        process.out, process.error = out, error
        return process

    def serve(self, *arguments, command="serve", **more):
        """A machine of the service: `serve`, or `worker`."""
        log = os.path.join(self.directory, f"{command}-{uuid.uuid4()}.log")
        with open(log, "w") as file:
            listen = [] if {"--listen", "--config"} & set(arguments) else ["--listen", "127.0.0.1:0"]
            process = subprocess.Popen([os.path.join(BINARIES, "muster"), "--log-level", "info", command, *listen,
                                        *arguments], stderr=file, stdout=file,
                                       env=self.environment(**more), cwd=self.directory)
        self.addCleanup(lambda: process.poll() is None and (process.kill(), process.wait()))
        process.log = log
        ready = re.compile(r"(?:serves|its health) on port (\d+)")
        self.wait_for(lambda: ready.search(read(log)) or process.poll() is not None, read(log))
        found = ready.search(read(log))
        process.port = found and int(found[1])
        return process

    def wait_for(self, condition, what, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.05)

    def end(self, process):
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(15), 0, read(process.log))
        self.assertLess(time.monotonic() - started, 10)

    def run_import(self, sandbox, *arguments, expect=0, importer="entra"):
        process = self.muster("run", sandbox.importers, importer, "--json", *arguments)
        self.assertEqual(process.returncode, expect, process.error + process.out)
        return json.loads(process.out) if process.out else None

    def assert_equals_truth(self, sandbox):
        users = {u["id"]: u for u in sandbox.truth("users")}
        held = {o["values"]["Object ID"][0]: o for o in sandbox.objects("Entra User")}
        self.assertEqual(set(held), set(users))
        groups = {}
        for row in sandbox.truth("memberships"):
            if row["to_type"] == "microsoft.graph.user":
                groups.setdefault(row["to"], set()).add(row["from"])
        for user, found in held.items():
            self.assertEqual(set(found["references"].get("Groups", [])), groups.get(user, set()), user)
            self.assertEqual(found["values"].get("Mail", [None])[0], users[user]["mail"] or None)
        return held

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def all_state(self):
        content = b""
        for folder, _, names in os.walk(self.state):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    content += file.read()
        return content


def interrupt(process, number=signal.SIGINT):
    process.send_signal(number)
    return process.communicate(timeout=15)
