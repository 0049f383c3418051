#!/usr/bin/env python3
"""What `muster serve --metrics-listen` says is what Prometheus may read, and is true."""
import os
import re
import sys
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import SystemTest, read  # noqa: E402
import serve_test  # noqa: E402

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)$")
SUFFIXES = {"counter": [""], "gauge": [""], "summary": ["_sum", "_count"]}


def parse(text):
    """Stricter than the format: every family has HELP, TYPE and its samples together, each once; counters are called so."""
    assert text.endswith("\n"), "the last line has an end"
    found, families, family, kind = {}, set(), None, None
    lines = text.split("\n")[:-1]
    for number, line in enumerate(lines, 1):
        where = f"line {number}: {line}"
        if line.startswith("# HELP "):
            family, kind = line.split(" ", 3)[2], None
            assert re.fullmatch(NAME, family) and family not in families, where
            assert len(line.split(" ", 3)) == 4 and line.split(" ", 3)[3], where
            families.add(family)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == family and kind in SUFFIXES, where
            assert (kind == "counter") == name.endswith("_total"), where
        else:
            sample = SAMPLE.match(line)
            assert sample and kind, where
            assert sample[1] in [family + suffix for suffix in SUFFIXES[kind]], where
            labels = re.findall(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"', sample[2] or "")
            assert len({name for name, _ in labels}) == len(labels), where
            key = (sample[1], *sorted(labels))
            assert key not in found, where
            value = float(sample[3])
            assert kind == "gauge" or value >= 0, where
            found[key] = value
    return found


class Metrics(SystemTest):
    database, apply = serve_test.Serve.database, serve_test.Serve.apply
    put_job, wait_until_over = serve_test.Serve.put_job, serve_test.Serve.wait_until_over

    def fetch(self, service):
        port = re.search(r"metrics on port (\d+)", read(service.log))[1]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
            text = answer.read().decode()
        return parse(text), text

    def test_says_how_runs_go(self):
        sandbox = self.sandbox()
        self.apply(sandbox)
        service = self.serve("--metrics-listen", "127.0.0.1:0")
        before, _ = self.fetch(service)
        self.assertEqual(before[("muster_store_up",)], 1)
        self.assertFalse([key for key in before if key[0] == "muster_runs_total"])
        for _ in range(2):
            self.wait_until_over(self.put_job())
        with self.assertRaises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{service.port}/api/v1/me")
        found, text = self.fetch(service)
        which = [("importer", "entra"), ("site", "default")]
        self.assertEqual(found[("muster_runs_total", *which, ("state", "completed"))], 2)
        self.assertEqual(found[("muster_run_duration_seconds_count", *which)], 2)
        self.assertGreater(found[("muster_run_duration_seconds_sum", *which)], 0)
        self.assertGreaterEqual(found[("muster_run_objects_total", *which, ("what", "fetched"))], 2 * 300)
        self.assertGreater(found[("muster_source_requests_total", *which)], 0)
        ended = self.database("SELECT max(ended) FROM runs")[0][0] / 1e6
        self.assertAlmostEqual(found[("muster_last_completed_run_timestamp_seconds", *which)], ended, places=3)
        self.assertEqual(found[("muster_jobs", ("site", "default"), ("state", "waiting"))], 0)
        self.assertEqual(found[("muster_http_responses_total", ("class", "4xx"))], 1)
        user = sandbox.truth("users")[0]
        for value in (user["id"], user["displayName"], user["userPrincipalName"]):
            self.assertNotIn(value, text)
        self.end(service)

    def test_is_answered_on_its_own_listener_only(self):
        service = self.serve()
        self.assertNotIn("metrics on port", read(service.log))
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{service.port}/metrics")
        self.assertEqual(refused.exception.code, 404)
        self.end(service)
        wrong = self.muster("serve", "--listen", "127.0.0.1:0", "--metrics-listen", "nowhere")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("--metrics-listen", wrong.error)

    def test_the_parser_is_strict(self):
        good = '# HELP a_total A.\n# TYPE a_total counter\na_total{site="x\\"y"} 1\n'
        self.assertEqual(parse(good), {("a_total", ("site", 'x\\"y')): 1})
        for bad in (good[:-1], good + 'a_total{site="x\\"y"} 1\n', good.replace("counter", "gauge"), good.replace(" 1", " x"),
                    good.replace('"x', '"x"'), "a 1\n", good + "b 1\n", good + good, good.replace(" A.", "")):
            with self.assertRaises(AssertionError, msg=bad):
                parse(bad)


if __name__ == "__main__":
    unittest.main(verbosity=2)
