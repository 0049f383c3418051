// Sites, who may use a store, and what was done to it.
#include <CLI/CLI.hpp>

#include "cli/command_tree.h"

namespace muster::cli {

void CommandTree::add_site_commands() {
  using Act = SiteArguments::Act;
  SiteArguments& arguments = words_.site;
  CLI::App* site =
      add_family("site", "the sites of the service", "muster site add acme --name \"Acme Inc.\"");
  const auto below = [&](Act act, const std::string& name, const std::string& help,
                         const std::string& example) {
    CLI::App* added = add_below(site, name, help, example, [this, act](Console& console) {
      words_.site.act = act;
      return act == Act::kReport ? site_report_command(words_.site, console)
                                 : site_command(words_.site, console);
    });
    if (act != Act::kList) {
      added->add_option("SITE", arguments.site, "a-z, 0-9 and -")->required()->type_name("");
    }
    add_database(added, arguments.database);
    return added;
  };
  below(Act::kList, "list", "all of them, and until when their importers may run",
        "muster site list");
  CLI::App* added = below(Act::kAdd, "add", "makes one, or brings back one that was removed",
                          "muster site add acme --name \"Acme Inc.\" --contact it@acme.example");
  added->add_option("--name", arguments.name, "for people")->check(not_empty())->type_name("NAME");
  added->add_option("--sandbox-of", arguments.production, "the production site it belongs to")
      ->check(not_empty())
      ->type_name("SITE");
  added
      ->add_option("--region", arguments.region,
                   "where its data is, and nowhere else (the installation's own database)")
      ->check(not_empty())
      ->type_name("REGION");
  added->add_option("--contact", arguments.contact, "who is told when something changes")
      ->type_name("EMAIL");
  CLI::App* clone =
      below(Act::kClone, "clone", "a sandbox with its importers, paused and without secrets",
            "muster site clone acme --to acme-try");
  clone->add_option("--to", arguments.to, "the new site")
      ->required()
      ->check(not_empty())
      ->type_name("SITE");
  clone->add_option("--name", arguments.name, "for people")->check(not_empty())->type_name("NAME");
  CLI::App* move =
      below(Act::kMove, "move", "to another region; again: completes one that was interrupted",
            "muster site move acme --region eu --key-file /etc/muster/key");
  CLI::Option* region = move->add_option("--region", arguments.region, "where its data is to be");
  region->check(not_empty())->type_name("REGION");
  CLI::Option* home =
      move->add_flag("--home", arguments.home, "back into the installation's own database");
  CLI::Option* cancel = move->add_flag("--cancel", arguments.cancel,
                                       "lets it go on where it is, and erases the copy");
  region->excludes(home)->excludes(cancel);
  home->excludes(cancel);
  add_key_file(move, arguments.key_file);
  below(Act::kContact, "contact", "who is told when something changes; \"\" for nobody",
        "muster site contact acme it@acme.example")
      ->add_option("EMAIL", arguments.contact, "an e-mail address")
      ->required()
      ->type_name("");
  below(Act::kEntitle, "entitle",
        "lets its importers run until a date, for ever, or its trial only",
        "muster site entitle acme 2027-12-31")
      ->add_option("UNTIL", arguments.until, "a date, ever or trial")
      ->required()
      ->type_name("");
  below(Act::kLicence, "licence", "the same with a signed licence",
        "muster site licence acme acme.licence")
      ->add_option("FILE", arguments.licence, "where it is (standard input)")
      ->type_name("");
  CLI::App* report = below(Act::kReport, "report",
                           "what is stored about it, where, since when and by whom changed",
                           "muster site report acme --backups /var/backups/muster");
  report->add_option("--backups", arguments.backups, "a folder of backups, to tell those of it too")
      ->check(not_empty())
      ->type_name("DIR");
  report->add_flag("--json", arguments.json, "as JSON");
  below(Act::kRemove, "remove", "removes one; its data is kept for a while",
        "muster site remove acme --keep-days 30")
      ->add_option("--keep-days", arguments.keep_days, "for so long it can be brought back (90)")
      ->check(from_one_to(3'650))
      ->type_name("N");
}

void CommandTree::add_region_commands() {
  using Act = RegionArguments::Act;
  RegionArguments& arguments = words_.region;
  CLI::App* region = add_family("region", "databases in other regions, to which sites are pinned",
                                "muster region add eu --url-env MUSTER_EU");
  const auto below = [&](Act act, const std::string& name, const std::string& help,
                         const std::string& example) {
    CLI::App* added = add_below(region, name, help, example, [this, act](Console& console) {
      words_.region.act = act;
      return region_command(words_.region, console);
    });
    if (act != Act::kList) {
      added->add_option("NAME", arguments.region, "a-z, 0-9 and -")
          ->required(act != Act::kCheck)
          ->type_name("");
    }
    add_database(added, arguments.database);
    return added;
  };
  below(Act::kList, "list", "all of them, and how many sites are there", "muster region list");
  CLI::App* added = below(Act::kAdd, "add", "labels a database, which is empty, as this region",
                          "muster region add eu --url-env MUSTER_EU");
  const auto add = [&](const std::string& name, std::string& value, const std::string& help,
                       const std::string& type) {
    return added->add_option(name, value, help)->check(not_empty())->type_name(type);
  };
  CLI::Option* url =
      add("--url", arguments.url, "sqlite:/PATH or postgresql://..., without a password", "URL");
  CLI::Option* env = add("--url-env", arguments.url_env,
                         "the variable that holds the URL, here and for services", "NAME");
  CLI::Option* file = add("--url-file", arguments.url_file, "the file that holds the URL", "PATH");
  url->excludes(env)->excludes(file);
  env->excludes(file);
  below(Act::kRemove, "remove", "forgets one in which no site is; its database stays",
        "muster region remove eu");
  below(Act::kCheck, "check",
        "whether they answer, are what they should be, and hold what they should",
        "muster region check");
}

void CommandTree::add_licence_commands() {
  using Act = LicenceArguments::Act;
  LicenceArguments& arguments = words_.licence;
  CLI::App* licence = add_family("licence", "signs licences of sites, and says whose count",
                                 "muster licence issue acme 2027-12-31 --key-file licence.key");
  const auto act_of = [this](Act act) {
    return [this, act](Console& console) {
      words_.licence.act = act;
      return licence_command(words_.licence, console);
    };
  };
  add_below(licence, "generate-key", "makes a signing key in a new file, and prints the public key",
            "muster licence generate-key licence.key", act_of(Act::kGenerateKey))
      ->add_option("PATH", arguments.key_file, "the file")
      ->required()
      ->check(not_empty())
      ->type_name("");
  CLI::App* issue =
      add_below(licence, "issue", "prints a licence",
                "muster licence issue acme 2027-12-31 --key-file licence.key", act_of(Act::kIssue));
  issue->add_option("SITE", arguments.site, "the site")->required()->type_name("");
  issue->add_option("UNTIL", arguments.until, "a date, or ever")->required()->type_name("");
  issue->add_option("--key-file", arguments.key_file, "the signing key")
      ->required()
      ->check(not_empty())
      ->type_name("PATH");
  CLI::App* trust = add_below(licence, "trust", "whose licences this store believes",
                              "muster licence trust PUBLIC_KEY", act_of(Act::kTrust));
  trust->add_option("PUBLIC_KEY", arguments.public_key, "as generate-key printed it")
      ->required()
      ->check(not_empty())
      ->type_name("");
  add_database(trust, arguments.database);
}

void CommandTree::add_admin_commands() {
  using Act = AdminArguments::Act;
  AdminArguments& arguments = words_.admin;
  CLI::App* admin =
      add_family("admin", "who may use the service", "muster admin role anna acme auditor");
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

void CommandTree::add_person_commands() {
  PersonArguments& arguments = words_.person;
  CLI::App* person = add_family("person", "what is kept about people who use muster",
                                "muster person erase anna@acme.example");
  CLI::App* erase = add_below(
      person, "erase", "removes what is kept about one; where the name stood is a pseudonym",
      "muster person erase anna anna@acme.example --backups-kept 14",
      [this](Console& console) { return person_command(words_.person, console); });
  erase
      ->add_option("NAME", arguments.names,
                   "the name to sign in with, and what else stands for the same person")
      ->required()
      ->check(not_empty())
      ->type_name("");
  erase
      ->add_option("--as", arguments.pseudonym,
                   "the pseudonym of an earlier time, when a backup brought the name back")
      ->check(not_empty())
      ->type_name("PSEUDONYM");
  erase
      ->add_option("--backups-kept", arguments.backups_kept,
                   "for so many days backups are kept, to say when the last one with the name goes")
      ->check(from_one_to(3'650))
      ->type_name("DAYS");
  erase->add_flag("--yes", arguments.yes, "without asking");
  add_database(erase, arguments.database);
}

void CommandTree::add_audit_commands() {
  using Act = AuditArguments::Act;
  AuditArguments& arguments = words_.audit;
  CLI::App* audit =
      add_family("audit", "what was done, by whom and from where", "muster audit verify");
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

void CommandTree::add_support_bundle_command() {
  SupportBundleArguments& arguments = words_.support_bundle;
  CLI::App* bundle = add(
      "support-bundle", "a file for whoever helps, without secrets and without values of a source",
      "muster support-bundle --out bundle.json --log muster.log",
      [this](Console& console) { return support_bundle_command(words_.support_bundle, console); });
  bundle->add_option("--out", arguments.out, "the file, which is not there yet")
      ->required()
      ->check(not_empty())
      ->type_name("FILE");
  add_database(bundle, arguments.database);
  bundle->add_option("--site", arguments.site, "this site only")
      ->check(not_empty())
      ->type_name("SITE");
  bundle->add_option("--runs", arguments.runs, "so many runs of each site at most (20)")
      ->check(from_one_to(1'000))
      ->type_name("N");
  bundle->add_option("--log", arguments.logs, "a log of muster; may be given several times")
      ->check(not_empty())
      ->type_name("FILE");
}

}  // namespace muster::cli
