// Shell completion, made from the command line's own description so that it never lags behind.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace muster::cli {

struct OptionWords {
  std::string name;  // "--json"
  std::string help;
  std::vector<std::string> values;  // when only these are possible
  bool takes_value = false;
  bool is_list = false;
  std::string type;  // of its value: "PATH"
};

struct CommandWords {
  std::string name;  // "muster" for the whole
  std::string help;
  std::vector<OptionWords> options;
  std::vector<CommandWords> commands;
  bool takes_file = false;
  bool takes_importer = false;      // one of the file that stands before it
  bool takes_source = false;        // one of the bundled catalogues
  std::vector<std::string> values;  // possible words of the positional argument
};

// For "bash", "zsh" or "fish"; nullopt for another shell.
std::optional<std::string> completion_script(const std::string& shell, const CommandWords& words);

}  // namespace muster::cli
