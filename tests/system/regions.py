"""Three regions and an installation's own database, with a site in each."""
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from harness import Sandbox, SystemTest, read  # noqa: E402
from with_postgres import Postgres, program  # noqa: E402

SIZE = "users=60,groups=6,memberships=90,devices=10,contacts=2,applications=2,service_principals=2,administrative_units=1"
REGIONS = ("eu", "us", "ch")
# `home` is of no region: in the installation's own database.
SITES = {"alpha": "eu", "beta": "us", "gamma": "ch", "home": ""}


def files_below(folder):
    for place, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(place, name)


class WithRegions(SystemTest):
    def setUp(self):
        super().setUp()
        self.folders = {region: os.path.join(self.directory, region or "own") for region in (*REGIONS, "")}
        for folder in self.folders.values():
            os.makedirs(os.path.join(folder, "tmp"))
        self.servers = {"eu": self.postgres(), "us": self.postgres()}
        self.urls = {region: self.app_url(server) for region, server in self.servers.items()}
        self.urls["ch"] = "sqlite:" + os.path.join(self.folders["ch"], "muster.db")
        self.own = "sqlite:" + os.path.join(self.folders[""], "muster.db")
        self.key = os.path.join(self.directory, "key")
        self.done("key", "generate", self.key, database=False)

    def postgres(self):
        server = Postgres()
        self.addCleanup(server.stop)
        self.sql(server.url, "CREATE DATABASE muster OWNER muster_owner", scope="")
        owner = self.url_of(server, "muster_owner")
        self.done("migrate", "--database", owner, "--grant-to", "muster_app", database=False)
        return server

    @staticmethod
    def url_of(server, user):
        return server.url.replace("postgres@", user + "@").rsplit("/", 1)[0] + "/muster"

    def app_url(self, server):
        return self.url_of(server, "muster_app").replace("muster_app@", "muster_app:not-printed@")

    def sql(self, url, statement, scope="*"):
        words = [statement] if scope == "" else [f"SET muster.site = '{scope}'", statement]
        done = subprocess.run([program("psql"), "-qAt", "-F", "\t", url, *sum((["-c", w] for w in words), [])],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def environment(self, **more):
        urls = {"MUSTER_URL_" + region.upper(): url for region, url in getattr(self, "urls", {}).items()}
        return super().environment(**{**urls, **more})

    def done(self, *words, text=None, database=True):
        process = self.muster(*words, *(["--database", self.own] if database else []), text=text)
        self.assertEqual(process.returncode, 0, process.error + process.out)
        self.assertNotIn("not-printed", process.error + process.out)
        return process.out

    def node(self, command, region, *words, url=None):
        """A machine that is in a region: its log and temporary files are too."""
        folder = self.folders[region]
        process = self.serve("--database", url or self.own, "--key-file", self.key, *words, command=command,
                             TMPDIR=os.path.join(folder, "tmp"), SQLITE_TMPDIR=os.path.join(folder, "tmp"))
        self.assertIsNotNone(process.port, read(process.log))
        moved = os.path.join(folder, os.path.basename(process.log))
        os.rename(process.log, moved)
        process.log = moved
        return process

    def add_regions(self):
        for region in REGIONS:
            out = self.done("region", "add", region, "--url-env", "MUSTER_URL_" + region.upper())
            self.assertIn(f"{region}: added", out)

    def canary(self, site, what):
        return f"canary-{site}-{what}"

    def add_sites(self):
        self.sandboxes = {}
        for number, (site, region) in enumerate(SITES.items()):
            self.done("site", "add", site, *(["--region", region] if region else []), "--contact",
                      self.canary(site, "mail") + "@contact.example")
            folder = os.path.join(self.folders[region], "source-" + site)
            os.mkdir(folder)
            sandbox = Sandbox(folder, SIZE, "--seed", str(number + 1))
            self.addCleanup(sandbox.stop)
            text = sandbox.text.replace("- name: entra\n", f"- name: {self.canary(site, 'importer')}\n")
            text = text.replace("importers:\n", f"# {self.canary(site, 'comment')}\nimporters:\n", 1)
            sandbox.importers = self.write(os.path.join(folder, site + ".yaml"), text)
            self.sandboxes[site] = sandbox
            self.done("apply", sandbox.importers, "--site", site)
            self.done("secret", "set", self.canary(site, "secret"), "--site", site, "--key-file", self.key,
                      text=self.canary(site, "value"))

    def token(self, service):
        set_up = re.search(r"set-up#(\S+)", read(service.log))[1]
        signed = self.ask(service, "POST", "/api/v1/set-up",
                          {"token": set_up, "admin": "olga", "password": "correct horse"})
        cookie = signed[1]["Set-Cookie"].split(";")[0]
        csrf = signed[2]["csrf_token"]
        made = self.ask(service, "POST", "/api/v1/tokens", {"name": "test", "scope": "write"},
                        {"Cookie": cookie, "X-CSRF-Token": csrf})
        return {"Authorization": "Bearer " + made[2]["token"]}

    def ask(self, service, method, path, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{service.port}{path}", data=data, method=method,
                                         headers={**({"Content-Type": "application/json"} if data else {}),
                                                  **(headers or {})})
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as refused:
            answer = refused
        text = answer.read()
        return answer.status, dict(answer.headers), json.loads(text) if text.strip() else None

    def ready(self, service):
        return self.ask(service, "GET", "/readyz")[2]

    def start_run(self, service, token, site):
        path = f"/api/v1/sites/{site}/importers/{self.canary(site, 'importer')}/runs"
        status, _, body = self.ask(service, "POST", path, {}, {**token, "Idempotency-Key": self.canary(site, "key")})
        self.assertEqual(status, 202, body)

    def states(self, service, token, site):
        status, _, body = self.ask(service, "GET", f"/api/v1/sites/{site}/runs", headers=token)
        self.assertEqual(status, 200, body)
        return [run["state"] for run in body["runs"]]

    def import_everywhere(self, service, token, times=1):
        for site in SITES:
            self.start_run(service, token, site)
        for site in SITES:
            self.wait_for(lambda: self.states(service, token, site)[:1] == ["completed"], f"{site} is imported", 90)
            self.assertEqual(self.states(service, token, site), ["completed"] * times)
