#!/usr/bin/env python3
"""Signing in to the real service at a real OpenID provider (npm oidc-provider), over HTTP as a browser does it."""
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import SystemTest, read  # noqa: E402

TOOLS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools")
SECRET = "the secret of muster at the provider"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Browser:
    """Cookies per host and port, one request at a time; redirects are followed by hand."""

    def __init__(self):
        self.cookies, self.visited = {}, []

    def get(self, url, method="GET", body=None, **headers):
        parts = urllib.parse.urlsplit(url)
        held = self.cookies.setdefault(parts.netloc, {})
        if held:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in held.items())
        connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        connection.request(method, parts.path + ("?" + parts.query if parts.query else ""), body,
                           {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        answer.text, answer.url = answer.read().decode(), url
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            gone = not value or "Max-Age=0" in cookie or "1970" in cookie
            held.pop(name, None) if gone else held.update({name: value})
        connection.close()
        self.visited.append(url)
        return answer

    def follow(self, url, until):
        """Goes on until an address begins with `until`, which is not asked for; returns it."""
        for _ in range(12):
            if url.startswith(until):
                return url
            answer = self.get(url)
            if answer.status not in (302, 303):
                raise AssertionError(f"{answer.status} at {url}: {answer.text}")
            url = urllib.parse.urljoin(url, answer.headers["Location"])
        raise AssertionError("no end of redirects")


@unittest.skipUnless(os.path.isdir(os.path.join(TOOLS, "node_modules", "oidc-provider")),
                     "npm ci --prefix tests/tools first")
class OpenId(SystemTest):
    def setUp(self):
        super().setUp()
        self.port, self.provider_port = free_port(), free_port()
        self.own, self.issuer = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.provider_port}"
        self.callback = self.own + "/sign-in/oidc/callback"

    def start_provider(self):
        log = os.path.join(self.directory, "provider.log")
        with open(log, "w") as file:
            process = subprocess.Popen(["node", os.path.join(TOOLS, "openid_provider.mjs"), str(self.provider_port),
                                        self.callback], stdout=file, stderr=file)
        self.addCleanup(lambda: process.poll() is None and (process.kill(), process.wait()))
        self.wait_for(lambda: "listening" in read(log) or process.poll() is not None, read(log))
        self.assertIsNone(process.poll(), read(log))
        return process

    def start_service(self, *more, secret="env:MUSTER_TEST_CLIENT"):
        service = self.serve("--listen", f"127.0.0.1:{self.port}", "--public-url", self.own, "--oidc-issuer",
                             self.issuer, "--oidc-client-id", "muster", "--oidc-secret", secret,
                             "--oidc-allow-private-address", *more, MUSTER_TEST_CLIENT=SECRET)
        self.assertEqual(service.port, self.port, read(service.log))
        return service

    def add_admin(self, name, *arguments, **more):
        added = self.muster("admin", "add", name, *arguments, **more)
        self.assertEqual(added.returncode, 0, added.error)

    def begin(self, browser, login, to="/"):
        """To the callback's address with its code, which is not opened yet."""
        answer = browser.get(f"{self.own}/sign-in/oidc?to={urllib.parse.quote(to, safe='')}")
        self.assertEqual(answer.status, 302, answer.text)
        return browser.follow(answer.headers["Location"] + f"&login_hint={login}", self.callback)

    def me(self, browser):
        return browser.get(self.own + "/api/v1/me")

    def acts(self):
        return self.muster("audit", "list", "--installation", "--limit", "100").out

    def test_people_sign_in_at_their_provider(self):
        self.add_admin("olga", "--operator", text="correct horse battery")
        self.add_admin("anna", "--oidc-issuer", self.issuer, "--oidc-subject", "anna-there")
        self.start_provider()
        service = self.start_service()
        browser = Browser()
        url = self.begin(browser, "anna-there", "/runs?site=acme")
        done = browser.get(url)
        self.assertEqual(done.status, 200, done.text)
        self.assertIn('content="0;url=/runs?site=acme"', done.text)
        me = self.me(browser)
        self.assertEqual(json.loads(me.text)["admin"], "anna", me.text)
        self.assertIn("admin.signed_in", self.acts())

        with self.subTest("the code is good once"):
            again = browser.get(url)
            self.assertEqual(again.status, 401, "its cookie is gone")
            thief = Browser()
            thief.cookies[f"127.0.0.1:{self.port}"] = {}
            self.assertEqual(thief.get(url).status, 401, "nor has anybody else one")
            fresh = Browser()
            url = self.begin(fresh, "anna-there")
            kept = dict(fresh.cookies[f"127.0.0.1:{self.port}"])
            self.assertEqual(fresh.get(url).status, 200)
            fresh.cookies[f"127.0.0.1:{self.port}"] = kept
            replayed = fresh.get(url)
            self.assertEqual(replayed.status, 401)
            self.assertIn("invalid_grant", replayed.text)
            self.assertEqual(self.me(fresh).status, 401)

        with self.subTest("a wrong state"):
            other = Browser()
            url = self.begin(other, "anna-there")
            wrong = other.get(re.sub(r"state=[^&]*", "state=" + "A" * 43, url))
            self.assertEqual(wrong.status, 401)
            self.assertEqual(self.me(other).status, 401)
            self.assertEqual(other.get(url).status, 200, "it is still under way")

        with self.subTest("somebody else's code"):
            victim, attacker = Browser(), Browser()
            self.begin(victim, "anna-there")
            theirs = self.begin(attacker, "anna-there")
            self.assertEqual(victim.get(theirs).status, 401)

        with self.subTest("signing out ends the session here"):
            out = browser.get(self.own + "/api/v1/sign-out", "POST",
                              X_CSRF_Token=json.loads(self.me(browser).text)["csrf_token"], Origin=self.own)
            self.assertEqual(out.status, 200, out.text)
            self.assertEqual(self.me(browser).status, 401)

        with self.subTest("nobody is made by it"):
            stranger = Browser()
            refused = stranger.get(self.begin(stranger, "somebody"))
            self.assertEqual(refused.status, 401)
            self.assertIn("somebody", refused.text)
            self.assertIn("admin.unknown_identity", self.acts())
            self.assertNotIn("somebody", self.muster("admin", "list").out)
        self.assertNotIn(SECRET, read(service.log))
        self.end(service)

    def test_an_account_is_taken_by_a_verified_address_where_the_operator_allows_it(self):
        self.add_admin("olga", "--operator", text="correct horse battery")
        self.add_admin("bert@example.org", text="battery staple correct")
        self.start_provider()
        key = os.path.join(self.directory, "key")
        self.assertEqual(self.muster("key", "generate", key).returncode, 0)
        stored = self.muster("secret", "set", "oidc", "--key-file", key, text=SECRET)
        self.assertEqual(stored.returncode, 0, stored.error)
        service = self.start_service("--oidc-link-by-email", "--key-file", key, secret="stored:default/oidc")
        browser = Browser()
        done = browser.get(self.begin(browser, "bert"))
        self.assertEqual(done.status, 200, done.text)
        self.assertEqual(json.loads(self.me(browser).text)["admin"], "bert@example.org")
        self.assertIn("admin.linked", self.acts())
        self.end(service)

    def test_a_provider_that_is_down_hurts_nobody_else(self):
        self.add_admin("olga", "--operator", text="correct horse battery")
        self.add_admin("anna", "--oidc-issuer", self.issuer, "--oidc-subject", "anna-there")
        service = self.start_service()
        down = Browser().get(self.own + "/sign-in/oidc")
        self.assertEqual(down.status, 503)
        self.assertIn("cannot be asked", down.text)
        local = Browser()
        signed_in = local.get(self.own + "/api/v1/sign-in", "POST",
                              json.dumps({"admin": "olga", "password": "correct horse battery"}),
                              Content_Type="application/json")
        self.assertEqual(signed_in.status, 200, signed_in.text)
        self.assertEqual(Browser().get(self.own + "/readyz").status, 200)
        provider = self.start_provider()
        browser = Browser()
        self.wait_for(lambda: browser.get(self.own + "/sign-in/oidc").status == 302, "it is asked again")
        url = self.begin(browser, "anna-there")
        provider.kill()
        provider.wait()
        self.assertEqual(browser.get(url).status, 503)
        self.end(service)

    def test_says_which_setting_is_wrong(self):
        base = ["serve", "--listen", "127.0.0.1:0", "--oidc-issuer", "https://login.example", "--oidc-client-id", "m"]
        for more, word in ((["--public-url", "https://muster.example/x"], "--public-url"),
                           ([], "--public-url"),
                           (["--public-url", "https://m.example", "--oidc-secret", "hunter2"], "--oidc-secret"),
                           (["--public-url", "https://m.example", "--oidc-secret", "stored:default/x"], "--key-file"),
                           (["--public-url", "https://m.example", "--oidc-algorithm", "HS256"], "--oidc-algorithm")):
            wrong = self.muster(*base, *more)
            self.assertEqual(wrong.returncode, 2, wrong.error)
            self.assertIn(word, wrong.error)
            self.assertNotIn("hunter2", wrong.error)


if __name__ == "__main__":
    unittest.main(verbosity=2)
