#!/usr/bin/env python3
"""Notices: what goes wrong is told by e-mail and by a signed webhook, by the real service."""
import asyncore
import base64
import email
import hashlib
import hmac
import http.server
import json
import os
import re
import smtpd
import sys
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import api_test  # noqa: E402
from harness import SystemTest, read  # noqa: E402


class MailServer(smtpd.SMTPServer):
    """Of Python's library; takes everything."""

    def __init__(self):
        self.sockets = {}
        self.mails = []
        super().__init__(("127.0.0.1", 0), None, map=self.sockets)
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=asyncore.loop, kwargs={"timeout": 0.1, "map": self.sockets}, daemon=True)
        self.thread.start()

    def process_message(self, peer, sender, recipients, data, **_):
        self.mails.append((sender, recipients, email.message_from_bytes(data)))


class Hook(http.server.ThreadingHTTPServer):
    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.server.calls.append((dict(self.headers.items()), body))
                # The first time it is not ready.
                self.send_response(503 if len(self.server.calls) == 1 else 204)
                self.end_headers()

            def log_message(self, *_):
                pass
        self.calls = []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Notices(SystemTest):
    first_start, expect = api_test.Api.first_start, api_test.Api.expect
    put_importer, wait_for_job = api_test.Api.put_importer, api_test.Api.wait_for_job

    def test_a_run_that_fails_is_told_by_mail_and_webhook(self):
        mail, hook = MailServer(), Hook()
        self.addCleanup(hook.server_close)
        self.addCleanup(hook.shutdown)
        key = os.path.join(self.directory, "key")
        self.assertEqual(self.muster("key", "generate", key).returncode, 0)
        sandbox = self.sandbox()
        service = self.serve("--key-file", key, "--private-webhooks", "--mail-from", "muster@example.com",
                             "--mail-server", f"smtp://127.0.0.1:{mail.port}")
        client = self.first_start(service)
        site = "/api/v1/sites/default"
        self.expect(200, client("PUT", f"{site}/secrets/hook", {"value": "signs"}))
        self.expect(200, client("PUT", f"{site}/contact", {
            "contact": "it@acme.example", "webhook": f"http://127.0.0.1:{hook.server_address[1]}/muster",
            "webhook_secret": "hook"}))
        sandbox.text = re.sub(r"client_secret: \{[^}]*\}", "client_secret: { secret: not-there }", sandbox.text)
        self.put_importer(client, sandbox)
        job = self.expect(202, client("POST", f"{site}/importers/entra/runs", {}))["job_id"]
        self.wait_for_job(client, job)
        self.wait_for(lambda: mail.mails and hook.calls, read(service.log))
        sender, recipients, message = mail.mails[0]
        self.assertEqual((sender, recipients), ("muster@example.com", ["it@acme.example"]))
        self.assertEqual(message["Subject"], "[muster] default: entra failed")
        self.assertIn("Importer: entra", message.get_payload(decode=True).decode())
        headers, body = hook.calls[0]
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        mac = base64.b64encode(hmac.new(b"signs", signed, hashlib.sha256).digest()).decode()
        self.assertEqual(headers["webhook-signature"], f"v1,{mac}")
        self.assertEqual(json.loads(body)["type"], "run.failed")

        def told():
            return {each["channel"]: each["state"]
                    for each in client("GET", f"{site}/notices")["notices"][0]["deliveries"]}
        self.wait_for(lambda: told() == {"email": "sent", "webhook": "sent"}, "the webhook is tried again", 120)
        self.assertEqual(len(mail.mails), 1)
        self.assertEqual(hook.calls[1][0]["webhook-id"], headers["webhook-id"])
        self.expect(202, client("POST", f"{site}/notices/test"))
        self.wait_for(lambda: len(mail.mails) == 2, "the test arrives")
        self.end(service)
        self.assertNotIn("signs", read(service.log))


if __name__ == "__main__":
    unittest.main()
