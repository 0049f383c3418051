#include "cli/command_tree.h"

#include <CLI/CLI.hpp>

#include "base/text.h"

namespace muster::cli {
namespace {

// In the order of the enumerations.
const std::vector<std::string> kLevels = {"debug", "info", "warn", "error", "off"};
const std::vector<std::string> kFormats = {"text", "json"};

std::size_t index_of(const std::vector<std::string>& choices, const std::string& word) {
  return static_cast<std::size_t>(std::find(choices.begin(), choices.end(), word) -
                                  choices.begin());
}

// The completion reads the choices back from the type name.
void add_choice(CLI::App& app, const std::string& name, std::string& into,
                const std::vector<std::string>& choices, const std::string& help) {
  const auto check = [&choices](std::string& word) {
    if (index_of(choices, word) < choices.size()) return std::string();
    return fmt::format("\"{}\" is none of {}", base::printable(word, 40), fmt::join(choices, ", "));
  };
  app.add_option(name, into, help + " (" + into + ")")
      ->check(CLI::Validator(check, "", ""))
      ->type_name(fmt::format("{}", fmt::join(choices, "|")));
}

// CLI::Range would put its bounds into every help text.
CLI::Validator between(std::int64_t low, std::int64_t high) {
  return CLI::Validator(
      [low, high](std::string& word) {
        const std::optional<std::int64_t> number = base::parse_int(word);
        if (number && *number >= low && *number <= high) return std::string();
        return fmt::format("a whole number from {} to {} is needed", low, high);
      },
      "", "");
}

}  // namespace

LogSettings Words::log() const {
  return {static_cast<base::LogLevel>(index_of(kLevels, log_level)),
          static_cast<base::LogFormat>(index_of(kFormats, log_format))};
}

// `--out "$UNSET"` must not turn into an import.
CLI::Validator not_empty() {
  return CLI::Validator(
      [](std::string& text) {
        return text.empty() ? std::string("must not be empty; is a variable unset?")
                            : std::string();
      },
      "", "not empty");
}

CLI::Validator from_one_to(std::int64_t high) { return between(1, high); }
CLI::Validator from_zero_to(std::int64_t high) { return between(0, high); }

void add_catalogues(CLI::App* app, std::string& catalogues) {
  app->add_option("--catalogues", catalogues, "a directory with further catalogue files")
      ->type_name("DIR");
}

void add_database(CLI::App* app, std::string& database) {
  app->add_option(
         "--database", database,
         "where history and hashes are kept: sqlite:PATH or postgresql://... (default: below "
         "$XDG_STATE_HOME)")
      ->check(not_empty())
      ->type_name("URL");
}

void add_site(CLI::App* app, std::string& site) {
  app->add_option("--site", site, "the site (default)")->check(not_empty())->type_name("SITE");
}

void add_key_file(CLI::App* app, std::string& key_file) {
  app->add_option("--key-file", key_file,
                  "the key of the stored secrets (MUSTER_KEY, or a systemd credential)")
      ->check(not_empty())
      ->type_name("PATH");
}

CommandTree::CommandTree(Words& words)
    : words_(words),
      app_(std::make_unique<CLI::App>(
          "Brings people, groups, devices and licences into Assets of Jira Service Management,\n"
          "completely, and never deletes what it should not.",
          "muster")) {
  app_->set_version_flag("--version", std::string("muster ") + MUSTER_VERSION);
  add_choice(*app_, "--log-level", words_.log_level, kLevels, "what to log to standard error");
  add_choice(*app_, "--log-format", words_.log_format, kFormats, "how to log");
  add_reading_commands();
  add_running_commands();
  add_history_commands();
  add_service_commands();
  add_migrate_command();
  add_secret_commands();
  add_key_commands();
  add_site_commands();
  add_region_commands();
  add_licence_commands();
  add_admin_commands();
  add_person_commands();
  add_audit_commands();
  add_backup_commands();
  add_support_bundle_command();
  add_other_commands();
  app_->footer("`muster COMMAND --help` shows an example of each.");
  // Taken in here and answered with a suggestion in command_line.cc.
  app_->allow_extras();
}

CommandTree::~CommandTree() = default;

const CommandTree::Command* CommandTree::command_of(const CLI::App& app) const {
  const auto found = commands_.find(&app);
  return found == commands_.end() ? nullptr : &found->second;
}

CLI::App* CommandTree::add(const std::string& name, const std::string& help,
                           const std::string& example, Command command) {
  CLI::App* added = app_->add_subcommand(name, help);
  added->fallthrough();
  added->footer("Example:\n  " + example);
  commands_[added] = std::move(command);
  return added;
}

CLI::App* CommandTree::add_family(const std::string& name, const std::string& help,
                                  const std::string& example) {
  CLI::App* added = app_->add_subcommand(name, help);
  added->footer("Example:\n  " + example);
  return added;
}

CLI::App* CommandTree::add_below(CLI::App* parent, const std::string& name, const std::string& help,
                                 const std::string& example, Command command) {
  CLI::App* added = parent->add_subcommand(name, help);
  added->fallthrough(false);
  added->footer("Example:\n  " + example);
  commands_[added] = std::move(command);
  return added;
}

void CommandTree::add_importer(CLI::App* command, ImporterArguments& which,
                               bool importer_is_optional) {
  command->add_option("FILE", which.file, "the importer file")->required()->type_name("");
  const std::string help =
      importer_is_optional ? "its name; without it all of the file" : "its name in the file";
  command->add_option("IMPORTER", which.importer, help)
      ->required(!importer_is_optional)
      ->type_name("");
  add_catalogues(command, which.catalogues);
}

CommandWords words_of(const CLI::App& app) {
  CommandWords words{.name = app.get_name(), .help = app.get_description()};
  for (const CLI::Option* option : app.get_options()) {
    const std::string type = option->get_type_name();
    std::vector<std::string> values;
    if (type.find('|') != std::string::npos) {
      for (std::string_view value : base::split(type, '|')) values.emplace_back(value);
    }
    if (option->get_positional()) {
      words.takes_file = words.takes_file || option->get_name() == "FILE";
      words.takes_importer = words.takes_importer || option->get_name() == "IMPORTER";
      words.takes_source = words.takes_source || option->get_name() == "SOURCE";
      words.values = std::move(values);
      continue;
    }
    words.options.push_back({.name = "--" + option->get_lnames().front(),
                             .help = option->get_description(),
                             .values = std::move(values),
                             .takes_value = option->get_items_expected_max() > 0,
                             .is_list = option->get_items_expected_max() > 1,
                             .type = type});
  }
  for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; })) {
    words.commands.push_back(words_of(*child));
  }
  return words;
}

}  // namespace muster::cli
