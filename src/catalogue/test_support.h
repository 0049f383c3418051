// What the loader's tests share: a good catalogue, one change in it, and the finding that follows.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "catalogue/loader.h"

namespace muster::catalogue::test {

inline Loaded load(const std::string& yaml) {
  return load_source(yaml, "demo.yaml", [](std::string_view) { return std::nullopt; });
}

// `good` with `new_text` in place of `old_text`.
inline std::string changed(std::string_view good, std::string_view old_text,
                           std::string_view new_text) {
  std::string yaml(good);
  const std::size_t at = yaml.find(old_text);
  EXPECT_NE(at, std::string::npos) << old_text;
  return yaml.replace(at, old_text.size(), new_text);
}

// `finding` without the file's name: "12:5: what is wrong".
inline void expect_finding(std::string_view good, std::string_view right, std::string_view wrong,
                           const std::string& finding) {
  std::vector<std::string> texts;
  for (const Finding& found : load(changed(good, right, wrong)).findings) {
    texts.push_back(found.text());
  }
  EXPECT_THAT(texts, testing::ElementsAre("demo.yaml:" + finding)) << wrong;
}

}  // namespace muster::catalogue::test
