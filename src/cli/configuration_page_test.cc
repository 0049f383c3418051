// docs/reference/configuration.md names every key, as the options themselves do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "base/checkout_for_tests.h"
#include "base/text.h"
#include "cli/command_tree.h"

namespace muster::cli {
namespace {

struct Key {
  OptionWords option;
  std::set<std::string> commands;
};

std::map<std::string, Key> all_keys() {
  Words words;
  CommandTree tree(words);
  const CommandWords all = words_of(tree.app());
  std::map<std::string, Key> keys;
  for (const CommandWords& command : all.commands) {
    if (command.name != "serve" && command.name != "worker") continue;
    std::vector<OptionWords> options = command.options;
    options.insert(options.end(), all.options.begin(), all.options.end());
    for (const OptionWords& option : options) {
      const std::string name = option.name.substr(2);
      if (name == "config" || name == "help" || name == "version") continue;
      if (keys[name].commands.empty()) keys[name].option = option;
      keys[name].commands.insert(command.name);
    }
  }
  return keys;
}

std::string row_of(const std::string& name, const Key& key) {
  const OptionWords& option = key.option;
  std::string value = option.takes_value ? option.type : "true, false";
  if (!option.values.empty()) value = fmt::format("{}", fmt::join(option.values, ", "));
  if (option.is_list) value += ", or a list";
  // Where the two differ in a default only, that of the service stands here.
  return fmt::format("| `{}` | {} | {} | {} |\n", name, value,
                     key.commands.size() == 2 ? "both" : *key.commands.begin(), option.help);
}

TEST(ConfigurationPageTest, NamesEveryKeyAsTheOptionsDo) {
  std::string rows;
  for (const auto& [name, key] : all_keys()) rows += row_of(name, key);
  std::ifstream file(base::checkout_for_tests() + "/docs/reference/configuration.md");
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::size_t table = page.find("| --- | --- | --- | --- |\n");
  ASSERT_NE(table, std::string::npos);
  EXPECT_EQ(page.substr(page.find('\n', table) + 1), rows) << "put these rows there";
}

}  // namespace
}  // namespace muster::cli
