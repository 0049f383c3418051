#!/usr/bin/env python3
"""Proves that check_layers.py can fail: each case is a small project with one thing wrong."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check_layers  # noqa: E402

PARAGRAPH = "is a room that holds small things which every other room may use freely."
GOOD = {
    "CMakeLists.txt": "muster_room(base LINKS fmt::fmt)\nmuster_room(net LINKS muster_base)\n",
    "CONTRIBUTING.md": f"**base/** {PARAGRAPH}\n\n**net/** {PARAGRAPH}\n",
    "src/base/text.h": "#pragma once\n",
    "src/net/http.h": '#pragma once\n#include "base/text.h"\n// co_await in a comment\n',
}


class CheckLayers(unittest.TestCase):
    def findings(self, changes):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**GOOD, **changes}.items():
                path = pathlib.Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return check_layers.Checker(folder).run()

    def expect(self, finding, changes):
        self.assertEqual(self.findings(changes), [finding])

    def test_accepts_a_clean_project(self):
        self.assertEqual(self.findings({}), [])

    def test_refuses_a_higher_room(self):
        self.expect("src/base/text.h:1: base (rank 0) must not know net (rank 1)",
                    {"src/base/text.h": '#include "net/url.h"\n'})

    def test_refuses_an_equal_room(self):
        self.expect("src/net/http.h:1: net (rank 1) must not know json (rank 1)",
                    {"src/net/http.h": '#include "json/value.h"\n'})

    def test_refuses_an_include_without_a_room(self):
        self.expect('src/net/http.h:1: "url.h" names no room; write "room/file.h"',
                    {"src/net/http.h": '#include "url.h"\n'})

    def test_refuses_a_cycle(self):
        self.expect("src/net/a.h:1: includes itself: src/net/a.h -> src/net/b.h -> src/net/a.h",
                    {"src/net/a.h": '#include "net/b.h"\n', "src/net/b.h": '#include "net/a.h"\n'})

    def test_refuses_a_link_upwards(self):
        self.expect("CMakeLists.txt:1: base must not link net",
                    {"CMakeLists.txt": "muster_room(base LINKS muster_net)\n"})

    def test_refuses_a_room_nobody_explained(self):
        self.expect("CONTRIBUTING.md:1: no paragraph about the room json (**json/** ...)",
                    {"src/json/value.h": "#pragma once\n"})

    def test_refuses_a_room_without_a_rank(self):
        self.assertIn("src/attic:1: a room without a rank; give it one in tests/layers/check_layers.py",
                      self.findings({"src/attic/old.h": "#pragma once\n"}))

    def test_refuses_a_heavy_header_in_a_header(self):
        self.expect("src/net/http.h:1: <boost/beast.hpp> in a header; only .cc files may include it",
                    {"src/net/http.h": "#include <boost/beast.hpp>\n"})

    def test_refuses_banned_words_where_they_are_banned(self):
        self.expect("src/net/a.cc:2: co_return: g++ 12 miscompiles coroutines",
                    {"src/net/a.cc": "int f() {\n  co_return 1;\n}\n"})
        self.expect("src/net/a.cc:1: std::regex: can run for hours on outside text; use RE2",
                    {"src/net/a.cc": "std::regex bad;\n"})
        self.assertEqual(self.findings({"src/net/a.cc": "std::mutex fine;\n"}), [])
        words = {"std::mutex m;": "use Monitor", "std::jthread t;": "use Scheduler::start",
                 "std::this_thread::sleep_for(x);": "use base::sleep_for",
                 "auto t = std::chrono::system_clock::now();": "use Scheduler::now"}
        about_crypto = GOOD["CONTRIBUTING.md"] + f"\n**crypto/** {PARAGRAPH}\n"
        for word, why in words.items():
            found = self.findings({"src/crypto/a.cc": word + "\n", "CONTRIBUTING.md": about_crypto})
            self.assertEqual(len(found), 1, word)
            self.assertIn(why, found[0])

    def test_refuses_an_early_return_among_values(self):
        why = "TRY behind another value in braces loses that one when it returns; give it a line of its own"
        for text in ("auto x = A{a(),\n  TRY(b())};", "return A{.a = a(),\n .b = {TRY(b())}};",
                     "f({a(),\n TRY_AT(b(), p)});"):
            self.expect(f"src/net/a.cc:2: {why}", {"src/net/a.cc": text + "\n"})
        for text in ("A x{TRY(a()), b()};", "f(a(), TRY(b()));", "auto f = [&](int a, int b) {\n  TRY(c());\n};",
                     "struct A : B, C {\n  int f(int a, int b) {\n    return TRY(c());\n  }\n};"):
            self.assertEqual(self.findings({"src/net/a.cc": text + "\n"}), [], text)

    def test_lets_tests_use_real_threads_but_no_coroutines(self):
        self.assertEqual(self.findings({"src/net/a_test.cc": "std::thread t;\n"}), [])
        self.assertEqual(len(self.findings({"src/net/a_test.cc": "co_await x;\n"})), 1)

    def test_refuses_a_sandbox_that_knows_muster(self):
        self.expect("sandbox/a.cc:1: the sandbox must not know source: it imitates the outside",
                    {"sandbox/a.cc": '#include "source/session.h"\n#include "net/http.h"\n'})


if __name__ == "__main__":
    unittest.main()
