// docs/reference/where.md is run: each line of its tables against the record it shows.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/checkout_for_tests.h"
#include "catalogue/where.h"

namespace muster::catalogue {
namespace {

std::string page() {
  std::ifstream in(base::checkout_for_tests() + "/docs/reference/where.md");
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  if (from == std::string::npos) return "";
  const std::size_t start = from + begin.size();
  return text.substr(start, text.find(end, start) - start);
}

TEST(WherePage, TellsTheTruth) {
  const std::string text = page();
  const auto record = json::Document::parse(between(text, "```json\n", "```"));
  ASSERT_TRUE(record.ok()) << record.error().text();
  std::istringstream lines(text);
  std::size_t examples = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    const std::string condition = between(line, "| `", "` |");
    const std::string answer = between(line, "` | ", " |");
    ++examples;
    const auto where = Where::parse(condition);
    ASSERT_TRUE(where.ok()) << condition << ": " << where.error().text();
    ASSERT_TRUE(answer == "yes" || answer == "no") << line;
    EXPECT_EQ(where->matches(record->root()), answer == "yes") << condition;
  }
  EXPECT_GE(examples, 35u) << "the tables of the page are not recognised";
}

TEST(WherePage, NamesEveryOperator) {
  const std::string text = page();
  for (const char* word : {" == ", " != ", " ==~ ", "`!=~`", " < ", " >= ", " > ", " in [",
                           " contains ", " starts_with ", " ends_with ", " matches ", "exists("}) {
    EXPECT_NE(text.find(word), std::string::npos) << word;
  }
}

}  // namespace
}  // namespace muster::catalogue
