#!/usr/bin/env python3
"""The service's API over HTTP: first start, signing in, importers, runs by the real workers, roles, the audit log."""
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import SystemTest, read  # noqa: E402

PASSWORD = "correct horse battery"
SLOW = ("users=3000,groups=300,memberships=9000,devices=80", "--latency", "300")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.text = status, headers, body.decode()

    def __getitem__(self, key):
        return json.loads(self.text)[key]


class Client:
    """Somebody at the API: by cookie and CSRF token, or by a personal token."""

    def __init__(self, port, token=None):
        self.origin, self.token, self.cookie, self.csrf = f"http://127.0.0.1:{port}", token, None, None

    def __call__(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.cookie:
            headers["Cookie"], headers["X-CSRF-Token"] = self.cookie, self.csrf
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(self.origin + path, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, refused.headers, refused.read())

    def take_session(self, answer):
        self.cookie, self.csrf = answer.headers["Set-Cookie"].split(";")[0], answer["csrf_token"]
        return self


class Api(SystemTest):
    def first_start(self, service):
        link = re.search(r"http://(\S+)/set-up#(mstr_setup_\w+)", read(service.log))
        self.assertEqual(link[1], f"127.0.0.1:{service.port}")
        token, client = link[2], Client(service.port)
        page = client("GET", "/set-up", Accept="text/html")
        # The console, or, where it was not built, a plain page of its own.
        self.assertTrue("Make the operator" in page.text or 'id="app"' in page.text, page.text)
        answer = client("POST", "/api/v1/set-up", {"token": token, "admin": "olga", "password": PASSWORD})
        self.assertEqual(answer.status, 200, answer.text)
        return client.take_session(answer)

    def sign_in(self, service, admin="olga", password=PASSWORD):
        client = Client(service.port)
        answer = client("POST", "/api/v1/sign-in", {"admin": admin, "password": password})
        self.assertEqual(answer.status, 200, answer.text)
        return client.take_session(answer)

    def expect(self, status, answer):
        self.assertEqual(answer.status, status, answer.text)
        return answer

    def put_importer(self, client, sandbox, more="", **headers):
        """The first importer of the sandbox's file; Assets may remove what is absent."""
        head, *importers = re.split(r"(?m)^(?=  - name:)", sandbox.text)
        text = head + next(text for text in importers if text.startswith("  - name: entra\n"))
        text = text.replace("missing_objects: ignore", "missing_objects: unknown").rstrip("\n") + "\n" + more
        return self.expect(200, client("PUT", "/api/v1/sites/default/importers/entra", {"definition": text}, **headers))

    def wait_for_job(self, client, job, site="default"):
        answer = None

        def over():
            nonlocal answer
            answer = client("GET", f"/api/v1/sites/{site}/jobs/{job}")
            return answer["state"] == "over"
        self.wait_for(over, "the job is over")
        return answer

    def test_from_the_first_start_to_a_completed_run(self):
        sandbox = self.sandbox()
        service = self.serve()
        self.assertIn("First start", read(service.log))
        self.expect(401, Client(service.port)("GET", "/api/v1/me"))
        client = self.first_start(service)
        self.assertTrue(self.expect(200, client("GET", "/api/v1/me"))["operator"])
        self.put_importer(client, sandbox)
        schema = self.expect(200, client("GET", "/api/v1/sites/default/importers/entra/schema"))
        self.assertIn("Entra User", schema.text)
        job = self.expect(202, client("POST", "/api/v1/sites/default/importers/entra/runs", {}))["job_id"]
        run_id = self.wait_for_job(client, job)["run_id"]
        report = self.expect(200, client("GET", f"/api/v1/sites/default/runs/{run_id}"))
        self.assertEqual((report["state"], report["trigger"]), ("completed", "manual"), report.text)
        self.assert_equals_truth(sandbox)
        events = self.expect(200, client("GET", f"/api/v1/sites/default/jobs/{job}/events"))
        self.assertEqual(events.headers["Content-Type"], "text/event-stream")
        self.assertIn("event: over\n", events.text)
        csv = self.expect(200, client("GET", "/api/v1/sites/default/statistics"))
        self.assertIn(f'"{run_id}","entra","completed","ok"', csv.text)
        # Nothing of it is lost when the service dies.
        service.kill()
        service.wait()
        service = self.serve()
        self.assertNotIn("First start", read(service.log))
        client = self.sign_in(service)
        self.assertEqual(client("GET", "/api/v1/sites/default/runs")["runs"][0]["run_id"], run_id)
        self.assertTrue(client("GET", "/api/v1/sites/default/audit/verification")["whole"])
        self.assertTrue(client("GET", "/api/v1/audit/verification")["whole"])
        self.end(service)

    def test_says_what_works_and_what_is_missing(self):
        sandbox = self.sandbox()
        service = self.serve()
        client = self.first_start(service)
        self.put_importer(client, sandbox)
        check = "/api/v1/sites/default/importers/entra/check"
        found = self.expect(200, client("POST", check, {}))
        self.assertEqual((found["sign_in"]["state"], found["advice"]), ("works", []), found.text)
        self.assertTrue(found["destination"]["ready"])
        definition = client("GET", "/api/v1/sites/default/importers/entra")["definition"]
        wrong = definition.replace("11111111", "00000000").replace("client_id: \"", "client_id: \"0")
        found = self.expect(200, client("POST", check, {"definition": wrong}))
        self.assertEqual(found["sign_in"]["state"], "failed")
        self.assertIn("sign-in: ", found["advice"][0])
        self.end(service)

    def test_a_test_run_is_limited_and_held_until_somebody_confirms(self):
        sandbox = self.sandbox()
        service = self.serve()
        client = self.first_start(service)
        self.put_importer(client, sandbox)
        runs = "/api/v1/sites/default/importers/entra/runs"
        job = self.expect(202, client("POST", runs, {"test": True}))["job_id"]
        run_id = self.wait_for_job(client, job)["run_id"]
        report = client("GET", f"/api/v1/sites/default/runs/{run_id}")
        self.assertEqual((report["kind"], report["state"], report["reason"]),
                         ("limited", "held", "partial_not_confirmed"))
        self.assertEqual([e["states"] for e in sandbox.executions()], [])
        reject = f"/api/v1/sites/default/runs/{run_id}/reject"
        self.assertEqual(self.expect(200, client("POST", reject, {"why": "only looking"}))["state"], "cancelled")
        job = self.expect(202, client("POST", runs, {"limit": 7, "confirm_partial": True}))["job_id"]
        run_id = self.wait_for_job(client, job)["run_id"]
        report = client("GET", f"/api/v1/sites/default/runs/{run_id}")
        self.assertEqual((report["kind"], report["state"]), ("limited", "completed"), report.text)
        self.assertEqual(len(sandbox.objects("Entra User")), 7)
        self.end(service)

    def test_shows_how_a_run_goes_and_cancels_it(self):
        sandbox = self.sandbox(*SLOW)
        service = self.serve()
        client = self.first_start(service)
        self.put_importer(client, sandbox)
        job = client("POST", "/api/v1/sites/default/importers/entra/runs", {})["job_id"]
        path = f"/api/v1/sites/default/jobs/{job}"

        def is_reading():
            progress = client("GET", path)["progress"]
            return progress and any(data_set["fetched"] > 0 for data_set in progress["data_sets"])
        self.wait_for(is_reading, "the run reads")
        run_id = client("GET", path)["run_id"]
        log = f"/api/v1/sites/default/runs/{run_id}/log"
        self.wait_for(lambda: client("GET", log)["lines"], "it tells what it logs")
        told = client("GET", log)
        self.assertEqual((told["over"], told["next"]), (False, len(told["lines"])))
        self.assertIn("reading", [line["text"] for line in told["lines"]])
        self.assertEqual(client("GET", f"{log}?after={told['next']}")["lines"], [])
        self.expect(202, client("POST", f"/api/v1/sites/default/runs/{run_id}/cancel"))
        self.wait_for_job(client, job)
        report = client("GET", f"/api/v1/sites/default/runs/{run_id}")
        self.assertEqual((report["state"], report["reason"]), ("cancelled", "cancelled"))
        whole = client("GET", log)
        self.assertTrue(whole["over"])
        self.assertEqual(whole["lines"], report["log"])
        self.assertEqual(whole["lines"][:told["next"]], told["lines"], "it is the same log")
        self.assertFalse([e for e in sandbox.executions() if e["states"][-1] in ("INGESTING", "DONE")])
        self.end(service)

    def test_lets_a_held_run_pass_once_it_is_approved(self):
        sandbox = self.sandbox()
        service = self.serve()
        client = self.first_start(service)
        self.put_importer(client, sandbox)
        runs = "/api/v1/sites/default/importers/entra/runs"
        self.wait_for_job(client, client("POST", runs, {})["job_id"])
        few = "    data_sets: { users: { where: 'department == \"nobody\"' }, groups: {}, devices: {} }\n"
        self.put_importer(client, sandbox, few, If_Match="*")
        run_id = self.wait_for_job(client, client("POST", runs, {})["job_id"])["run_id"]
        report = client("GET", f"/api/v1/sites/default/runs/{run_id}")
        self.assertEqual(report["state"], "held", report.text)
        approve = f"/api/v1/sites/default/runs/{run_id}/approve"
        job = self.expect(202, client("POST", approve, {"why": "they all left"}))["job_id"]
        report = client("GET", "/api/v1/sites/default/runs/" + self.wait_for_job(client, job)["run_id"])
        self.assertEqual(report["state"], "completed", report.text)
        self.assertEqual(report["gate"]["approved_by"], "olga")
        self.assertEqual(client("POST", approve, {"why": "again"}).status, 409)
        self.end(service)

    def test_everybody_sees_only_what_his_role_allows(self):
        service = self.serve()
        client = self.first_start(service)
        self.expect(201, client("POST", "/api/v1/sites", {"site": "acme", "name": "Acme"}))
        for admin, role in (("anna", "admin"), ("aude", "auditor")):
            self.expect(200, client("PUT", f"/api/v1/admins/{admin}",
                                    {"password": PASSWORD, "roles": {"acme": role}}))
        anna, aude = self.sign_in(service, "anna"), self.sign_in(service, "aude")
        self.assertEqual([site["site"] for site in anna("GET", "/api/v1/sites")["sites"]], ["acme"])
        self.expect(404, anna("GET", "/api/v1/sites/default/importers"))
        self.expect(403, aude("POST", "/api/v1/sites/acme/importers/x/runs", {}))
        self.expect(403, anna("GET", "/api/v1/admins"))
        made = self.expect(201, anna("POST", "/api/v1/tokens", {"name": "ci"}))
        robot = Client(service.port, made["token"])
        self.expect(200, robot("GET", "/api/v1/sites/acme/runs"))
        self.expect(403, robot("DELETE", "/api/v1/sites/acme/importers/x"))
        refused = [entry for entry in client("GET", "/api/v1/audit")["entries"] if entry["act"] == "access.refused"]
        self.assertEqual([entry["who"] for entry in refused], ["anna", "anna", "aude", "anna"])
        self.assertEqual(refused[0]["origin"], "127.0.0.1")
        self.expect(200, client("PUT", "/api/v1/admins/anna", {"disabled": True}))
        self.expect(401, robot("GET", "/api/v1/me"))
        self.expect(401, anna("GET", "/api/v1/me"))
        state = self.all_state()
        for secret in (PASSWORD, made["token"], client.cookie.split("=")[1]):
            self.assertNotIn(secret.encode(), state)
            self.assertNotIn(secret, read(service.log))
        self.end(service)

    def test_the_command_line_and_the_api_see_the_same(self):
        sandbox = self.sandbox()
        applied = self.muster("apply", sandbox.importers)
        self.assertEqual(applied.returncode, 0, applied.error)
        service = self.serve()
        client = self.first_start(service)
        shown = self.expect(200, client("GET", "/api/v1/sites/default/importers/entra"))
        self.assertEqual(shown["version"], 1)
        self.assertEqual(shown.headers["ETag"], '"1"')
        changed = shown["definition"] + "    record_limit: 5\n"
        self.expect(412, client("PUT", "/api/v1/sites/default/importers/entra", {"definition": changed}))
        self.expect(200, client("PUT", "/api/v1/sites/default/importers/entra", {"definition": changed},
                                If_Match='"1"'))
        self.assertIn("record_limit: 5", self.muster("export").out)
        verified = self.muster("audit", "verify")
        self.assertEqual(verified.returncode, 0, verified.error)
        self.assertIn("default", verified.out)
        self.end(service)

    def test_shows_the_first_records_and_plans_without_sending_anything(self):
        sandbox = self.sandbox()
        self.assertEqual(self.muster("apply", sandbox.importers).returncode, 0)
        service = self.serve()
        client = self.first_start(service)
        importer = "/api/v1/sites/default/importers/entra"
        found = self.expect(200, client("POST", importer + "/preview", {"data_set": "users"}))
        self.assertEqual((found["state"], found["fetched"], found["formatted"], found["whole"]),
                         ("completed", 200, 200, False))
        users = {user["id"]: user for user in sandbox.truth("users")}
        for shown in found["objects"]:
            values = {each["attribute"]: each["value"] for each in shown}
            self.assertEqual(values["Display Name"], users[values["Object ID"]]["displayName"])
        definition = self.expect(200, client("GET", importer))["definition"]
        only = definition.replace("    destination:", "    data_sets: { users: { where: 'department == \"Sales\"' } }\n"
                                                      "    destination:")
        found = self.expect(200, client("POST", importer + "/preview",
                                        {"data_set": "users", "definition": only, "records": 1000}))
        sales = sum(user.get("department") == "Sales" for user in users.values())
        self.assertEqual((found["whole"], found["total"], found["formatted"]), (True, len(users), sales))
        job = self.expect(202, client("POST", importer + "/runs", {"plan": True}))["job_id"]
        self.wait_for(lambda: client("GET", f"/api/v1/sites/default/jobs/{job}")["state"] == "over", "the plan")
        report = client("GET", f"/api/v1/sites/default/jobs/{job}")["progress"]["report"]
        self.assertEqual((report["state"], report["data_sets"][0]["formatted"]), ("completed", len(users)))
        self.assertEqual(client("GET", "/api/v1/sites/default/runs")["runs"], [])
        self.assertEqual(sandbox.executions(), [])
        values = next(iter(users.values()))["userPrincipalName"].encode()
        self.assertNotIn(values, self.all_state())
        self.end(service)

    def test_answers_https(self):
        key, certificate = (os.path.join(self.directory, name) for name in ("tls.key", "tls.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", certificate, "-subj", "/CN=localhost", "-days", "2", "-addext",
                        "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        service = self.serve("--tls-certificate", certificate, "--tls-key", key)
        self.assertIn(f"https://127.0.0.1:{service.port}/set-up#", read(service.log))
        context = ssl.create_default_context(cafile=certificate)
        health = urllib.request.urlopen(f"https://127.0.0.1:{service.port}/healthz", context=context)
        self.assertEqual(health.status, 200)
        self.end(service)
        self.assertEqual(self.muster("serve", "--tls-certificate", certificate).returncode, 2)

    def test_the_document_describes_what_is_answered(self):
        service = self.serve()
        client = self.first_start(service)
        document = json.loads(self.expect(200, client("GET", "/api/openapi.json")).text)
        for path, operations in document["paths"].items():
            if "{" in path or "get" not in operations:
                continue
            answer = self.expect(200, client("GET", path))
            schema = operations["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            for name in schema["required"]:
                self.assertIn(name, json.loads(answer.text), path)
        self.end(service)


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    unittest.main()
