#include "cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace muster::cli {
namespace {

using testing::HasSubstr;

CommandWords words() {
  return {.name = "muster",
          .options = {{.name = "--log-level",
                       .help = "how much",
                       .values = {"debug", "off"},
                       .takes_value = true}},
          .commands = {{.name = "run",
                        .help = "one run",
                        .options = {{.name = "--json", .help = "it's JSON"}},
                        .takes_file = true,
                        .takes_importer = true},
                       {.name = "runs",
                        .help = "history",
                        .options = {{.name = "--limit", .takes_value = true}},
                        .commands = {{.name = "show",
                                      .help = "one",
                                      .options = {{.name = "--database", .takes_value = true}}}}}}};
}

// What bash would offer for the last of `line`'s words.
std::string offered(const std::string& line) {
  const std::string path = std::filesystem::temp_directory_path() /
                           ("muster_completion_" + std::to_string(getpid()) + ".bash");
  std::ofstream(path) << *completion_script("bash", words()) << "COMP_WORDS=(" << line
                      << ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                      << "_muster\necho \"${COMPREPLY[*]}\"\n";
  std::FILE* out = popen(("bash '" + path + "' 2>&1").c_str(), "r");
  char buffer[1000] = {};
  const std::size_t size = std::fread(buffer, 1, sizeof buffer - 1, out);
  pclose(out);
  std::filesystem::remove(path);
  return std::string(buffer, size);
}

TEST(Completion, OffersInBashWhatMayFollow) {
  EXPECT_EQ(offered("muster ''"), "run runs --log-level\n");
  EXPECT_EQ(offered("muster ru"), "run runs\n");
  EXPECT_EQ(offered("muster run --j"), "--json\n");
  EXPECT_EQ(offered("muster runs s"), "show\n");
  EXPECT_EQ(offered("muster runs show --"), "--database\n");
  EXPECT_EQ(offered("muster --log-level d"), "debug\n");
}

TEST(Completion, OffersValuesOfGeneralOptionsBehindACommandToo) {
  EXPECT_EQ(offered("muster run --log-level ''"), "debug off\n");
  EXPECT_EQ(offered("muster runs show --log-level o"), "off\n");
}

TEST(Completion, OffersTheImportersOfTheFile) {
  const std::string path = std::filesystem::temp_directory_path() /
                           ("muster_completion_" + std::to_string(getpid()) + ".yaml");
  std::ofstream(path)
      << "version: 1\nimporters:\n- name: people\n  source: entra\n"
         "  - name: \"hr.2\"\n    name2: x\n  - source: okta\n    name: $(touch x)\n";
  EXPECT_EQ(offered("muster run " + path + " ''"), "people hr.2 --json\n");
  EXPECT_EQ(offered("muster run " + path + " p"), "people\n");
  EXPECT_EQ(offered("muster runs " + path + " p"), "\n") << "takes none";
  std::filesystem::remove(path);
}

TEST(Completion, KnowsTheThreeShells) {
  EXPECT_THAT(*completion_script("zsh", words()), HasSubstr("bashcompinit"));
  const std::string fish = *completion_script("fish", words());
  EXPECT_THAT(fish,
              HasSubstr("complete -c muster -n '__fish_use_subcommand' -a run -d 'one run'\n"));
  EXPECT_THAT(fish, HasSubstr("-l json -d 'it'\\''s JSON'\n"));
  EXPECT_THAT(fish, HasSubstr("complete -c muster -n '__fish_seen_subcommand_from runs; and "
                              "__fish_seen_subcommand_from show' -l database"));
  EXPECT_EQ(completion_script("cmd.exe", words()), std::nullopt);
}

}  // namespace
}  // namespace muster::cli
