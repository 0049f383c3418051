#include "cli/config_file.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "base/text.h"

namespace muster::cli {
namespace {

using catalogue::Findings;
using catalogue::Mark;
using catalogue::YamlFile;
using catalogue::YamlMember;
using catalogue::YamlNode;

constexpr const char* kConfig = "--config";

// Options that a file has no say in.
bool is_for_words_only(std::string_view key) {
  return key == "config" || key == "help" || key == "version";
}

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }
bool is_list(const CLI::Option& option) { return option.get_items_expected_max() > 1; }

// What an option's own checks say of a value; empty: nothing.
std::string refusal(CLI::Option& option, std::string value) {
  if (value.empty()) return "must not be empty";
  for (int i = 0;; ++i) {
    CLI::Validator* validator = nullptr;
    try {
      validator = option.get_validator(i);
    } catch (const CLI::OptionNotFound&) {
      return "";  // that was the last one
    }
    if (const std::string why = (*validator)(value); !why.empty()) return why;
  }
}

// Turns the members of a file into words, and notes what is wrong with them.
class Reader {
 public:
  Reader(CLI::App& app, CLI::App& command, const std::string& file)
      : app_(app), command_(command), file_(file) {}

  void read(const YamlNode& root, const std::vector<std::string>& given) {
    if (root.is_null()) return;  // an empty file
    if (!root.is_mapping()) return add(root.mark, "Write one option per line, such as workers: 4.");
    for (const YamlMember& member : root.members) read(member, given);
  }

  std::vector<std::string> words;
  Findings findings;

 private:
  void add(Mark mark, std::string message) {
    findings.push_back({.file = file_, .mark = mark, .message = std::move(message)});
  }

  CLI::Option* find(const std::string& key) {
    if (is_for_words_only(key)) return nullptr;
    CLI::Option* const own = command_.get_option_no_throw("--" + key);
    return own != nullptr ? own : app_.get_option_no_throw("--" + key);
  }

  std::vector<std::string> keys() const {
    std::vector<std::string> known;
    for (const CLI::App* app : {&command_, &app_}) {
      for (const CLI::Option* option : app->get_options()) {
        if (option->get_lnames().empty()) continue;
        const std::string& name = option->get_lnames().front();
        if (!is_for_words_only(name)) known.push_back(name);
      }
    }
    return known;
  }

  void read(const YamlMember& member, const std::vector<std::string>& given) {
    CLI::Option* const option = find(member.key);
    if (option == nullptr) {
      const std::optional<std::string> near = base::closest(member.key, keys());
      return add(member.mark, fmt::format("\"{}\" is no option of `muster {}`{}",
                                          base::printable(member.key, 80), command_.get_name(),
                                          near ? fmt::format("; did you mean {}?", *near) : "."));
    }
    std::vector<std::string> found;
    if (is_flag(*option)) {
      read_flag(member, found);
    } else if (is_list(*option) && member.value.is_sequence()) {
      for (const YamlNode& item : member.value.items) read_value(member.key, *option, item, found);
    } else {
      read_value(member.key, *option, member.value, found);
    }
    const auto says_it = [&](const std::string& word) {
      return word == "--" + member.key || word.starts_with("--" + member.key + "=");
    };
    if (std::ranges::any_of(given, says_it)) return;
    words.insert(words.end(), found.begin(), found.end());
  }

  void read_flag(const YamlMember& member, std::vector<std::string>& found) {
    const YamlNode& value = member.value;
    const bool is_true = value.is_scalar() && !value.quoted && value.scalar == "true";
    const bool is_false = value.is_scalar() && !value.quoted && value.scalar == "false";
    if (!is_true && !is_false) add(value.mark, member.key + ": write true or false.");
    if (is_true) found.push_back("--" + member.key);
  }

  void read_value(const std::string& key, CLI::Option& option, const YamlNode& value,
                  std::vector<std::string>& found) {
    if (!value.is_scalar()) {
      return add(value.mark, fmt::format("{}: write {} here{}.", key, option.get_type_name(),
                                         is_list(option) ? ", or a list of them" : ""));
    }
    if (const std::string why = refusal(option, value.scalar); !why.empty()) {
      return add(value.mark, fmt::format("{}: {}.", key, why));
    }
    found.push_back(fmt::format("--{}={}", key, value.scalar));
  }

  CLI::App& app_;
  CLI::App& command_;
  const std::string& file_;
};

// Where the command stands that takes a file.
std::size_t command_at(CLI::App& app, const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (const CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
      if (words[i] != command->get_name()) continue;
      return command->get_option_no_throw(kConfig) == nullptr ? words.size() : i;
    }
  }
  return words.size();
}

std::optional<std::string> file_of(const std::vector<std::string>& words, std::size_t from) {
  const std::string assigned = std::string(kConfig) + "=";
  for (std::size_t i = from; i < words.size(); ++i) {
    if (words[i].starts_with(assigned)) return words[i].substr(assigned.size());
    if (words[i] == kConfig && i + 1 < words.size()) return words[i + 1];
  }
  return std::nullopt;
}

}  // namespace

ConfiguredWords with_config(CLI::App& app, std::vector<std::string> words) {
  ConfiguredWords configured{.words = std::move(words), .findings = {}};
  std::vector<std::string>& all = configured.words;
  const std::size_t at = command_at(app, all);
  if (at == all.size()) return configured;
  const std::optional<std::string> path = file_of(all, at);
  if (!path || path->empty()) return configured;  // the command line says what is wrong
  YamlFile file = catalogue::read_yaml_file(*path);
  configured.findings = std::move(file.findings);
  if (catalogue::has_errors(configured.findings)) return configured;
  Reader reader(app, *app.get_subcommand(all[at]), file.name);
  reader.read(file.root, all);
  configured.findings = std::move(reader.findings);
  all.insert(all.begin() + static_cast<std::ptrdiff_t>(at) + 1, reader.words.begin(),
             reader.words.end());
  return configured;
}

}  // namespace muster::cli
