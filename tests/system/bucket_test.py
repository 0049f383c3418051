#!/usr/bin/env python3
"""Backups in a bucket, with an imitation of S3 (s3.py) that checks every signature and fails as S3 does."""
import os
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BINARIES, read  # noqa: E402
from s3 import KEY_ID, REGION, S3, SECRET  # noqa: E402
import backup_test  # noqa: E402
import scheduled_backup_test  # noqa: E402

PLACE = "s3://backups/muster/site-a"
PREFIX = "muster/site-a/"


class WithBucket:
    def setUp(self):
        super().setUp()
        self.s3 = S3(page=2)
        self.addCleanup(self.s3.stop)
        self.secret = self.write("secret", SECRET + "\n")
        self.work = os.path.join(self.directory, "work")
        os.mkdir(self.work)
        self.ok("migrate")

    def tearDown(self):
        self.assertEqual(self.s3.problems, [], "a signature did not fit")
        super().tearDown()

    def words(self, s3=None, endpoint=None, secret=None):
        return ["--s3-endpoint", endpoint or f"http://localhost:{(s3 or self.s3).port}", "--s3-region", REGION,
                "--s3-key-id", KEY_ID, "--s3-secret", "file:" + (secret or self.secret), "--s3-allow-private-address"]

    def backup(self, act, *arguments, **more):
        key = [] if act == "list" else ["--key-file", self.key]
        return self.muster("backup", act, *arguments, *key, *(more.pop("words", None) or self.words()), **more)

    def well(self, *arguments, **more):
        process = self.backup(*arguments, **more)
        self.assertEqual(process.returncode, 0, process.error + process.out)
        return process

    def make(self, **more):
        return self.well("create", PLACE, **more).out.split(": ")[0]

    def grow(self, mebibytes):
        """Rows that cannot be compressed."""
        with_bytes = "INSERT INTO notices (site, notice, at, kind, importer, run_id, subject, body) " \
                     "VALUES ('default', ?, 0, 'test', '', '', '', ?)"
        for number in range(mebibytes):
            self.store(with_bytes, f"canary-{number}", os.urandom(1 << 20).hex())


class Bucket(WithBucket, backup_test.WithBackups):
    def test_what_was_put_into_a_bucket_comes_back(self):
        self.ok("site", "add", "acme")
        path = self.make()
        name = path.rsplit("/", 1)[1]
        self.assertEqual(path, f"{PLACE}/{name}")
        self.assertEqual(self.s3.names(), [f"{PREFIX}{name}/{file}" for file in
                                           ("backup.json", "installation.bundle", "site-acme.bundle", "site-default.bundle")])
        self.assertEqual(self.s3.uploads, {})
        listed = self.well("list", PLACE).out
        self.assertRegex(listed, rf"{name}\s+manual")
        self.assertGreater(len(self.s3.did("ListObjectsV2")), 2, "pages were followed")
        refused = self.backup("verify", path)
        self.assertIn("--work-folder", refused.error)
        verified = self.well("verify", path, "--work-folder", self.work)
        self.assertIn("All of it comes back.", verified.out)
        self.assertEqual(os.listdir(self.work), [])
        restored = self.well("restore", path, "--database", self.url("new.db"))
        self.assertIn("acme: restored", restored.out)
        one = self.well("restore", path + "/site-acme.bundle", "--database", self.url("one.db"))
        self.assertIn("acme: restored", one.out)
        for object in self.s3.objects["backups"].values():
            self.assertNotIn(b"canary", object.body)

    def test_in_the_path_in_the_host_name_and_over_tls(self):
        self.make()
        self.assertTrue(all(entry["headers"]["Host"].startswith("backups.localhost:") for entry in self.s3.journal))
        self.s3.journal.clear()
        self.make(words=self.words() + ["--s3-path-style"])
        self.assertTrue(all(entry["headers"]["Host"].startswith("localhost:") for entry in self.s3.journal))
        certificate, key = os.path.join(self.directory, "cert.pem"), os.path.join(self.directory, "cert-key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key,
                        "-out", certificate], check=True, capture_output=True)
        s3 = S3(tls=(certificate, key))
        self.addCleanup(s3.stop)
        words = self.words(endpoint=f"https://localhost:{s3.port}") + ["--s3-path-style"]
        refused = self.backup("create", PLACE, words=words)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("certificate", refused.error)
        self.make(words=words + ["--s3-ca-file", certificate])
        self.assertEqual(len(s3.names()), 3)

    def test_what_is_large_goes_in_parts_and_memory_stays_small(self):
        self.ok("site", "add", "acme")
        self.grow(40)
        process = subprocess.Popen(
            ["/usr/bin/env", "python3", "-c",
             "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:]).returncode; "
             "print('peak', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)",
             os.path.join(BINARIES, "muster"), "backup", "create", PLACE, "--key-file", self.key, *self.words()],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment(), cwd=self.directory)
        out, error = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, error)
        large = next(name for name in self.s3.names() if name.endswith("site-default.bundle"))
        self.assertGreater(len(self.s3.objects["backups"][large].body), 40 << 20)
        self.assertGreaterEqual(len(self.s3.did("UploadPart")), 5 + 2)
        self.assertLessEqual(self.s3.most_body, 8 << 20)
        if os.path.basename(os.path.dirname(BINARIES)) not in ("asan", "tsan"):
            self.assertLess(int(out.split("peak ")[1]), 120 << 10, "KiB")
        path = f"{PLACE}/{large.split('/')[-2]}"
        self.well("verify", path, "--work-folder", self.work)
        self.assertGreater(len(self.s3.did("GetObject")), 6)

    def test_what_fails_for_a_moment_is_sent_again(self):
        self.grow(9)
        for fault in ({"status": 500, "operation": "UploadPart"}, {"status": 503, "code": "SlowDown", "operation": "PutObject"},
                      {"cut": "before", "operation": "UploadPart"}, {"cut": "after", "operation": "CompleteMultipartUpload"},
                      {"late_error": True, "operation": "CompleteMultipartUpload"}, {"delay": 2.0, "operation": "UploadPart"},
                      {"cut": "after", "operation": "CreateMultipartUpload"},
                      {"status": 503, "code": "SlowDown", "retry_after": 1, "operation": "CreateMultipartUpload"}):
            with self.subTest(**fault):
                self.s3.fail(**fault)
                path = self.make()
                self.assertTrue(any(entry["fault"] for entry in self.s3.journal), "nothing failed")
                self.s3.journal.clear()
                self.assertIn(path.rsplit("/", 1)[1], self.well("list", PLACE).out)
        for fault in ({"status": 500, "operation": "GetObject"}, {"cut": "middle", "operation": "GetObject", "key": "bundle"}):
            with self.subTest(**fault):
                self.s3.fail(**fault)
                self.well("verify", path, "--work-folder", self.work)

    def test_what_is_refused_says_so_and_leaves_nothing(self):
        self.grow(9)
        wrong = self.write("wrong", "another secret\n")
        refused = self.backup("create", PLACE, words=self.words(secret=wrong))
        self.assertIn("SignatureDoesNotMatch", refused.error)
        self.assertEqual(len(refused.error.strip().splitlines()), 1, refused.error)
        self.assertEqual(len(self.s3.problems), 1)
        self.s3.problems.clear()
        self.s3.fail(status=403, code="AccessDenied", operation="UploadPart", after=1)
        refused = self.backup("create", PLACE)
        self.assertIn("AccessDenied", refused.error)
        self.assertNotIn(SECRET, refused.error)
        self.assertEqual(self.s3.names(), [])
        self.assertEqual(self.s3.uploads, {}, "what was begun is aborted")
        for place, said in (("s3://nobody-has-it/x", "NoSuchBucket"), ("s3://b", "s3://BUCKET"), ("s3://backups/../x", "s3://BUCKET"),
                            ("s3://backups/a?b", "s3://BUCKET")):
            refused = self.backup("create", place)
            self.assertNotEqual(refused.returncode, 0)
            self.assertIn(said, refused.error)
        refused = self.muster("backup", "list", PLACE, "--s3-endpoint", f"http://localhost:{self.s3.port}")
        self.assertIn("--s3-key-id", refused.error)
        refused = self.muster("backup", "list", PLACE, *[w for w in self.words() if w != "--s3-allow-private-address"])
        self.assertIn("https", refused.error)

    def test_what_is_half_there_is_no_backup(self):
        path = self.make()
        key = path.removeprefix("s3://backups/") + "/"
        bundle = self.s3.objects["backups"].pop(key + "site-default.bundle")
        refused = self.backup("verify", path, "--work-folder", self.work)
        self.assertIn("not whole", refused.error)
        self.assertIn("not whole", self.well("list", PLACE).out)
        self.s3.objects["backups"][key + "site-default.bundle"] = bundle
        label = self.s3.objects["backups"].pop(key + "backup.json")
        self.assertIn("There are no backups.", self.well("list", PLACE).out)
        self.s3.objects["backups"][key + "backup.json"] = label
        damaged = bytearray(bundle.body)
        damaged[-30] ^= 1
        bundle.body = bytes(damaged)
        refused = self.backup("verify", path, "--work-folder", self.work)
        self.assertIn("was changed", refused.error)

    def test_credentials_come_from_the_environment_and_from_the_store_too(self):
        words = ["--s3-endpoint", f"http://localhost:{self.s3.port}", "--s3-region", REGION, "--s3-allow-private-address"]
        made = self.backup("create", PLACE, words=words, AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY=SECRET)
        self.assertEqual(made.returncode, 0, made.error)
        made = self.backup("create", PLACE, words=words + ["--s3-key-id", KEY_ID, "--s3-secret", "env:OF_S3"], OF_S3=SECRET)
        self.assertEqual(made.returncode, 0, made.error)
        self.ok("secret", "set", "bucket", "--key-file", self.key, text=SECRET)
        made = self.backup("create", PLACE, words=words + ["--s3-key-id", KEY_ID, "--s3-secret", "stored:default/bucket"])
        self.assertEqual(made.returncode, 0, made.error)


class ScheduledInBucket(WithBucket, scheduled_backup_test.WithSchedule):
    """The same rules as in a folder."""

    def service(self, *arguments, command="serve", **more):
        return self.serve("--key-file", self.key, "--backup-folder", PLACE, "--backup-schedule",
                          scheduled_backup_test.YEARLY, *self.words(), *arguments, command=command, **more)

    def backups(self):
        return sorted({name.split("/")[-2] for name in self.s3.names() if name.endswith("/backup.json")})

    def files(self, name):
        return [key for key in self.s3.names() if key.startswith(f"{PREFIX}{name}/")]

    def test_a_tick_has_one_backup_whoever_is_killed(self):
        self.needs_failpoints()
        self.ok("site", "add", "acme")
        self.begin()
        for point in (*scheduled_backup_test.KILLS, "backup.sending=kill@2", "backup.completing=kill@1"):
            with self.subTest(point):
                self.s3.objects["backups"].clear()
                self.store("UPDATE scheduled_backup SET name = '', made = 0")
                self.miss_one()
                service = self.service(MUSTER_FAILPOINT=point)
                self.assertEqual(service.wait(90), -signal.SIGKILL, read(service.log))
                for name in self.backups():
                    self.well("verify", f"{PLACE}/{name}", "--work-folder", self.work)
                self.store("UPDATE scheduled_backup SET leased_until = 1")
                service = self.service()
                self.wait_until_made()
                self.end(service)
                made, = self.backups()
                self.assertEqual(self.progress()["name"], made)
                self.well("verify", f"{PLACE}/{made}", "--work-folder", self.work)

    def test_removes_those_whose_day_has_come(self):
        self.begin()
        old, new = self.make_two()
        for name in (old, new):
            self.antedate(name, "expires")
        self.s3.objects["backups"][f"{PREFIX}{old}/notes.txt"] = self.s3.objects["backups"][f"{PREFIX}{old}/backup.json"]
        self.s3.objects["backups"]["elsewhere/x"] = self.s3.objects["backups"][f"{PREFIX}{old}/backup.json"]
        left = f"{PREFIX}20200101T000000000Z-daily/site-default.bundle"
        self.s3.objects["backups"][left] = self.s3.objects["backups"][f"{PREFIX}{old}/backup.json"]
        by_hand = f"{PREFIX}20200101T000000000Z/site-default.bundle"
        self.s3.objects["backups"][by_hand] = self.s3.objects["backups"][f"{PREFIX}{old}/backup.json"]
        self.store("UPDATE scheduled_backup SET tidied = 0")
        service = self.service()
        self.wait_for(lambda: self.backups() == [new], "the old one is removed")
        self.assertEqual(self.files(old), [f"{PREFIX}{old}/notes.txt"])
        self.wait_for(lambda: self.progress()["node"] == "", "nobody has the turn")
        # What an attempt before had left goes when the next is made; what was made by hand stays.
        self.miss_one()
        self.wait_for(lambda: left not in self.s3.names(), "it is swept")
        self.wait_until_made()
        self.end(service)
        self.assertIn(by_hand, self.s3.names())
        self.assertIn("elsewhere/x", self.s3.names())

    def antedate(self, name, field):
        label = self.s3.objects["backups"][f"{PREFIX}{name}/backup.json"]
        label.body = label.body.replace(f'"{field}":"2'.encode(), f'"{field}":"1'.encode())

    def test_a_bucket_that_is_gone_for_a_while_is_told_and_filled_later(self):
        self.begin()
        self.miss_one()
        self.s3.fail(times=-1, status=403, code="AccessDenied")
        service = self.service()
        self.wait_for(lambda: self.progress()["failures"] == 1, "it fails", 90)
        self.assertIn("AccessDenied", self.progress()["problem"])
        self.s3.faults.clear()
        self.store("UPDATE scheduled_backup SET next_try = 0")
        self.wait_until_made()
        self.end(service)
        self.assertEqual(len(self.backups()), 1)


if __name__ == "__main__":
    unittest.main()
