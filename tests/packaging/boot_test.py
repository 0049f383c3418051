#!/usr/bin/env python3
"""The packaged service under a real systemd, with everything that its unit takes away: it starts, imports with stored secrets and ends.

Boots a Debian 12 in a folder by systemd-nspawn. Without root, debootstrap, systemd-nspawn or a Debian mirror it is skipped (77)."""
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import unittest
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from package_test import DATABASE, Machine, pack, why_not  # noqa: E402

# Runs inside, once everything is up; the steps of the test come and go as files.
INSIDE = """#!/bin/bash
cd /etc/muster
# Whoever makes the store owns it, so that the service has to be first.
for i in {1..300}; do (exec 3<>/dev/tcp/127.0.0.1/8080) 2>/dev/null && [ -e /var/lib/muster/muster.db ] && break; sleep 0.1; done
muster-sandbox --listen 127.0.0.1:0 --size users=50,groups=5,memberships=20,devices=4 --write-importers importers.yaml >/root/sandbox &
for i in {1..100}; do grep -qs missing_objects importers.yaml && break; sleep 0.1; done
muster secret set token --key-file key --database DATABASE --file importers.yaml.assets_token
sed -i 's/token: {.*}/token: { secret: token }/' importers.yaml
chown muster importers.yaml*
muster apply importers.yaml --database DATABASE
systemctl show muster -p ActiveState,NRestarts,User
exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET /readyz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3; head -1 <&3
stat -c 'store of %U' /var/lib/muster/muster.db
grep -E "NoNewPrivs|Seccomp:|CapEff|CapBnd" /proc/$(systemctl show muster -p MainPID --value)/status
touch /root/ready
for i in {1..400}; do [ -e /root/over ] && break; sleep 0.2; done
muster runs --json --database DATABASE
systemctl stop muster
systemctl show muster -p Result
touch /root/done
systemctl poweroff
""".replace("DATABASE", DATABASE)
UNIT = """[Unit]
After=muster.service
[Service]
ExecStart=/root/inside
StandardOutput=file:/root/said
StandardError=file:/root/said
[Install]
WantedBy=multi-user.target
"""


class Boot(Machine):
    def wait_for(self, condition, seconds):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, self.read("/root/said") if self.has("/root/said") else "nothing was said")
            time.sleep(0.2)

    def has(self, inside):
        return os.path.exists(self.path(inside))

    def write(self, inside, text, mode):
        with open(self.path(inside), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(inside), mode)

    def let_it_run(self):
        """As the queue sees it when somebody asks for a run; then until it is over."""
        with sqlite3.connect(self.path("/var/lib/muster/muster.db"), timeout=30) as store:
            store.execute("INSERT INTO jobs (site, job_id, importer, trigger_kind, options, due, run_id, state, worker, fence)"
                          " VALUES ('default', ?, 'entra', 'manual', '', 0, '', 'waiting', '', 0)", (str(uuid.uuid4()),))
        state = "SELECT state FROM jobs"
        def is_over():
            with sqlite3.connect(self.path("/var/lib/muster/muster.db"), timeout=30) as store:
                return store.execute(state).fetchall() == [("over",)]
        self.wait_for(is_over, 60)

    def test_serves_and_imports_within_its_sandbox(self):
        packages = pack(f"{self.debs}/1")
        self.install(packages["muster"])
        self.install(packages["muster-sandbox"])
        self.inside("apt-get", "install", "-q", "-y", "--no-install-recommends", "systemd", "systemd-sysv")
        self.write("/root/inside", INSIDE, 0o755)
        self.write("/etc/systemd/system/inside.service", UNIT, 0o644)
        self.inside("systemctl", "enable", "muster", "inside")
        machine = subprocess.Popen(["systemd-nspawn", "--keep-unit", "--register=no", "--private-network", "-q", "-b", "-D", self.root],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.wait_for(lambda: self.has("/root/ready"), 90)
            self.let_it_run()
            self.write("/root/over", "", 0o644)
            self.wait_for(lambda: self.has("/root/done"), 60)
            machine.wait(60)
        finally:
            if machine.poll() is None:
                machine.kill()
                machine.wait()
        said = self.read("/root/said")
        for line in ("ActiveState=active", "NRestarts=0", "User=muster", "store of muster", "HTTP/1.1 200 OK", "Result=success"):
            self.assertIn(line + "\n", said.replace("\r", ""), said)
        for limit in (r"NoNewPrivs:\s1", r"Seccomp:\s2", r"CapEff:\s0{16}", r"CapBnd:\s0{16}"):
            self.assertRegex(said, limit)
        self.assertIn('"state":"completed"', re.sub(r"\s", "", said), said)


if __name__ == "__main__":
    missing = why_not() or ("" if shutil.which("systemd-nspawn") else "systemd-nspawn is missing")
    if missing:
        print(f"skipped: {missing}")
        sys.exit(77)
    unittest.main(verbosity=2)
