#!/usr/bin/env python3
"""What `muster lint` and the other commands say of catalogue files: whose they are, and whom a broken one hurts."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import SystemTest  # noqa: E402

CATALOGUE = """name: NAME
title: Club
connection: { url: { type: url, required: true }, token: secret }
addresses: { api: { field: url } }
sign_in: { strategy: bearer, token: token }
lanes: { main: { units: 10 } }
data_sets:
  people:
    title: Club Person
    path: /people
    lane: main
    records: items
    key: id
    label: id
    attributes: { id: text }
"""
IMPORTER = """version: 1
importers:
  - name: club
    source: NAME
    connection: { url: "https://club.example", token: { env: CLUB_TOKEN } }
    destination: { type: files, dir: out }
"""


class Lint(SystemTest):
    def setUp(self):
        super().setUp()
        self.folder = os.path.join(self.directory, "catalogues")
        os.mkdir(self.folder)

    def catalogue(self, file, name, **changes):
        text = CATALOGUE.replace("NAME", name)
        for old, new in changes.items():
            text = text.replace(old, new)
        return self.write(os.path.join("catalogues", file), text)

    def lint(self, path, *more):
        process = self.muster("lint", path, *more)
        return process.returncode, (process.out + process.error).strip().split("\n")

    def test_knows_a_catalogue_with_a_stray_version(self):
        code, lines = self.lint(self.catalogue("club.yaml", "club", **{"title: Club\n": "title: Club\nversion: 1\n"}))
        self.assertEqual(code, 2)
        self.assertEqual(len(lines), 1, lines)
        self.assertIn('unknown key "version" in a catalogue', lines[0])

    def test_takes_an_importer_without_its_list_for_an_importer(self):
        code, lines = self.lint(self.write("i.yaml", "name: club\nsource: entra\nconnection: {}\ndata_sets: { users: on }\n"))
        self.assertEqual(code, 2)
        self.assertIn("importer file", " ".join(lines))

    def test_a_broken_file_hurts_its_own_source_only(self):
        self.catalogue("club.yaml", "club")
        self.catalogue("other.yaml", "okta", lanes="lnaes")
        good = self.write("good.yaml", IMPORTER.replace("NAME", "club"))
        code, lines = self.lint(good, "--catalogues", self.folder)
        self.assertEqual(code, 0, lines)
        self.assertRegex("\n".join(lines), r"other.yaml:\d+:\d+: warning: .*lnaes")
        bad = self.write("bad.yaml", IMPORTER.replace("NAME", "okta"))
        code, lines = self.lint(bad, "--catalogues", self.folder)
        self.assertEqual(code, 2)
        self.assertRegex("\n".join(lines), r"bad.yaml:4:\d+: source: the catalogue of okta cannot be used; `muster lint .*other.yaml`")

    def test_says_that_a_file_takes_the_place_of_a_bundled_one(self):
        path = self.catalogue("ours.yaml", "okta")
        self.catalogue("club.json", "club")
        code, lines = self.lint(path)
        self.assertEqual(code, 0, lines)
        self.assertRegex(lines[0], r'ours.yaml:1:7: warning: "okta" is a source that muster brings along')
        listed = self.muster("sources", "--catalogues", self.folder).out
        self.assertRegex(listed, r"okta +Club +1 +Your own, in place of the bundled one")
        self.assertRegex(listed, r"club +Club +1 +Your own")
        sources = {s["name"]: s for s in json.loads(self.muster("sources", "--json", "--catalogues", self.folder).out)}
        self.assertTrue(sources["okta"]["replaces_bundled"])
        self.assertFalse(sources["okta"]["bundled"] or sources["club"]["bundled"])
        self.assertTrue(sources["entra"]["bundled"])


if __name__ == "__main__":
    unittest.main()
