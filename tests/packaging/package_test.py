#!/usr/bin/env python3
"""The Debian packages: what is in them, and that a fresh Debian 12 can install, start, upgrade, remove and purge them.

Packs the programs of MUSTER_BUILD_DIR. Without root, debootstrap or a Debian mirror the second half is skipped (77)."""
import contextlib
import glob
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

BUILD = os.environ["MUSTER_BUILD_DIR"]
DATABASE = "sqlite:/var/lib/muster/muster.db"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
CREDENTIALS = "/run/credentials/muster.service"


def call(*words, **more):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)
    if done.returncode != 0:
        raise AssertionError(f"{shlex.join(words)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def pack(folder, *more):
    call("cpack", "--config", f"{BUILD}/CPackConfig.cmake", "-B", folder, *more)
    return {re.match(r"(.*?)_", os.path.basename(path))[1]: path for path in glob.glob(f"{folder}/*.deb")}


def mirror():
    said = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Codename: bookworm", "Origin: Debian"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout.split()
    return said[0] if said else None


def why_not():
    """What is missing for a Debian in a folder; empty: nothing."""
    if os.geteuid() != 0:
        return "not root"
    if not shutil.which("debootstrap"):
        return "debootstrap is missing"
    return "" if mirror() else "no Debian mirror is known"


class Content(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="muster-package-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.packages = pack(cls.folder)

    def field(self, package, name):
        return call("dpkg-deb", "-f", self.packages[package], name).strip()

    def files(self, package):
        found = {}
        for line in call("dpkg-deb", "-c", self.packages[package]).splitlines():
            mode, owner, _, _, _, path = line.split(None, 5)
            found[path.removeprefix(".")] = (mode, owner)
        return found

    def test_holds_what_it_should(self):
        self.assertEqual(set(self.packages), {"muster", "muster-sandbox"})
        files = self.files("muster")
        for path in ("/usr/bin/muster", "/usr/lib/systemd/system/muster.service", "/etc/muster/muster.yaml",
                     "/usr/share/doc/muster/copyright", "/usr/share/doc/muster/README.md", "/usr/share/man/man1/muster.1.gz",
                     "/usr/share/doc/muster/docs/faq.md", "/usr/share/doc/muster/grafana/muster.json",
                     "/usr/share/bash-completion/completions/muster", "/usr/share/zsh/vendor-completions/_muster"):
            self.assertIn(path, files)
        self.assertNotIn("/usr/bin/muster-sandbox", files)
        self.assertIn("/usr/bin/muster-sandbox", self.files("muster-sandbox"))
        for package in self.packages:
            for path, (mode, owner) in self.files(package).items():
                self.assertEqual(owner, "root/root", path)
                self.assertNotRegex(mode, r"^.....w|^........w|s", path)

    def test_needs_what_the_program_is_linked_with(self):
        depends = self.field("muster", "Depends")
        for name in ("libcurl4", "libssl3", "libpq5", "libsqlite3-0", "adduser", "ca-certificates", "tzdata"):
            self.assertIn(name, depends)

    def test_settings_are_kept(self):
        conffiles = call("dpkg-deb", "-I", self.packages["muster"], "conffiles").split()
        self.assertEqual(conffiles, [path for path, (mode, _) in sorted(self.files("muster").items())
                                     if path.startswith("/etc/") and mode.startswith("-")])

    def test_the_manual_page_names_every_command(self):
        with open(os.path.join(os.path.dirname(__file__), "../../packaging/muster.1"), encoding="utf-8") as file:
            page = file.read()
        named = set(re.findall(r"[a-z-]+", " ".join(re.findall(r"^\.BR? (.*)$", page, re.M))))
        said = call(f"{BUILD}/bin/muster", "--help").split("Subcommands:")[1]
        commands = set(re.findall(r"^  ([a-z-]+) ", said, re.M))
        self.assertGreater(len(commands), 10)
        self.assertEqual(commands - named, set())


class Machine(unittest.TestCase):
    """A bare Debian in a folder."""

    def setUp(self):
        if why_not():
            self.skipTest(why_not())
        self.root = tempfile.mkdtemp(prefix="muster-debian-")
        self.addCleanup(shutil.rmtree, self.root)
        self.debs = tempfile.mkdtemp(prefix="muster-package-")
        self.addCleanup(shutil.rmtree, self.debs)
        call("debootstrap", "--variant=minbase", "bookworm", self.root, mirror())
        os.chmod(self.root, 0o755)  # others than root work in it too

    def inside(self, *words, **more):
        environment = dict(PATH=PATH, DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8", HOME="/root")
        return call("chroot", self.root, *words, env=environment, **more)

    def path(self, inside):
        return self.root + inside

    def read(self, inside):
        with open(self.path(inside), encoding="utf-8") as file:
            return file.read()

    def install(self, deb):
        shutil.copy(deb, self.path("/tmp/muster.deb"))
        return self.inside("apt-get", "install", "-q", "-y", "--no-install-recommends", "/tmp/muster.deb")


class Installed(Machine):
    """One machine for all steps, which follow each other."""

    def owner(self, inside):
        about = os.stat(self.path(inside))
        names = dict(line.split(":")[2::-2] for line in self.read("/etc/passwd").splitlines())
        return names[str(about.st_uid)], about.st_mode & 0o7777

    def prepare_as_systemd_does(self):
        """StateDirectory= and LoadCredential= of the unit."""
        unit = self.read("/usr/lib/systemd/system/muster.service")
        self.assertIn("\nStateDirectory=muster\n", unit)
        name, source = re.search(r"^LoadCredential=(.*?):(.*)$", unit, re.M).groups()
        self.inside("install", "-d", "-o", "muster", "-g", "muster", "-m", "0700", "/var/lib/muster", CREDENTIALS)
        self.inside("install", "-o", "muster", "-g", "muster", "-m", "0400", source, f"{CREDENTIALS}/{name}")
        return unit

    @contextlib.contextmanager
    def served(self):
        """The unit's own command as the unit's user."""
        unit = self.prepare_as_systemd_does()
        user = re.search(r"^User=(.*)$", unit, re.M)[1]
        command = re.search(r"^ExecStart=(.*)$", unit, re.M)[1]
        log = os.path.join(self.debs, "serve.log")
        with open(log, "w", encoding="utf-8") as file:
            process = subprocess.Popen(["/usr/sbin/chroot", f"--userspec={user}:{user}", self.root,
                                        *command.split()],
                                       stdout=file, stderr=file, env={"PATH": PATH, "CREDENTIALS_DIRECTORY": CREDENTIALS})
        try:
            deadline = time.monotonic() + 30
            said = ""
            while "serves on port" not in said:
                self.assertLess(time.monotonic(), deadline, said)
                self.assertIsNone(process.poll(), said)
                time.sleep(0.1)
                with open(log, encoding="utf-8") as file:
                    said = file.read()
            yield said, int(re.search(r"serves on port (\d+)", said)[1])
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(30), 0)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    def test_is_installed_started_upgraded_and_removed(self):
        first = pack(f"{self.debs}/1")["muster"]
        self.install(first)
        self.assertIn("muster 0.", self.inside("muster", "version"))
        self.assertEqual(self.owner("/etc/muster/key"), ("root", 0o600))
        self.assertNotIn("muster.service", os.listdir(self.path("/etc/systemd/system")) if
                         os.path.isdir(self.path("/etc/systemd/system")) else [])
        key = self.read("/etc/muster/key")
        settings = self.read("/etc/muster/muster.yaml").replace("127.0.0.1:8080", "127.0.0.1:0")
        with open(self.path("/etc/muster/muster.yaml"), "w", encoding="utf-8") as file:
            file.write(settings)

        with self.served() as (said, port):
            self.assertRegex(said, r"First start: .*\n +http://127.0.0.1:\d+/set-up#\S+")
            for path in ("healthz", "readyz"):
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10) as answer:
                    self.assertEqual(answer.status, 200)
            # Root's commands on the store must not take it away from the service.
            self.inside("muster", "site", "add", "acme", "--database", DATABASE)
            self.inside("muster", "secret", "set", "token", "--site", "acme", "--database", DATABASE,
                        "--key-file", "/etc/muster/key", input="a value")
            for name in os.listdir(self.path("/var/lib/muster")):
                self.assertEqual(self.owner(f"/var/lib/muster/{name}"), ("muster", 0o600), name)

        self.install(pack(f"{self.debs}/2", "-D", "CPACK_PACKAGE_VERSION=99.0")["muster"])
        self.assertEqual(self.inside("dpkg-query", "-W", "-f", "${Version}", "muster"), "99.0")
        self.assertEqual(self.read("/etc/muster/muster.yaml"), settings)
        self.assertEqual(self.read("/etc/muster/key"), key)
        with self.served():
            self.assertIn("acme", self.inside("muster", "site", "list", "--database", DATABASE))

        self.inside("apt-get", "remove", "-q", "-y", "muster")
        self.assertFalse(os.path.exists(self.path("/usr/bin/muster")))
        self.assertEqual(self.read("/etc/muster/muster.yaml"), settings)
        self.assertIn("/var/lib/muster stays", self.inside("dpkg", "--purge", "muster"))
        self.assertFalse(os.path.exists(self.path("/etc/muster/muster.yaml")))
        self.assertEqual(self.read("/etc/muster/key"), key)
        self.assertTrue(os.path.exists(self.path("/var/lib/muster/muster.db")))


if __name__ == "__main__":
    for tool in ("cpack", "dpkg-deb", "dpkg-shlibdeps"):
        if not shutil.which(tool):
            print(f"skipped: {tool} is missing")
            sys.exit(77)
    result = unittest.main(exit=False, verbosity=2).result
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)
