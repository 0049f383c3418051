#include "cli/completion.h"

#include <functional>

#include "catalogue/loader.h"
#include "cli/commands.h"

namespace muster::cli {
namespace {

// Calls `visit` for the program itself, its commands and their commands.
void each_command(const CommandWords& words, const std::string& path,
                  const std::function<void(const CommandWords&, const std::string& path)>& visit) {
  visit(words, path);
  for (const CommandWords& child : words.commands) {
    each_command(child, path.empty() ? child.name : path + " " + child.name, visit);
  }
}

std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string words_after(const CommandWords& command) {
  std::vector<std::string> words;
  for (const CommandWords& child : command.commands) words.push_back(child.name);
  for (const std::string& value : command.values) words.push_back(value);
  for (const OptionWords& option : command.options) words.push_back(option.name);
  return fmt::format("{}", fmt::join(words, " "));
}

// The names in an importer file as people write them; only letters that mean nothing to a shell.
constexpr std::string_view kImportersOfFile =
    R"($(sed -n 's/^ *-* *name: *"*\([A-Za-z0-9._-]*\).*/\1/p' "$file" 2>/dev/null))";

// One case per command path: the words that may follow. zsh runs it through bashcompinit.
std::string bash_script(const CommandWords& words) {
  std::string out =
      "_muster() {\n"
      "  local word=\"${COMP_WORDS[COMP_CWORD]}\" path=\"\" after=\"\" files=\"\" file=\"\" i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"$path ${COMP_WORDS[i]}\" in\n";
  each_command(words, "", [&](const CommandWords& command, const std::string& path) {
    if (path.empty()) return;
    const std::size_t space = path.rfind(' ');
    const std::string parent = space == std::string::npos ? "" : path.substr(0, space);
    out += fmt::format("      {}) path={} ;;\n", single_quoted(parent + " " + command.name),
                       single_quoted(path));
  });
  out +=
      "      *) [[ -n $path && -z $file && -f ${COMP_WORDS[i]} ]] && file=\"${COMP_WORDS[i]}\" ;;\n"
      "    esac\n  done\n  case \"$path ${COMP_WORDS[COMP_CWORD-1]}\" in\n";
  const auto add_values = [&](const CommandWords& command, const std::string& before) {
    for (const OptionWords& option : command.options) {
      if (option.values.empty()) continue;
      out += fmt::format("    {}{}) after=\"{}\" ;;\n", before, option.name,
                         fmt::join(option.values, " "));
    }
  };
  each_command(words, "", [&](const CommandWords& command, const std::string& path) {
    if (!path.empty()) add_values(command, single_quoted(path + " "));
  });
  add_values(words, "*' '");  // behind a command too
  out += "    *) case \"$path\" in\n";
  each_command(words, "", [&](const CommandWords& command, const std::string& path) {
    out += fmt::format(
        "      {}) after=\"{}\"{}{} ;;\n", single_quoted(path), words_after(command),
        command.takes_file ? "; files=-f" : "",
        command.takes_importer
            ? fmt::format("; [[ -n $file ]] && files=\"\" && after=\"{} $after\"", kImportersOfFile)
            : "");
  });
  out +=
      "    esac ;;\n  esac\n"
      "  COMPREPLY=($(compgen -W \"$after\" $files -- \"$word\"))\n"
      "}\n"
      "complete -o filenames -o bashdefault -F _muster muster\n";
  return out;
}

std::string zsh_script(const CommandWords& words) {
  return "autoload -Uz bashcompinit && bashcompinit\n" + bash_script(words);
}

std::string fish_condition(const std::string& path) {
  if (path.empty()) return "__fish_use_subcommand";
  std::string condition = "__fish_seen_subcommand_from " + path.substr(0, path.find(' '));
  if (path.find(' ') != std::string::npos) {
    condition += "; and __fish_seen_subcommand_from " + path.substr(path.find(' ') + 1);
  }
  return condition;
}

std::string fish_script(const CommandWords& words) {
  std::string out = "complete -c muster -f\n";
  each_command(words, "", [&](const CommandWords& command, const std::string& path) {
    const std::string start =
        fmt::format("complete -c muster -n {}", single_quoted(fish_condition(path)));
    for (const CommandWords& child : command.commands) {
      out += fmt::format("{} -a {} -d {}\n", start, child.name, single_quoted(child.help));
    }
    for (const std::string& value : command.values) out += fmt::format("{} -a {}\n", start, value);
    if (command.takes_file) out += start + " -F\n";
    for (const OptionWords& option : command.options) {
      if (!option.name.starts_with("--")) continue;
      out +=
          fmt::format("{} -l {} -d {}", start, option.name.substr(2), single_quoted(option.help));
      if (option.takes_value) out += option.values.empty() ? " -r" : " -x";
      if (!option.values.empty()) {
        out += " -a " + single_quoted(fmt::format("{}", fmt::join(option.values, " ")));
      }
      out += '\n';
    }
  });
  return out;
}

}  // namespace

std::optional<std::string> completion_script(const std::string& shell, const CommandWords& words) {
  if (shell == "bash") return bash_script(words);
  if (shell == "zsh") return zsh_script(words);
  if (shell == "fish") return fish_script(words);
  return std::nullopt;
}

int completion_command(const std::string& shell, const CommandWords& words, Console& console) {
  CommandWords known = words;
  const std::vector<std::string> sources = catalogue::Library::bundled().names();
  for (CommandWords& command : known.commands) {
    if (command.takes_source) command.values = sources;
  }
  const std::optional<std::string> script = completion_script(shell, known);
  if (!script) {
    console.error("completion: choose bash, zsh or fish");
    return kUsage;
  }
  console.out(*script);
  return kOk;
}

}  // namespace muster::cli
