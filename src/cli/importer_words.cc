// What one does with an importer file: reading, running, looking back.
#include <CLI/CLI.hpp>

#include "cli/command_tree.h"

namespace muster::cli {
namespace {

constexpr std::uint64_t kTestLimit = 100;

}  // namespace

void CommandTree::add_reading_commands() {
  CLI::App* sources = add("sources", "what can be read: data sets, attributes, permissions, limits",
                          "muster sources entra", [this](Console& console) {
                            return sources_command(words_.sources, console);
                          });
  sources->add_option("SOURCE", words_.sources.source, "one source in full")->type_name("");
  CLI::Option* json = sources->add_flag("--json", words_.sources.json, "as JSON");
  sources
      ->add_flag("--yaml", words_.sources.yaml,
                 "the catalogue file of a bundled source, to be changed and used with --catalogues")
      ->excludes(json);
  add_catalogues(sources, words_.sources.catalogues);

  CLI::App* lint = add("lint", "checks an importer file or a catalogue file; sends nothing",
                       "muster lint importers.yaml",
                       [this](Console& console) { return lint_command(words_.lint, console); });
  lint->add_option("FILE", words_.lint.file, "the file")->required()->type_name("");
  add_catalogues(lint, words_.lint.catalogues);

  CLI::App* check =
      add("check", "signs in and says what works, what is missing and how to grant it",
          "muster check importers.yaml entra", [this](Console& console) {
            words_.check.log = words_.log();
            return check_command(words_.check, console);
          });
  add_importer(check, words_.check.which, true);
  check->add_flag("--json", words_.check.json, "as JSON");
  check->add_flag("--verbose", words_.check.verbose, "list also every grant that nothing needs");

  CLI::App* schema = add("schema", "prints the Assets schema and mapping that would be sent",
                         "muster schema importers.yaml entra", [this](Console& console) {
                           words_.schema.log = words_.log();
                           return schema_command(words_.schema, console);
                         });
  add_importer(schema, words_.schema.which, false);
  schema->add_flag("--send", words_.schema.send,
                   "send it to Assets without importing anything, so that settings of the mapping "
                   "can be made there first");
  add_database(schema, words_.schema.database);

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

void CommandTree::add_running_commands() {
  CLI::App* plan = add("plan", "reads everything, sends nothing, says what a run would do",
                       "muster plan importers.yaml entra", [this](Console& console) {
                         words_.plan.log = words_.log();
                         return plan_command(words_.plan, console);
                       });
  add_importer(plan, words_.plan.which, false);
  add_database(plan, words_.plan.database);
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
  add_database(run, arguments.database);
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

void CommandTree::add_history_commands() {
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
  add_database(runs, arguments.database);
  add_catalogues(runs, arguments.catalogues);
  runs->add_flag("--json", arguments.json, "as JSON");

  show->footer("Example:\n  muster runs show 0197f0c2");
  show->fallthrough(false);
  show->add_option("RUN_ID", words_.show.run_id, "the run; its first characters are enough")
      ->required()
      ->type_name("");
  add_database(show, words_.show.database);
  show->add_flag("--json", words_.show.json, "the report as JSON");
  commands_[show] = [this](Console& console) {
    // Given before `show`, they mean the same.
    if (words_.show.database.empty()) words_.show.database = words_.runs.database;
    words_.show.json = words_.show.json || words_.runs.json;
    return show_run_command(words_.show, console);
  };
}

void CommandTree::add_other_commands() {
  CLI::App* version =
      add("version", "version, build and features", "muster version --features",
          [this](Console& console) { return version_command(words_.version, console); });
  version->add_flag("--features", words_.version.features, "what is inside this program");
  version->add_flag("--json", words_.version.json, "all of it as JSON");
  CLI::App* completion =
      add("completion", "prints a completion script for your shell",
          "muster completion bash > ~/.local/share/bash-completion/completions/muster",
          [this](Console& console) {
            return completion_command(words_.shell, words_of(*app_), console);
          });
  completion->add_option("SHELL", words_.shell, "bash, zsh or fish")
      ->required()
      ->type_name("bash|zsh|fish");
}

}  // namespace muster::cli
