#include "cli/command_line.h"

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/commands.h"

namespace muster::cli {
namespace {

// `--out "$UNSET"` must not turn into an import.
CLI::Validator not_empty() {
  return CLI::Validator(
      [](std::string& text) {
        return text.empty() ? std::string("must not be empty; is a variable unset?")
                            : std::string();
      },
      "", "not empty");
}

using Command = std::function<int(Console&)>;

// In the order of the enumerations.
const std::vector<std::string> kLevels = {"debug", "info", "warn", "error", "off"};
const std::vector<std::string> kFormats = {"text", "json"};
constexpr std::uint64_t kTestLimit = 100;

constexpr const char* kDatabaseHelp =
    "where history and hashes are kept: sqlite:PATH (default: below $XDG_STATE_HOME)";
constexpr const char* kCataloguesHelp = "a directory with further catalogue files";

std::size_t index_of(const std::vector<std::string>& choices, const std::string& word) {
  return static_cast<std::size_t>(std::find(choices.begin(), choices.end(), word) -
                                  choices.begin());
}

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
  SecretArguments secret;
  KeyArguments key;
  SiteArguments site;
  AdminArguments admin;
  AuditArguments audit;
  ShowRunArguments show;
  bool test = false;
  VersionArguments version;
  std::string shell;

  LogSettings log() const {
    return {static_cast<base::LogLevel>(index_of(kLevels, log_level)),
            static_cast<base::LogFormat>(index_of(kFormats, log_format))};
  }
};

class CommandLine {
 public:
  explicit CommandLine(Words& words) : words_(words) { describe(); }

  int run(int argc, char** argv, Console& console);

 private:
  void describe();
  CLI::App* add(const std::string& name, const std::string& help, const std::string& example,
                Command command);
  void add_importer(CLI::App* command, ImporterArguments& which, bool importer_is_optional);
  void add_reading_commands();
  void add_running_commands();
  void add_history_commands();
  void add_service_commands();
  CLI::App* add_below(CLI::App* parent, const std::string& name, const std::string& help,
                      const std::string& example, Command command);
  void add_secret_commands();
  void add_key_commands();
  void add_site_commands();
  void add_admin_commands();
  static void add_openid_options(CLI::App* serve, OpenIdArguments& openid);
  void add_audit_commands();
  void add_other_commands();
  int usage_error(const std::string& message, const CLI::App& where, Console& console) const;
  int unexpected(const std::string& word, const CLI::App& where, Console& console) const;
  static CommandWords words_of(const CLI::App& app);

  Words& words_;
  CLI::App app_{
      "Brings people, groups, devices and licences into Assets of Jira Service Management,\n"
      "completely, and never deletes what it should not.",
      "muster"};
  std::map<const CLI::App*, Command> commands_;
};

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
CLI::Validator from_one_to(std::int64_t high) {
  return CLI::Validator(
      [high](std::string& word) {
        const std::optional<std::int64_t> number = base::parse_int(word);
        if (number && *number >= 1 && *number <= high) return std::string();
        return fmt::format("a whole number from 1 to {} is needed", high);
      },
      "", "");
}

void add_database(CLI::App* app, std::string& database) {
  app->add_option("--database", database, kDatabaseHelp)->check(not_empty())->type_name("URL");
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

CLI::App* CommandLine::add(const std::string& name, const std::string& help,
                           const std::string& example, Command command) {
  CLI::App* added = app_.add_subcommand(name, help);
  added->fallthrough();
  added->footer("Example:\n  " + example);
  commands_[added] = std::move(command);
  return added;
}

void CommandLine::add_importer(CLI::App* command, ImporterArguments& which,
                               bool importer_is_optional) {
  command->add_option("FILE", which.file, "the importer file")->required()->type_name("");
  const std::string help =
      importer_is_optional ? "its name; without it all of the file" : "its name in the file";
  command->add_option("IMPORTER", which.importer, help)
      ->required(!importer_is_optional)
      ->type_name("");
  command->add_option("--catalogues", which.catalogues, kCataloguesHelp)->type_name("DIR");
}

void CommandLine::describe() {
  app_.set_version_flag("--version", std::string("muster ") + MUSTER_VERSION);
  add_choice(app_, "--log-level", words_.log_level, kLevels, "what to log to standard error");
  add_choice(app_, "--log-format", words_.log_format, kFormats, "how to log");
  add_reading_commands();
  add_running_commands();
  add_history_commands();
  add_service_commands();
  add_secret_commands();
  add_key_commands();
  add_site_commands();
  add_admin_commands();
  add_audit_commands();
  add_other_commands();
  app_.footer("`muster COMMAND --help` shows an example of each.");
  // Taken in here and answered with a suggestion in run().
  app_.allow_extras();
}

void CommandLine::add_reading_commands() {
  CLI::App* sources = add("sources", "what can be read: data sets, attributes, permissions, limits",
                          "muster sources entra", [this](Console& console) {
                            return sources_command(words_.sources, console);
                          });
  sources->add_option("SOURCE", words_.sources.source, "one source in full")->type_name("");
  sources->add_flag("--json", words_.sources.json, "as JSON");
  sources->add_option("--catalogues", words_.sources.catalogues, kCataloguesHelp)->type_name("DIR");

  CLI::App* lint = add("lint", "checks an importer file or a catalogue file; sends nothing",
                       "muster lint importers.yaml",
                       [this](Console& console) { return lint_command(words_.lint, console); });
  lint->add_option("FILE", words_.lint.file, "the file")->required()->type_name("");
  lint->add_option("--catalogues", words_.lint.catalogues, kCataloguesHelp)->type_name("DIR");

  CLI::App* check =
      add("check", "signs in and says what works, what is missing and how to grant it",
          "muster check importers.yaml entra", [this](Console& console) {
            words_.check.log = words_.log();
            return check_command(words_.check, console);
          });
  add_importer(check, words_.check.which, true);
  check->add_flag("--json", words_.check.json, "as JSON");

  CLI::App* schema = add("schema", "prints the Assets schema and mapping that would be sent",
                         "muster schema importers.yaml entra", [this](Console& console) {
                           words_.schema.log = words_.log();
                           return schema_command(words_.schema, console);
                         });
  add_importer(schema, words_.schema.which, false);
  schema->add_flag("--send", words_.schema.send,
                   "send it to Assets without importing anything, so that settings of the mapping "
                   "can be made there first");
  schema->add_option("--database", words_.schema.database, kDatabaseHelp)
      ->check(not_empty())
      ->type_name("URL");

  CLI::App* schedule =
      add("schedule", "the next times at which importers run by schedule; starts nothing",
          "muster schedule importers.yaml entra --count 20",
          [this](Console& console) { return schedule_command(words_.schedule, console); });
  add_importer(schedule, words_.schedule.which, true);
  schedule->add_option("--count", words_.schedule.count, "so many of each (10)")
      ->check(from_one_to(1'000))
      ->type_name("N");
  schedule->add_flag("--json", words_.schedule.json, "as JSON");
}

void CommandLine::add_running_commands() {
  CLI::App* plan = add("plan", "reads everything, sends nothing, says what a run would do",
                       "muster plan importers.yaml entra", [this](Console& console) {
                         words_.plan.log = words_.log();
                         return plan_command(words_.plan, console);
                       });
  add_importer(plan, words_.plan.which, false);
  plan->add_option("--database", words_.plan.database, kDatabaseHelp)
      ->check(not_empty())
      ->type_name("URL");
  plan->add_flag("--no-progress", words_.plan.no_progress, "no bars, no lines every 10 s");
  plan->add_flag("--json", words_.plan.json, "the report as JSON");

  RunArguments& arguments = words_.run;
  CLI::App* run = add("run", "one run in the foreground",
                      "muster run importers.yaml entra\n"
                      "  muster run importers.yaml entra --test --out ./look",
                      [this](Console& console) {
                        words_.run.log = words_.log();
                        if (words_.test) words_.run.limit = kTestLimit;
                        return run_command(words_.run, console);
                      });
  add_importer(run, arguments.which, false);
  run->add_option("--database", arguments.database, kDatabaseHelp)
      ->check(not_empty())
      ->type_name("URL");
  CLI::Option* limit =
      run->add_option("--limit", arguments.limit, "only the first N records of every data set")
          ->check(from_one_to(100'000'000))
          ->type_name("N");
  run->add_flag("--test", words_.test, "the same as --limit 100")->excludes(limit);
  run->add_option("--out", arguments.out, "write files to DIR instead of sending to Assets")
      ->check(not_empty())
      ->type_name("DIR");
  run->add_option("--approve", arguments.approve,
                  "let this run pass with the findings of a held run; works once")
      ->check(not_empty())
      ->type_name("RUN_ID");
  run->add_option("--approved-by", arguments.approved_by, "who approves (default: the login name)")
      ->type_name("NAME")
      ->needs("--approve");
  run->add_flag("--confirm-partial", arguments.confirm_partial,
                "send a limited run although Assets may treat what is absent as missing");
  run->add_flag("--no-progress", arguments.no_progress, "no bars, no lines every 10 s");
  run->add_flag("--json", arguments.json, "the report as JSON");
}

void CommandLine::add_history_commands() {
  RunsArguments& arguments = words_.runs;
  CLI::App* runs = add("runs", "what ran before",
                       "muster runs importers.yaml\n"
                       "  muster runs show 0197f0c2",
                       [this](Console& console) { return runs_command(words_.runs, console); });
  CLI::App* show = runs->add_subcommand("show", "one run's report");
  runs->add_option("FILE", arguments.file, "only importers of this file")->type_name("");
  runs->add_option("--importer", arguments.importer, "only this importer")->type_name("I");
  runs->add_option("--limit", arguments.limit, "at most N runs (20)")
      ->check(from_one_to(100'000))
      ->type_name("N");
  runs->add_option("--database", arguments.database, kDatabaseHelp)
      ->check(not_empty())
      ->type_name("URL");
  runs->add_option("--catalogues", arguments.catalogues, kCataloguesHelp)->type_name("DIR");
  runs->add_flag("--json", arguments.json, "as JSON");

  show->footer("Example:\n  muster runs show 0197f0c2");
  show->fallthrough(false);
  show->add_option("RUN_ID", words_.show.run_id, "the run; its first characters are enough")
      ->required()
      ->type_name("");
  show->add_option("--database", words_.show.database, kDatabaseHelp)
      ->check(not_empty())
      ->type_name("URL");
  show->add_flag("--json", words_.show.json, "the report as JSON");
  commands_[show] = [this](Console& console) {
    // Given before `show`, they mean the same.
    if (words_.show.database.empty()) words_.show.database = words_.runs.database;
    words_.show.json = words_.show.json || words_.runs.json;
    return show_run_command(words_.show, console);
  };
}

void CommandLine::add_service_commands() {
  CLI::App* apply = add("apply", "puts the importers of a file into the service's store",
                        "muster apply importers.yaml",
                        [this](Console& console) { return apply_command(words_.apply, console); });
  apply->add_option("FILE", words_.apply.file, "the importer file")->required()->type_name("");
  apply->add_option("--catalogues", words_.apply.catalogues, kCataloguesHelp)->type_name("DIR");
  add_database(apply, words_.apply.database);
  add_site(apply, words_.apply.site);

  CLI::App* exporting = add("export", "prints the importers of the service's store as a file",
                            "muster export > importers.yaml", [this](Console& console) {
                              return export_command(words_.exporting, console);
                            });
  add_database(exporting, words_.exporting.database);
  add_site(exporting, words_.exporting.site);

  CLI::App* serve = add("serve", "the service: runs importers by itself",
                        "muster serve --listen 127.0.0.1:8080", [this](Console& console) {
                          words_.serve.log = words_.log();
                          return serve_command(words_.serve, console);
                        });
  serve->add_option("--listen", words_.serve.listen, "where to answer HTTP (127.0.0.1:8080)")
      ->type_name("ADDRESS:PORT");
  CLI::Option* certificate =
      serve
          ->add_option("--tls-certificate", words_.serve.tls_certificate,
                       "answer HTTPS with this certificate (PEM, with its chain)")
          ->check(not_empty())
          ->type_name("PATH");
  serve->add_option("--tls-key", words_.serve.tls_key, "its private key (PEM)")
      ->check(not_empty())
      ->type_name("PATH")
      ->needs(certificate);
  certificate->needs("--tls-key");
  serve
      ->add_option("--public-url", words_.serve.public_url,
                   "where browsers find it, when that is not where it listens")
      ->check(not_empty())
      ->type_name("URL");
  serve
      ->add_option("--metrics-listen", words_.serve.metrics_listen,
                   "where to answer GET /metrics for Prometheus, without signing in")
      ->check(not_empty())
      ->type_name("ADDRESS:PORT");
  add_openid_options(serve, words_.serve.openid);
  serve->add_option("--workers", words_.serve.workers, "runs at once (4)")
      ->check(from_one_to(64))
      ->type_name("N");
  serve->add_option("--catalogues", words_.serve.catalogues, kCataloguesHelp)->type_name("DIR");
  add_database(serve, words_.serve.database);
  add_key_file(serve, words_.serve.key_file);
}

// Signing in elsewhere; docs/how-to/openid-connect.md.
void CommandLine::add_openid_options(CLI::App* serve, OpenIdArguments& openid) {
  CLI::Option* issuer = serve->add_option("--oidc-issuer", openid.issuer,
                                          "let people sign in at this OpenID Connect provider");
  issuer->check(not_empty())->type_name("URL")->needs("--public-url");
  const auto add = [&](const std::string& name, auto& value, const std::string& help,
                       const std::string& type) {
    return serve->add_option(name, value, help)->check(not_empty())->type_name(type)->needs(issuer);
  };
  issuer->needs(add("--oidc-client-id", openid.client_id, "what it knows muster as", "ID"));
  add("--oidc-secret", openid.secret, "file:PATH, env:NAME or stored:SITE/NAME", "WHERE");
  add("--oidc-scope", openid.scopes, "what to ask it for (openid email)", "SCOPE");
  add("--oidc-algorithm", openid.algorithms, "RS256, PS256, ES256: what it may sign with (all)",
      "NAME");
  add("--oidc-ca-file", openid.ca_file, "whom to trust for it beside the system's (PEM)", "PATH");
  add("--oidc-groups-claim", openid.groups_claim, "where it lists groups (groups)", "CLAIM");
  add("--oidc-group", openid.group, "only who is in this group may sign in", "GROUP");
  serve
      ->add_flag("--oidc-allow-private-address", openid.allow_private_address,
                 "it is in the own network")
      ->needs(issuer);
  serve
      ->add_flag("--oidc-link-by-email", openid.link_by_email,
                 "a verified e-mail address that is an account's name takes the account")
      ->needs(issuer);
}

// Commands of commands: `muster secret set`.
CLI::App* CommandLine::add_below(CLI::App* parent, const std::string& name, const std::string& help,
                                 const std::string& example, Command command) {
  CLI::App* added = parent->add_subcommand(name, help);
  added->fallthrough(false);
  added->footer("Example:\n  " + example);
  commands_[added] = std::move(command);
  return added;
}

void CommandLine::add_secret_commands() {
  using Act = SecretArguments::Act;
  CLI::App* secret = app_.add_subcommand("secret", "secrets that importers of the service use");
  secret->footer("Example:\n  muster secret set entra-client --key-file /etc/muster/key");
  const auto below = [&](Act act, const std::string& name, const std::string& help,
                         const std::string& example) {
    CLI::App* added = add_below(secret, name, help, example, [this, act](Console& console) {
      words_.secret.act = act;
      return secret_command(words_.secret, console);
    });
    if (act != Act::kList) {
      added->add_option("NAME", words_.secret.name, "its name, for { secret: NAME }")
          ->required()
          ->check(not_empty())
          ->type_name("");
    }
    add_database(added, words_.secret.database);
    add_site(added, words_.secret.site);
    return added;
  };
  CLI::App* set = below(Act::kSet, "set", "stores one, or a new value of one",
                        "muster secret set entra-client --key-file /etc/muster/key < secret.txt");
  set->add_option("--file", words_.secret.file, "where its value is (standard input)")
      ->check(not_empty())
      ->type_name("PATH");
  add_key_file(set, words_.secret.key_file);
  below(Act::kList, "list", "names, and who changed them when; no values", "muster secret list");
  below(Act::kRemove, "remove", "removes one", "muster secret remove entra-client");
}

void CommandLine::add_key_commands() {
  using Act = KeyArguments::Act;
  CLI::App* key = app_.add_subcommand("key", "the key of the stored secrets");
  key->footer("Example:\n  muster key generate /etc/muster/key");
  const auto act_of = [this](Act act) {
    return [this, act](Console& console) {
      words_.key.act = act;
      return key_command(words_.key, console);
    };
  };
  CLI::App* generate = add_below(key, "generate", "makes a key, in a file that is not there yet",
                                 "muster key generate /etc/muster/key", act_of(Act::kGenerate));
  generate->add_option("PATH", words_.key.new_key_file, "the file")
      ->required()
      ->check(not_empty())
      ->type_name("");
  CLI::App* rotate =
      add_below(key, "rotate", "puts the stored secrets under another key, while services run",
                "muster key rotate --key-file /etc/muster/key --new-key-file /etc/muster/key-2",
                act_of(Act::kRotate));
  add_key_file(rotate, words_.key.key_file);
  rotate->add_option("--new-key-file", words_.key.new_key_file, "the key from now on")
      ->required()
      ->check(not_empty())
      ->type_name("PATH");
  add_database(rotate, words_.key.database);
}

void CommandLine::add_site_commands() {
  using Act = SiteArguments::Act;
  SiteArguments& arguments = words_.site;
  CLI::App* site = app_.add_subcommand("site", "the sites of the service");
  site->footer("Example:\n  muster site add acme --name \"Acme Inc.\"");
  const auto act_of = [this](Act act) {
    return [this, act](Console& console) {
      words_.site.act = act;
      return site_command(words_.site, console);
    };
  };
  CLI::App* list = add_below(site, "list", "all of them", "muster site list", act_of(Act::kList));
  add_database(list, arguments.database);
  CLI::App* added = add_below(site, "add", "makes one", "muster site add acme --name \"Acme Inc.\"",
                              act_of(Act::kAdd));
  added->add_option("SITE", arguments.site, "a-z, 0-9 and -")->required()->type_name("");
  added->add_option("--name", arguments.name, "for people")->check(not_empty())->type_name("NAME");
  add_database(added, arguments.database);
}

void CommandLine::add_admin_commands() {
  using Act = AdminArguments::Act;
  AdminArguments& arguments = words_.admin;
  CLI::App* admin = app_.add_subcommand("admin", "who may use the service");
  admin->footer("Example:\n  muster admin role anna acme auditor");
  const auto below = [&](Act act, const std::string& name, const std::string& help,
                         const std::string& example) {
    CLI::App* added = add_below(admin, name, help, example, [this, act](Console& console) {
      words_.admin.act = act;
      return admin_command(words_.admin, console);
    });
    if (act != Act::kList) {
      added->add_option("NAME", arguments.admin, "the name to sign in with")
          ->required()
          ->check(not_empty())
          ->type_name("");
    }
    if (act == Act::kAdd || act == Act::kPassword) {
      added
          ->add_option("--password-file", arguments.password_file,
                       "where the password is (standard input)")
          ->check(not_empty())
          ->type_name("PATH");
    }
    add_database(added, arguments.database);
    return added;
  };
  below(Act::kList, "list", "all of them with their roles", "muster admin list");
  const auto add_identity = [&](CLI::App* to) {
    CLI::Option* issuer = to->add_option("--oidc-issuer", arguments.issuer,
                                         "signs in at this OpenID Connect provider");
    CLI::Option* subject =
        to->add_option("--oidc-subject", arguments.subject, "where he is this one");
    issuer->check(not_empty())->type_name("URL")->needs(subject);
    subject->check(not_empty())->type_name("ID")->needs(issuer);
  };
  CLI::App* added =
      below(Act::kAdd, "add", "makes one", "muster admin add anna --password-file anna.txt");
  added->add_flag("--operator", arguments.is_operator, "may do everything at every site");
  add_identity(added);
  add_identity(below(Act::kIdentity, "identity",
                     "has one sign in at an OpenID Connect provider; without options: nowhere",
                     "muster admin identity anna --oidc-issuer https://login.example "
                     "--oidc-subject 248289761001"));
  below(Act::kPassword, "password", "gives one another password", "muster admin password anna");
  CLI::App* role = below(Act::kRole, "role", "gives one a role at a site, or takes it",
                         "muster admin role anna acme auditor");
  role->add_option("SITE", arguments.site, "the site")->required()->type_name("");
  role->add_option("ROLE", arguments.role, "admin, auditor or none")
      ->required()
      ->check(CLI::IsMember(std::vector<std::string>{"admin", "auditor", "none"}).description(""))
      ->type_name("admin|auditor|none");
  below(Act::kRemove, "remove", "removes one, with sessions and tokens",
        "muster admin remove anna");
}

void CommandLine::add_audit_commands() {
  using Act = AuditArguments::Act;
  AuditArguments& arguments = words_.audit;
  CLI::App* audit = app_.add_subcommand("audit", "what was done, by whom and from where");
  audit->footer("Example:\n  muster audit verify");
  const auto act_of = [this](Act act) {
    return [this, act](Console& console) {
      words_.audit.act = act;
      return audit_command(words_.audit, console);
    };
  };
  CLI::App* list =
      add_below(audit, "list", "newest first", "muster audit list --site acme", act_of(Act::kList));
  add_site(list, arguments.site);
  list->add_flag("--installation", arguments.installation, "what concerns no site");
  list->add_option("--limit", arguments.limit, "at most N entries (20)")
      ->check(from_one_to(100'000))
      ->type_name("N");
  add_database(list, arguments.database);
  CLI::App* verify =
      add_below(audit, "verify", "whether nobody changed it; keep the heads it prints elsewhere",
                "muster audit verify", act_of(Act::kVerify));
  add_database(verify, arguments.database);
}

void CommandLine::add_other_commands() {
  CLI::App* version =
      add("version", "version, build and features", "muster version --features",
          [this](Console& console) { return version_command(words_.version, console); });
  version->add_flag("--features", words_.version.features, "what is inside this program");
  version->add_flag("--json", words_.version.json, "all of it as JSON");
  CLI::App* completion =
      add("completion", "prints a completion script for your shell",
          "muster completion bash > ~/.local/share/bash-completion/completions/muster",
          [this](Console& console) {
            return completion_command(words_.shell, words_of(app_), console);
          });
  completion->add_option("SHELL", words_.shell, "bash, zsh or fish")
      ->required()
      ->type_name("bash|zsh|fish");
}

CommandWords CommandLine::words_of(const CLI::App& app) {
  CommandWords words{.name = app.get_name(), .help = app.get_description()};
  for (const CLI::Option* option : app.get_options()) {
    const std::string type = option->get_type_name();
    std::vector<std::string> values;
    if (type.find('|') != std::string::npos) {
      for (std::string_view value : base::split(type, '|')) values.emplace_back(value);
    }
    if (option->get_positional()) {
      words.takes_file = words.takes_file || option->get_name() == "FILE";
      words.values = std::move(values);
      continue;
    }
    words.options.push_back({.name = "--" + option->get_lnames().front(),
                             .help = option->get_description(),
                             .values = std::move(values),
                             .takes_value = option->get_items_expected_max() > 0});
  }
  for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; })) {
    words.commands.push_back(words_of(*child));
  }
  return words;
}

// "muster runs show"
std::string path_of(const CLI::App& command) {
  std::string path;
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent()) {
    path = app->get_name() + (path.empty() ? "" : " ") + path;
  }
  return path;
}

int CommandLine::usage_error(const std::string& message, const CLI::App& where,
                             Console& console) const {
  console.error(fmt::format("{}; try `{} --help`", message, path_of(where)));
  return kUsage;
}

int CommandLine::unexpected(const std::string& word, const CLI::App& where,
                            Console& console) const {
  std::vector<std::string> known;
  const CommandWords here = words_of(where);
  const bool is_option = word.starts_with("-");
  const std::string name = word.substr(0, word.find('='));
  if (is_option) {
    for (const CommandWords& scope : {here, words_of(app_)}) {
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

int CommandLine::run(int argc, char** argv, Console& console) {
  const CLI::App* where = &app_;
  auto find_deepest = [&] {
    for (const CLI::App* next = where; next != nullptr;) {
      where = next;
      const auto inside = next->get_subcommands();
      next = inside.empty() ? nullptr : inside.front();
    }
  };
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    find_deepest();
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app_.exit(error);
    return usage_error(error.what(), *where, console);
  }
  find_deepest();
  const std::vector<std::string> unused = app_.remaining(true);
  if (!unused.empty()) return unexpected(unused.front(), *where, console);
  const auto command = commands_.find(where);
  if (command == commands_.end()) {
    console.err(app_.help());
    return kUsage;
  }
  return command->second(console);
}

}  // namespace

int run_command_line(int argc, char** argv, Console& console) {
  Words words;
  CommandLine line(words);
  return line.run(argc, argv, console);
}

}  // namespace muster::cli
