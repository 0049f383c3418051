#include "catalogue/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace muster::catalogue {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string refusal(std::string_view text) {
  const YamlFile file = parse_yaml(text, "f.yaml");
  return file.findings.empty() ? "" : file.findings.front().text();
}

std::string place(Mark mark) {
  return std::to_string(mark.line) + ":" + std::to_string(mark.column);
}

TEST(Yaml, KnowsWhereEverythingStands) {
  const YamlFile file = parse_yaml("a: 1\nlist:\n  - x\n  - {k:  v}\nß: \"é\" \n", "f.yaml");
  ASSERT_THAT(file.findings, IsEmpty());
  const YamlNode& root = file.root;
  EXPECT_EQ(place(root.mark), "1:1");
  EXPECT_EQ(place(root.members[0].mark), "1:1");
  EXPECT_EQ(place(root.members[0].value.mark), "1:4");
  const YamlNode& list = *root.find("list");
  EXPECT_EQ(place(list.items[0].mark), "3:5");
  EXPECT_EQ(place(list.items[1].mark), "4:5");
  EXPECT_EQ(place(list.items[1].members[0].value.mark), "4:10");
  EXPECT_EQ(place(root.find("ß")->mark), "5:4");  // characters, not bytes
  EXPECT_EQ(root.find("ß")->scalar, "é");
}

TEST(Yaml, GuessesNoTypesButTellsNullAndQuotes) {
  const YamlFile file = parse_yaml("{a: yes, b: 'yes', c: , d: ~, e: 'null', f: 007}", "f");
  const auto& members = file.root.members;
  ASSERT_EQ(members.size(), 6U);
  EXPECT_EQ(members[0].value.scalar, "yes");
  EXPECT_FALSE(members[0].value.quoted);
  EXPECT_TRUE(members[1].value.quoted);
  EXPECT_TRUE(members[2].value.is_null());
  EXPECT_TRUE(members[3].value.is_null());
  EXPECT_EQ(members[3].value.scalar, "~");
  EXPECT_TRUE(members[4].value.is_scalar());
  EXPECT_EQ(members[5].value.scalar, "007");
}

TEST(Yaml, ReadsJson) {
  const YamlFile file =
      parse_yaml("\xEF\xBB\xBF{\n\t\"a\":[1,true,null,\"\\u00e9\\n\\/\"],\"b\":{}}", "f.json");
  ASSERT_THAT(file.findings, IsEmpty());
  const YamlNode& list = *file.root.find("a");
  ASSERT_EQ(list.items.size(), 4U);
  EXPECT_TRUE(list.items[2].is_null());
  EXPECT_EQ(list.items[3].scalar, "é\n/");
  EXPECT_TRUE(file.root.find("b")->is_mapping());
}

TEST(Yaml, TakesAnEmptyFileForNull) {
  for (const char* text : {"", "# nothing\n", "---\n...\n"}) {
    const YamlFile file = parse_yaml(text, "f");
    EXPECT_THAT(file.findings, IsEmpty());
    EXPECT_TRUE(file.root.is_null());
  }
}

TEST(Yaml, RefusesAnchorsAliasesAndTags) {
  EXPECT_EQ(refusal("a: &x 1\n"),
            "f.yaml:1:4: anchors (&name) are not supported; write the value out");
  EXPECT_EQ(refusal("a:\n  - &x {b: 1}\n"),
            "f.yaml:2:5: anchors (&name) are not supported; write the value out");
  EXPECT_EQ(refusal("b: *x\n"),
            "f.yaml:1:4: aliases (*name) are not supported; write the value out");
  EXPECT_EQ(refusal("b: !!str 1\n"), "f.yaml:1:4: tags (!name) are not supported; remove the tag");
  EXPECT_EQ(refusal("b: !x [1]\n"), "f.yaml:1:4: tags (!name) are not supported; remove the tag");
}

TEST(Yaml, RefusesDuplicateKeysAndNamesTheFirst) {
  EXPECT_EQ(refusal("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n"),
            "f.yaml:5:3: the key \"c\" stands here twice, first in line 3");
}

TEST(Yaml, RefusesKeysThatAreNoText) {
  EXPECT_EQ(refusal("? [a]\n: 1\n"), "f.yaml:1:3: a key must be plain text");
}

TEST(Yaml, RefusesASecondDocument) {
  EXPECT_EQ(refusal("a: 1\n---\nb: 1\n"), "f.yaml:2:1: a second document; put everything into one");
}

TEST(Yaml, RefusesDeepNestingBeforeItHurts) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(refusal(nested(64)), "");
  EXPECT_THAT(refusal(nested(66)), HasSubstr("nested deeper than 64 levels"));
  EXPECT_THAT(refusal(std::string(1'000'000, '[')), HasSubstr("nested deeper than 64 levels"));
}

TEST(Yaml, RefusesWhatIsNotUtf8AndSaysWhere) {
  EXPECT_THAT(refusal("a: 1\nbß: \xFF\n"), StartsWith("f.yaml:2:5: not readable text: "));
  EXPECT_THAT(refusal(std::string("\xFF\xFE"
                                  "a\0:\0",
                                  6)),
              HasSubstr("not readable text"));
  EXPECT_THAT(refusal(std::string("a: \0b", 5)), StartsWith("f.yaml:1:4: "));
}

TEST(Yaml, RefusesBrokenSyntaxAtItsPlace) {
  EXPECT_THAT(refusal("a: [1\nb: 2\n"), StartsWith("f.yaml:2:"));
  EXPECT_THAT(refusal("a: 1\n b: 2\n"), StartsWith("f.yaml:2:3: not YAML: "));
  EXPECT_THAT(refusal("a: \"x"), HasSubstr("not YAML"));
}

TEST(Yaml, RefusesFilesOverFourMebibytes) {
  std::string text = "a: 1\n#";
  text.resize((std::size_t{4} << 20) + 1, 'x');
  EXPECT_EQ(refusal(text), "f.yaml:1:1: the file is larger than 4.0 MiB");
  text.pop_back();
  EXPECT_EQ(refusal(text), "");
}

TEST(Yaml, SurvivesTruncationAtEveryByte) {
  const std::string text = "a: {b: [1, \"é\", 'x'], c: |\n  text\n}\nd:\n  - e: >\n      f\n";
  for (std::size_t length = 0; length < text.size(); ++length) {
    const YamlFile file = parse_yaml(std::string_view(text).substr(0, length), "f");
    EXPECT_LE(file.findings.size(), 1U);
  }
}

class YamlFileTest : public ::testing::Test {
 protected:
  YamlFileTest() {
    std::string pattern = ::testing::TempDir() + "yaml-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~YamlFileTest() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_;
};

TEST_F(YamlFileTest, IsReadFromDisk) {
  const std::string path = directory_ / "f.yaml";
  std::ofstream(path) << "a: 1\n";
  const YamlFile file = read_yaml_file(path);
  EXPECT_THAT(file.findings, IsEmpty());
  EXPECT_EQ(file.root.find("a")->scalar, "1");
  EXPECT_EQ(file.name, path);
}

TEST_F(YamlFileTest, IsMissedOrADirectoryWithAReason) {
  const std::string path = directory_ / "none.yaml";
  EXPECT_EQ(read_yaml_file(path).findings.front().text(),
            path + ":1:1: cannot be opened: No such file or directory");
  EXPECT_EQ(read_yaml_file(directory_).findings.front().text(),
            directory_.string() + ":1:1: is a folder; name a file in it");
}

TEST_F(YamlFileTest, IsNotWaitedForWhenItIsAPipe) {
  const std::string path = directory_ / "pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(read_yaml_file(path).findings.front().text(), HasSubstr(":1:1: is not a file"));
}

TEST_F(YamlFileTest, IsNotReadPastTheLimit) {
  const std::string path = directory_ / "large.yaml";
  std::ofstream(path) << std::string(std::size_t{5} << 20, '#');
  EXPECT_THAT(read_yaml_file(path).findings.front().text(), HasSubstr("larger than 4.0 MiB"));
}

TEST(Finding, SaysWhenItIsOnlyAWarning) {
  const Finding finding{"f.yaml", {3, 4}, "odd", true};
  EXPECT_EQ(finding.text(), "f.yaml:3:4: warning: odd");
  EXPECT_FALSE(has_errors({finding}));
  EXPECT_TRUE(has_errors({finding, {"f.yaml", {1, 1}, "wrong"}}));
}

}  // namespace
}  // namespace muster::catalogue
