// The tree of commands and what their words set. Internal to command_line.cc and the files named
// *_words.cc, which add a family of commands each; only they know CLI11.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"

namespace CLI {
class App;
class Validator;
}  // namespace CLI

namespace muster::cli {

// Everything the words can set. One per process; the options point into it.
struct Words {
  std::string log_level = "warn";
  std::string log_format = "text";
  SourcesArguments sources;
  LintArguments lint;
  CheckArguments check;
  SchemaArguments schema;
  ScheduleArguments schedule;
  PlanArguments plan;
  RunArguments run;
  RunsArguments runs;
  ApplyArguments apply;
  ExportArguments exporting;
  ServeArguments serve;
  WorkerArguments worker;
  DoctorArguments doctor;
  MigrateArguments migrate;
  SecretArguments secret;
  KeyArguments key;
  SiteArguments site;
  RegionArguments region;
  LicenceArguments licence;
  AdminArguments admin;
  PersonArguments person;
  AuditArguments audit;
  BackupArguments backup;
  SupportBundleArguments support_bundle;
  ShowRunArguments show;
  bool test = false;
  VersionArguments version;
  std::string shell;

  LogSettings log() const;
};

class CommandTree {
 public:
  using Command = std::function<int(Console&)>;

  explicit CommandTree(Words& words);
  ~CommandTree();

  CLI::App& app() { return *app_; }
  // Null: it only has commands below it.
  const Command* command_of(const CLI::App& app) const;

 private:
  // By family, in the order of the help text.
  void add_reading_commands();
  void add_running_commands();
  void add_history_commands();
  void add_service_commands();
  void add_migrate_command();
  void add_secret_commands();
  void add_key_commands();
  void add_site_commands();
  void add_region_commands();
  void add_licence_commands();
  void add_admin_commands();
  void add_person_commands();
  void add_audit_commands();
  void add_backup_commands();
  void add_support_bundle_command();
  void add_other_commands();

  CLI::App* add(const std::string& name, const std::string& help, const std::string& example,
                Command command);
  // One that only has commands below it, as `muster secret`.
  CLI::App* add_family(const std::string& name, const std::string& help,
                       const std::string& example);
  // One of those: `muster secret set`.
  CLI::App* add_below(CLI::App* parent, const std::string& name, const std::string& help,
                      const std::string& example, Command command);
  static void add_importer(CLI::App* command, ImporterArguments& which, bool importer_is_optional);

  Words& words_;
  const std::unique_ptr<CLI::App> app_;
  std::map<const CLI::App*, Command> commands_;
};

// Options that several commands have.
void add_catalogues(CLI::App* app, std::string& catalogues);
void add_database(CLI::App* app, std::string& database);
void add_site(CLI::App* app, std::string& site);
void add_key_file(CLI::App* app, std::string& key_file);
void add_s3_options(CLI::App* app, S3Arguments& s3);

CLI::Validator not_empty();
CLI::Validator from_one_to(std::int64_t high);
CLI::Validator from_zero_to(std::int64_t high);

// For completion scripts and suggestions.
CommandWords words_of(const CLI::App& app);

}  // namespace muster::cli
