#!/usr/bin/env python3
"""Runs a command beside a PostgreSQL of its own: with_postgres.py [--pgbouncer] COMMAND...

The server lives in a temporary folder on a free port of the loopback address and ends with the
command. The command finds it in MUSTER_TEST_POSTGRES (a superuser's URL), and PgBouncer in
transaction mode in MUSTER_TEST_PGBOUNCER. There are the roles muster_owner and muster_app."""
import contextlib
import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(name):
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}")) or [shutil.which(name) or ""]
    if not found[-1]:
        sys.exit(f"with_postgres.py: {name} is missing; script/setup --test installs it")
    return found[-1]


def unprivileged():
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    sys.exit("with_postgres.py: there is neither a user postgres nor nobody")


class Postgres:
    """A cluster of its own; url is that of a superuser."""

    def __init__(self):
        self.user = unprivileged()
        memory = "/dev/shm"
        self.folder = tempfile.mkdtemp(prefix="muster-postgres-", dir=memory if os.path.isdir(memory) else None)
        if self.user:
            os.chown(self.folder, self.user["user"], self.user["group"])
        self.data = os.path.join(self.folder, "data")
        self.port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self._call(program("initdb"), "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="utf-8") as conf:
            conf.write(f"listen_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = ''\n")
        self.server = None
        self.start()
        self._call(program("psql"), "-q", self.url, "-c",
                   "CREATE ROLE muster_owner LOGIN; CREATE ROLE muster_app LOGIN")

    def _call(self, *command):
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, **self.user)
        if done.returncode != 0:
            sys.exit(f"with_postgres.py: {command[0]} failed:\n{done.stdout}{done.stderr}")

    def start(self):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.server = subprocess.Popen([program("postgres"), "-D", self.data], cwd=self.folder, stdout=log,
                                           stderr=log, **self.user)
        for _ in range(200):
            if self.server.poll() is not None:
                break
            ready = subprocess.run([program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False)
            if ready.returncode == 0:
                return
            time.sleep(0.05)
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
            sys.exit(f"with_postgres.py: the server did not start:\n{log.read()}")

    def stop(self):
        if self.server and self.server.poll() is None:
            self.server.send_signal(2)  # SIGINT: fast shutdown
            try:
                self.server.wait(30)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class PgBouncer:
    """In front of a Postgres, pooling by transaction."""

    def __init__(self, postgres):
        self.port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        ini = os.path.join(postgres.folder, "pgbouncer.ini")
        users = os.path.join(postgres.folder, "users.txt")
        with open(users, "w", encoding="utf-8") as file:
            file.write('"postgres" ""\n"muster_owner" ""\n"muster_app" ""\n')
        with open(ini, "w", encoding="utf-8") as file:
            file.write(f"[databases]\n* = host=127.0.0.1 port={postgres.port}\n[pgbouncer]\n"
                       f"listen_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
                       f"auth_type = trust\nauth_file = {users}\npool_mode = transaction\n"
                       "max_client_conn = 500\ndefault_pool_size = 20\n"
                       # Every test has a database of its own, and the server 100 connections.
                       "server_idle_timeout = 5\n")
        with open(os.path.join(postgres.folder, "pgbouncer.log"), "ab") as log:
            self.process = subprocess.Popen([shutil.which("pgbouncer", path="/usr/sbin:/usr/bin") or "pgbouncer", ini],
                                            cwd=postgres.folder, stdout=log, stderr=log, **postgres.user)
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        sys.exit("with_postgres.py: PgBouncer did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def main():
    arguments = sys.argv[1:]
    with_pgbouncer = "--pgbouncer" in arguments[:1]
    command = arguments[1:] if with_pgbouncer else arguments
    if not command or command[0] in ("--help", "-h"):
        print(__doc__)
        return 0 if command else 2
    postgres = Postgres()
    pgbouncer = None
    try:
        environment = dict(os.environ, MUSTER_TEST_POSTGRES=postgres.url)
        if with_pgbouncer:
            pgbouncer = PgBouncer(postgres)
            environment["MUSTER_TEST_PGBOUNCER"] = pgbouncer.url
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        if pgbouncer:
            pgbouncer.stop()
        postgres.stop()


if __name__ == "__main__":
    sys.exit(main())
