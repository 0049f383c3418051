// What keeps the service going: its importers, itself, its secrets and their key.
#include <CLI/CLI.hpp>

#include "cli/command_tree.h"

namespace muster::cli {
namespace {

// Signing in elsewhere; docs/how-to/openid-connect.md.
void add_openid_options(CLI::App* serve, OpenIdArguments& openid) {
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

// Who sends e-mail, and where webhooks may go; docs/how-to/notices.md.
void add_notice_options(CLI::App* serve, ServeArguments& arguments) {
  const auto add = [&](const std::string& name, std::string& value, const std::string& help,
                       const std::string& type) {
    return serve->add_option(name, value, help)->check(not_empty())->type_name(type);
  };
  CLI::Option* server = add("--mail-server", arguments.mail_server,
                            "who sends e-mail: smtps://HOST:465 or smtp://HOST:587", "URL");
  server->needs(add("--mail-from", arguments.mail_from, "the address it is from", "EMAIL"));
  CLI::Option* user =
      add("--mail-user", arguments.mail_user, "to sign in to the mail server", "NAME");
  user->needs(server);
  user->needs(add("--mail-password-file", arguments.mail_password_file,
                  "where that user's password is", "PATH"));
  add("--mail-ca-file", arguments.mail_ca_file, "whom to trust beside the system's", "PATH");
  serve->add_flag("--private-webhooks", arguments.private_webhooks,
                  "webhooks may go to private addresses, and by plain http to this machine");
}

// Where backups go and when they are made; docs/how-to/backup.md.
void add_backup_options(CLI::App* app, BackupPlanArguments& arguments) {
  const auto add = [&](const std::string& name, std::string& value, const std::string& help,
                       const std::string& type) {
    return app->add_option(name, value, help)->check(not_empty())->type_name(type);
  };
  CLI::Option* place = add("--backup-folder", arguments.place,
                           "where backups go: a folder, or s3://BUCKET/PREFIX", "PLACE");
  CLI::Option* schedule = add("--backup-schedule", arguments.schedule,
                              "when to make them, as in cron: \"30 2 * * *\"", "CRON");
  schedule->needs(place);
  add("--backup-time-zone", arguments.time_zone, "of that schedule (UTC)", "ZONE")->needs(schedule);
  const auto add_kept = [&](const std::string& name, unsigned& value, unsigned least,
                            const std::string& help) {
    app->add_option(name, value, help)
        ->check(least == 0 ? from_zero_to(1000) : from_one_to(1000))
        ->type_name("N")
        ->needs(schedule);
  };
  add_kept("--backup-keep-daily", arguments.keep_daily, 1, "days that each of them is kept (7)");
  add_kept("--backup-keep-weekly", arguments.keep_weekly, 0,
           "weeks that the first of a week is kept (4)");
  add_kept("--backup-keep-monthly", arguments.keep_monthly, 0,
           "months that the first of a month is kept (12)");
  add("--backup-notices", arguments.told_site,
      "the site whose contact is told when one fails (default)", "SITE")
      ->needs(schedule);
  add_s3_options(app, arguments.s3);
}

// Of every machine that runs importers.
void add_node_options(CLI::App* app, NodeArguments& arguments) {
  const auto add = [&](const std::string& name, std::string& value, const std::string& help,
                       const std::string& type) {
    return app->add_option(name, value, help)->check(not_empty())->type_name(type);
  };
  add("--config", arguments.config, "a file with any of these options", "FILE");
  add("--listen", arguments.listen, fmt::format("where to answer HTTP ({})", arguments.listen),
      "ADDRESS:PORT");
  CLI::Option* certificate =
      add("--tls-certificate", arguments.tls_certificate,
          "answer HTTPS with this certificate (PEM, with its chain)", "PATH");
  CLI::Option* key = add("--tls-key", arguments.tls_key, "its private key (PEM)", "PATH");
  key->needs(certificate);
  certificate->needs(key);
  add("--metrics-listen", arguments.metrics_listen,
      "where to answer GET /metrics for Prometheus, without signing in", "ADDRESS:PORT");
  app->add_option("--workers", arguments.workers, "runs at once (4)")
      ->check(from_one_to(64))
      ->type_name("N");
  add("--node", arguments.node, "what this machine is called beside others (host and process)",
      "NAME");
  add_catalogues(app, arguments.catalogues);
  add_database(app, arguments.database);
  add_key_file(app, arguments.key_file);
  add_backup_options(app, arguments.backups);
}

void add_serve_options(CLI::App* app, ServeArguments& arguments) {
  add_node_options(app, arguments.node);
  app->add_option("--region-backup-folder", arguments.region_backup_folders,
                  "where backups on schedule of a region go: what is in it lies there")
      ->check(not_empty())
      ->type_name("REGION=PLACE")
      ->needs("--backup-schedule");
  app->add_option("--public-url", arguments.public_url,
                  "where browsers find it, when that is not where it listens")
      ->check(not_empty())
      ->type_name("URL");
  app->add_option("--region-workers", arguments.region_workers,
                  "runs at once of each region; 0: only workers there run them (4)")
      ->check(from_zero_to(64))
      ->type_name("N");
  app->add_option("--owner-url", arguments.owner_urls,
                  "where the URL stands (env:NAME, file:PATH) of the user who owns the tables of a "
                  "region, or of the installation: operators can move sites then")
      ->check(not_empty())
      ->type_name("[REGION=]WHERE");
  add_openid_options(app, arguments.openid);
  add_notice_options(app, arguments);
}

}  // namespace

void CommandTree::add_service_commands() {
  CLI::App* apply = add("apply", "puts the importers of a file into the service's store",
                        "muster apply importers.yaml",
                        [this](Console& console) { return apply_command(words_.apply, console); });
  apply->add_option("FILE", words_.apply.file, "the importer file")->required()->type_name("");
  add_catalogues(apply, words_.apply.catalogues);
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
                          words_.serve.node.log = words_.log();
                          return serve_command(words_.serve, console);
                        });
  add_serve_options(serve, words_.serve);

  CLI::App* worker =
      add("worker", "a further machine for the service: runs what is due, without console or API",
          "muster worker --database postgresql://muster_app@db/muster", [this](Console& console) {
            words_.worker.node.log = words_.log();
            return worker_command(words_.worker, console);
          });
  add_node_options(worker, words_.worker.node);
  worker
      ->add_option("--region", words_.worker.region,
                   "works for this region alone; --database is that of the region")
      ->check(not_empty())
      ->type_name("REGION");

  CLI::App* doctor =
      add("doctor", "says what is missing before a service can work here",
          "muster doctor --config /etc/muster/muster.yaml", [this](Console& console) {
            words_.doctor.serve.node.log = words_.log();
            return doctor_command(words_.doctor, console);
          });
  doctor->add_option("FILE", words_.doctor.file, "an importer file (the importers of the store)")
      ->type_name("");
  add_serve_options(doctor, words_.doctor.serve);
}

void CommandTree::add_migrate_command() {
  MigrateArguments& arguments = words_.migrate;
  CLI::App* migrate =
      add("migrate", "brings a store up to date; on PostgreSQL as the user who owns its tables",
          "muster migrate --database postgresql://muster_owner@db/muster --grant-to muster_app",
          [this](Console& console) { return migrate_command(words_.migrate, console); });
  add_database(migrate, arguments.database);
  migrate
      ->add_option("--grant-to", arguments.grant_to,
                   "a user of PostgreSQL that services and workers connect as")
      ->check(not_empty())
      ->type_name("USER");
}

void CommandTree::add_secret_commands() {
  using Act = SecretArguments::Act;
  CLI::App* secret = add_family("secret", "secrets that importers of the service use",
                                "muster secret set entra-client --key-file /etc/muster/key");
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

void CommandTree::add_key_commands() {
  using Act = KeyArguments::Act;
  CLI::App* key =
      add_family("key", "the key of the stored secrets", "muster key generate /etc/muster/key");
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

}  // namespace muster::cli
