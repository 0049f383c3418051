// `muster backup ...`.
#include <CLI/CLI.hpp>

#include "cli/command_tree.h"

namespace muster::cli {

void add_s3_options(CLI::App* app, S3Arguments& s3) {
  const auto add = [&](const std::string& name, std::string& value, const std::string& help,
                       const std::string& type) {
    return app->add_option(name, value, help)->check(not_empty())->type_name(type);
  };
  add("--s3-endpoint", s3.endpoint, "who speaks S3 (https://s3.REGION.amazonaws.com)", "URL");
  add("--s3-region", s3.region, "as that service calls it (us-east-1)", "NAME");
  app->add_flag("--s3-path-style", s3.path_style,
                "the bucket is in the path, not in the host name");
  CLI::Option* id = add("--s3-key-id", s3.key_id, "who asks (AWS_ACCESS_KEY_ID)", "ID");
  CLI::Option* secret =
      add("--s3-secret", s3.secret,
          "file:PATH, env:NAME or stored:SITE/NAME (AWS_SECRET_ACCESS_KEY)", "WHERE");
  id->needs(secret);
  secret->needs(id);
  add("--s3-ca-file", s3.ca_file, "whom to trust for it beside the system's (PEM)", "PATH");
  app->add_flag("--s3-allow-private-address", s3.allow_private_address, "it is in the own network");
}

void CommandTree::add_backup_commands() {
  using Act = BackupArguments::Act;
  BackupArguments& arguments = words_.backup;
  CLI::App* backup = add_family("backup", "copies of a store that can be brought back",
                                "muster backup create /var/backups/muster --key-file key");
  const auto below = [&](Act act, const std::string& name, const std::string& help,
                         const std::string& example) {
    CLI::App* added = add_below(backup, name, help, example, [this, act](Console& console) {
      words_.backup.act = act;
      return backup_command(words_.backup, console);
    });
    const bool is_folder = act == Act::kCreate || act == Act::kList;
    added
        ->add_option(is_folder ? "PLACE" : "PATH", arguments.path,
                     is_folder ? "the folder of backups, or s3://BUCKET/PREFIX"
                               : "a backup, or one file of it")
        ->required()
        ->check(not_empty())
        ->type_name("");
    add_s3_options(added, arguments.s3);
    return added;
  };
  const auto add_work_folder = [&](CLI::App* app) {
    app->add_option("--work-folder", arguments.work_folder,
                    "for throw-away stores (beside the backup)")
        ->check(not_empty())
        ->type_name("DIR");
  };
  CLI::App* create = below(Act::kCreate, "create", "makes one, while importers run",
                           "muster backup create /var/backups/muster --key-file key");
  add_key_file(create, arguments.key_file);
  add_database(create, arguments.database);
  create->add_option("--site", arguments.site, "this site only")
      ->check(not_empty())
      ->type_name("SITE");
  create
      ->add_option("--region", arguments.region,
                   "the sites of this region, instead of those in the installation's own database")
      ->check(not_empty())
      ->type_name("REGION");
  below(Act::kList, "list", "those in a place, and when they expire",
        "muster backup list /var/backups/muster");
  CLI::App* verify =
      below(Act::kVerify, "verify", "restores one into a throw-away store and looks at it",
            "muster backup verify /var/backups/muster/20261127T021500123Z --key-file key");
  add_key_file(verify, arguments.key_file);
  add_work_folder(verify);
  CLI::App* restore =
      below(Act::kRestore, "restore", "brings one back, into an empty store; or one site of it",
            "muster backup restore /var/backups/muster/20261127T021500123Z --site acme --replace");
  add_key_file(restore, arguments.key_file);
  add_work_folder(restore);
  restore
      ->add_option("--backup-key-file", arguments.backup_key_file,
                   "the key that the backup was made with, when the store has another")
      ->check(not_empty())
      ->type_name("PATH");
  add_database(restore, arguments.database);
  CLI::Option* site = restore->add_option("--site", arguments.site, "this site only");
  site->check(not_empty())->type_name("SITE");
  restore
      ->add_option("--region", arguments.region,
                   "into the database of this region, also what was in another one")
      ->check(not_empty())
      ->type_name("REGION");
  restore->add_flag("--replace", arguments.replaces, "in the place of what the store has of it")
      ->needs(site);
}

}  // namespace muster::cli
