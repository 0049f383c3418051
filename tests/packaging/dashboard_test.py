#!/usr/bin/env python3
"""The Grafana dashboard shows metrics that docs/reference/metrics.md knows, by labels that they have, and leaves none out."""
import json
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `(muster_\w+)` \| (\w+) \| (.*?) \|", re.M)
SUFFIXES = {"summary": ("_sum", "_count")}
# Given by Prometheus itself to whatever it reads.
ALWAYS = {"instance", "job"}


def documented(text):
    """Series by name: the labels each has."""
    found = {}
    for name, kind, labels in ROW.findall(text):
        for suffix in SUFFIXES.get(kind, ("",)):
            # In brackets stand values, and what comes after "by" is no label either.
            found[name + suffix] = set(re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", labels)))
    return found


def expressions(dashboard):
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["query"]["query"]


def complaints(dashboard, known):
    wrong, used = [], set()
    for where, expression in expressions(dashboard):
        names = re.findall(r"\bmuster_\w+", expression)
        used.update(names)
        wrong += [f"{where}: {name} is not documented" for name in names if name not in known]
        labels = set(re.findall(r"[{,](\w+)=", expression))
        for listed in re.findall(r"\bby \((.*?)\)", expression):
            labels.update(part.strip() for part in listed.split(","))
        for name in names:
            missing = labels - known.get(name, set()) - ALWAYS
            wrong += [f"{where}: {name} has no label {label}" for label in sorted(missing)]
    wrong += [f"{name} is shown nowhere" for name in sorted(set(known) - used)]
    return wrong


class Dashboard(unittest.TestCase):
    known = documented((ROOT / "docs/reference/metrics.md").read_text())
    dashboard = json.loads((ROOT / "packaging/grafana/muster.json").read_text())

    def test_shows_what_there_is(self):
        self.assertIn("muster_run_duration_seconds_sum", self.known)
        self.assertEqual(self.known["muster_runs_total"], {"site", "importer", "state"})
        self.assertEqual(complaints(self.dashboard, self.known), [])

    def test_panels_have_a_place_and_a_name_of_their_own(self):
        places, names = set(), set()
        for panel in self.dashboard["panels"]:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            for x in range(place["x"], place["x"] + place["w"]):
                for y in range(place["y"], place["y"] + place["h"]):
                    self.assertNotIn((x, y), places, panel["title"])
                    places.add((x, y))
            names.add((panel["title"], panel["type"]))
        self.assertEqual(len(names), len(self.dashboard["panels"]))

    def test_a_slip_is_found(self):
        text = json.dumps(self.dashboard)
        for right, wrong in (("muster_jobs", "muster_job"), ("by (class)", "by (code)"), ("{state=\\\"held\\\"", "{status=\\\"held\\\"")):
            self.assertIn(right, text)
            self.assertTrue(complaints(json.loads(text.replace(right, wrong)), self.known), wrong)


if __name__ == "__main__":
    unittest.main()
