// Where a command's words go: results to standard output, everything else to standard error.
//
//   Console console(Console::detect());
//   console.out(table.text());
//   console.error("importers.yaml cannot be read.");
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "base/error.h"

namespace muster::cli {

// Exit codes of interfaces.md section 2 that a command decides itself; runs use run::exit_code().
enum ExitCode {
  kOk = 0,
  kUnexpected = 1,
  kUsage = 2,
  kSourceFailed = 3,
  kDestinationFailed = 5,
  kCancelled = 6
};

// What an error that ended a command before a run began means to a script.
int exit_code(const base::Error& error);

struct TerminalSize {
  std::size_t columns = 100;
  std::size_t rows = 40;
};

enum class Style { kPlain, kGood, kWarning, kBad, kDim, kBold };

// Any thread; each call writes in one piece.
class Console {
 public:
  struct Settings {
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    bool colour = true;  // false with NO_COLOR (no-color.org) or TERM=dumb
  };
  static Settings detect();

  explicit Console(Settings settings) : settings_(settings) {}

  void out(std::string_view text);
  void err(std::string_view text);
  // One line: "muster: what happened (where)".
  void error(std::string_view text);
  void error(const base::Error& error) { this->error(error.text()); }

  // base::Error::heard of something that failed. Only on a terminal: what a person reads there is
  // kept nowhere, and the words may repeat a record.
  void heard(std::string_view from, std::string_view words);

  // For standard output; plain text when it is no terminal.
  std::string styled(Style style, std::string_view text) const;

  bool err_is_terminal() const { return settings_.err_is_terminal; }
  // Of the terminal behind standard error, now.
  TerminalSize size() const;

  // Writes out what waits. 0, or the errno because of which something written to standard output
  // was lost since the beginning: ENOSPC of a full disk, EPIPE where nobody reads any more.
  int flush();

 private:
  Settings settings_;
  std::atomic<int> lost_ = 0;
};

}  // namespace muster::cli
