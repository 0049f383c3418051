#include "cli/command_line.h"

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/command_tree.h"
#include "cli/config_file.h"
#include "cli/importer_choice.h"

namespace muster::cli {
namespace {

// "muster runs show"
std::string path_of(const CLI::App& command) {
  std::string path;
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent()) {
    path = app->get_name() + (path.empty() ? "" : " ") + path;
  }
  return path;
}

int usage_error(const std::string& message, const CLI::App& where, Console& console) {
  console.error(fmt::format("{}; try `{} --help`", message, path_of(where)));
  return kUsage;
}

int unexpected(const std::string& word, const CLI::App& where, const CLI::App& top,
               Console& console) {
  std::vector<std::string> known;
  const CommandWords here = words_of(where);
  const bool is_option = word.starts_with("-");
  const std::string name = word.substr(0, word.find('='));
  if (is_option) {
    for (const CommandWords& scope : {here, words_of(top)}) {
      for (const OptionWords& option : scope.options) known.push_back(option.name);
    }
    // Known and yet not taken: it stood before the command.
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      return usage_error(
          fmt::format("{} belongs behind the command: {} ... {}", name, path_of(where), name),
          where, console);
    }
  } else {
    for (const CommandWords& command : here.commands) known.push_back(command.name);
  }
  const std::optional<std::string> near = base::closest(name, known);
  const char* kind = is_option                       ? "unknown option"
                     : where.get_parent() == nullptr ? "unknown command"
                                                     : "unexpected argument";
  return usage_error(fmt::format("{} {}{}", kind, base::printable(word, 80),
                                 near ? fmt::format(", did you mean {}?", *near) : ""),
                     where, console);
}

}  // namespace

int run_command_line(int argc, char** argv, Console& console) {
  Words words;
  CommandTree tree(words);
  CLI::App& app = tree.app();
  const CLI::App* where = &app;
  auto find_deepest = [&] {
    for (const CLI::App* next = where; next != nullptr;) {
      where = next;
      const auto inside = next->get_subcommands();
      next = inside.empty() ? nullptr : inside.front();
    }
  };
  const ConfiguredWords configured = with_config(app, {argv + 1, argv + argc});
  print_findings(configured.findings, console);
  if (catalogue::has_errors(configured.findings)) return kUsage;
  try {
    // CLI11 wants the last one first.
    app.parse(std::vector<std::string>(configured.words.rbegin(), configured.words.rend()));
  } catch (const CLI::ParseError& error) {
    find_deepest();
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);
    return usage_error(error.what(), *where, console);
  }
  find_deepest();
  const std::vector<std::string> unused = app.remaining(true);
  if (!unused.empty()) return unexpected(unused.front(), *where, app, console);
  const CommandTree::Command* const command = tree.command_of(*where);
  if (command == nullptr) {
    console.err(app.help());
    return kUsage;
  }
  return (*command)(console);
}

}  // namespace muster::cli
