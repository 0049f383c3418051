// The commands of muster as functions: what was asked for in, an exit code out. The files
// named *_words.cc turn words into these values; each command has a file of its own.
#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "cli/completion.h"
#include "cli/console.h"

namespace muster::cli {

struct LogSettings {
  base::LogLevel level = base::LogLevel::kWarn;
  base::LogFormat format = base::LogFormat::kText;
};

struct SourcesArguments {
  std::string source;      // empty: list them
  std::string catalogues;  // a directory beside the bundled ones; empty: none
  bool json = false;
  bool yaml = false;  // the catalogue file itself
};
int sources_command(const SourcesArguments& arguments, Console& console);

struct LintArguments {
  std::string file;
  std::string catalogues;
};
int lint_command(const LintArguments& arguments, Console& console);

// An importer of a file, for the commands that work on one.
struct ImporterArguments {
  std::string file;
  std::string importer;  // empty: every one of the file (check, schedule)
  std::string catalogues;
};

struct CheckArguments {
  ImporterArguments which;
  bool json = false;
  bool verbose = false;
  LogSettings log;
};
int check_command(const CheckArguments& arguments, Console& console);

struct SchemaArguments {
  ImporterArguments which;
  bool send = false;     // to Assets, without importing anything
  std::string database;  // empty: the default
  LogSettings log;
};
int schema_command(const SchemaArguments& arguments, Console& console);

struct ScheduleArguments {
  ImporterArguments which;
  std::size_t count = 10;
  bool json = false;
};
int schedule_command(const ScheduleArguments& arguments, Console& console);

struct PlanArguments {
  ImporterArguments which;
  std::string database;  // empty: the default
  bool json = false;
  bool no_progress = false;
  LogSettings log;
};
int plan_command(const PlanArguments& arguments, Console& console);

struct RunArguments {
  ImporterArguments which;
  std::string database;
  std::uint64_t limit = 0;  // 0: as the file says
  std::string out;          // a directory instead of the importer's destination
  std::string approve;      // a held run
  std::string approved_by;  // empty: the login name
  bool confirm_partial = false;
  bool json = false;
  bool no_progress = false;
  LogSettings log;
};
int run_command(const RunArguments& arguments, Console& console);

struct RunsArguments {
  std::string file;  // only importers of this file
  std::string importer;
  std::string database;
  std::string catalogues;
  std::size_t limit = 20;
  bool json = false;
};
int runs_command(const RunsArguments& arguments, Console& console);

struct ShowRunArguments {
  std::string run_id;  // or its first characters
  std::string database;
  bool json = false;
};
int show_run_command(const ShowRunArguments& arguments, Console& console);

struct ApplyArguments {
  std::string file;
  std::string catalogues;
  std::string database;
  std::string site;
};
int apply_command(const ApplyArguments& arguments, Console& console);

struct ExportArguments {
  std::string database;
  std::string site;
};
int export_command(const ExportArguments& arguments, Console& console);

struct SecretArguments {
  enum class Act { kSet, kList, kRemove };
  Act act = Act::kList;
  std::string name;
  std::string file;  // to read the value from; empty: standard input
  std::string site;
  std::string database;
  std::string key_file;  // empty: from elsewhere, see crypto/key_source.h
};
int secret_command(const SecretArguments& arguments, Console& console);

struct KeyArguments {
  enum class Act { kGenerate, kRotate };
  Act act = Act::kGenerate;
  std::string key_file;
  std::string new_key_file;
  std::string database;
};
int key_command(const KeyArguments& arguments, Console& console);

struct SiteArguments {
  enum class Act { kList, kAdd, kClone, kMove, kContact, kEntitle, kLicence, kReport, kRemove };
  Act act = Act::kList;
  std::string site;
  std::string to;          // kClone: the new one
  std::string name;        // for people; empty: as the site
  std::string production;  // kAdd: it is the sandbox of this one
  std::string region;
  std::string contact;
  std::string until;        // a date, ever or trial
  std::string licence;      // where it is; empty: standard input
  unsigned keep_days = 90;  // kRemove
  bool home = false;        // kMove: to the installation's own database
  bool cancel = false;      // kMove
  std::string key_file;     // kMove
  std::string backups;      // kReport: a folder of them; empty: none
  bool json = false;        // kReport
  std::string database;
};
int site_command(const SiteArguments& arguments, Console& console);
int site_report_command(const SiteArguments& arguments, Console& console);

struct RegionArguments {
  enum class Act { kList, kAdd, kRemove, kCheck };
  Act act = Act::kList;
  std::string region;  // kCheck: empty: every one
  std::string url;     // kAdd: one of these three
  std::string url_env;
  std::string url_file;
  std::string database;
};
int region_command(const RegionArguments& arguments, Console& console);

struct LicenceArguments {
  enum class Act { kGenerateKey, kIssue, kTrust };
  Act act = Act::kIssue;
  std::string key_file;
  std::string public_key;  // kTrust
  std::string site;        // kIssue
  std::string until;
  std::string database;
};
int licence_command(const LicenceArguments& arguments, Console& console);

struct AdminArguments {
  enum class Act { kList, kAdd, kPassword, kIdentity, kRole, kRemove };
  Act act = Act::kList;
  std::string admin;
  std::string issuer;  // kAdd, kIdentity; both empty: none
  std::string subject;
  bool is_operator = false;
  std::string password_file;  // empty: standard input
  std::string site;           // kRole
  std::string role;           // admin | auditor | none
  std::string database;
};
int admin_command(const AdminArguments& arguments, Console& console);

struct PersonArguments {
  std::vector<std::string> names;
  std::string pseudonym;      // that was printed before; empty: a new one
  unsigned backups_kept = 0;  // days; 0: nobody said
  bool yes = false;
  std::string database;
};
int person_command(const PersonArguments& arguments, Console& console);

struct AuditArguments {
  enum class Act { kList, kVerify };
  Act act = Act::kList;
  std::string site;
  bool installation = false;
  std::size_t limit = 20;
  std::string database;
};
int audit_command(const AuditArguments& arguments, Console& console);

// Signing in elsewhere; without an issuer nobody does.
struct OpenIdArguments {
  std::string issuer;
  std::string client_id;
  std::string secret;  // file:PATH, env:NAME or stored:SITE/NAME; empty: a public client
  std::vector<std::string> scopes;
  std::vector<std::string> algorithms;
  std::string ca_file;
  bool allow_private_address = false;
  bool link_by_email = false;
  std::string groups_claim;
  std::string group;
};

// A service that speaks S3, where a place is s3://BUCKET/PREFIX.
struct S3Arguments {
  std::string endpoint;  // empty: that of AWS
  std::string region;    // empty: us-east-1
  bool path_style = false;
  std::string key_id;  // empty: AWS_ACCESS_KEY_ID and its companions
  std::string secret;  // file:PATH, env:NAME or stored:SITE/NAME
  std::string ca_file;
  bool allow_private_address = false;
};

// Where backups go, and when they are made without being asked for.
struct BackupPlanArguments {
  std::string place;     // empty: backups are made by the command line only
  std::string schedule;  // cron; empty: by hand only
  std::string time_zone;
  unsigned keep_daily = 7;
  unsigned keep_weekly = 4;
  unsigned keep_monthly = 12;
  std::string told_site;  // empty: default
  S3Arguments s3;
};

// What every machine has that runs importers, with a console or without.
struct NodeArguments {
  std::string config;  // a file with any of these; command_line.cc has read it already
  std::string database;
  std::string key_file;
  std::string catalogues;
  std::string listen;
  std::string tls_certificate;  // PEM, with its chain; empty: plain HTTP
  std::string tls_key;
  std::string metrics_listen;  // empty: nowhere
  std::string node;            // empty: this machine's name and the number of the process
  unsigned workers = 4;
  BackupPlanArguments backups;
  LogSettings log;
};

struct ServeArguments {
  NodeArguments node{.listen = "127.0.0.1:8080"};
  std::string public_url;  // where browsers find it; empty: where they ask
  OpenIdArguments openid;
  std::string mail_server;  // empty: no e-mail
  std::string mail_from;
  std::string mail_user;
  std::string mail_password_file;
  std::string mail_ca_file;
  bool private_webhooks = false;
  unsigned region_workers = 4;
  std::vector<std::string> owner_urls;             // "REGION=PLACE", "PLACE"
  std::vector<std::string> region_backup_folders;  // REGION=PLACE
};
int serve_command(const ServeArguments& arguments, Console& console);

struct WorkerArguments {
  NodeArguments node{.listen = "127.0.0.1:8081"};
  std::string region;  // empty: that of no region
};
int worker_command(const WorkerArguments& arguments, Console& console);

struct DoctorArguments {
  std::string file;  // empty: the importers of the store
  ServeArguments serve;
};
int doctor_command(const DoctorArguments& arguments, Console& console);

struct MigrateArguments {
  std::string database;
  std::string grant_to;  // a user of PostgreSQL; empty: nobody new
};
int migrate_command(const MigrateArguments& arguments, Console& console);

struct BackupArguments {
  enum class Act { kCreate, kList, kVerify, kRestore };
  Act act = Act::kList;
  std::string path;  // a place of backups; kVerify, kRestore: a backup or a file of one
  std::string key_file;
  std::string backup_key_file;  // kRestore; empty: the same
  std::string database;
  std::string site;    // empty: all of them
  std::string region;  // in the database of which; empty: in the installation's own
  bool replaces = false;
  std::string work_folder;  // kVerify, kRestore: for throw-away stores; empty: beside the backup
  S3Arguments s3;
};
int backup_command(const BackupArguments& arguments, Console& console);

struct SupportBundleArguments {
  std::string out;
  std::string database;
  std::string site;               // empty: all of them
  std::size_t runs = 20;          // of each site
  std::vector<std::string> logs;  // files
};
int support_bundle_command(const SupportBundleArguments& arguments, Console& console);

struct VersionArguments {
  bool features = false;
  bool json = false;  // with the features
};
int version_command(const VersionArguments& arguments, Console& console);

int completion_command(const std::string& shell, const CommandWords& words, Console& console);

}  // namespace muster::cli
