#include "cli/console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "run/report.h"

namespace muster::cli {
namespace {

std::string_view code_of(Style style) {
  switch (style) {
    case Style::kPlain: return "";
    case Style::kGood: return "\x1b[32m";
    case Style::kWarning: return "\x1b[33m";
    case Style::kBad: return "\x1b[31m";
    case Style::kDim: return "\x1b[2m";
    case Style::kBold: return "\x1b[1m";
  }
  return "";
}

bool write(std::FILE* stream, std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stream) == text.size();
}

}  // namespace

int exit_code(const base::Error& error) {
  if (const int code = run::exit_code(error.reason); code != kUnexpected) return code;
  // What was named is not there.
  const bool is_misnamed = error.reason.starts_with("no_such_");
  if (error.kind == base::ErrorKind::kSettings || is_misnamed) return kUsage;
  if (error.kind == base::ErrorKind::kCancelled) return kCancelled;
  return kUnexpected;
}

Console::Settings Console::detect() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return {.out_is_terminal = isatty(STDOUT_FILENO) == 1,
          .err_is_terminal = isatty(STDERR_FILENO) == 1 && !dumb,
          .colour = (no_colour == nullptr || *no_colour == '\0') && !dumb};
}

void Console::out(std::string_view text) {
  errno = 0;
  if (!write(stdout, text) && lost_ == 0) lost_ = errno == 0 ? EIO : errno;
}

void Console::err(std::string_view text) {
  // On a terminal both streams are one text; what was said first stands first.
  flush();
  write(stderr, text);
}

void Console::error(std::string_view text) {
  std::string line = "muster: ";
  line.append(text);
  line += '\n';
  err(line);
}

void Console::heard(std::string_view from, std::string_view words) {
  if (words.empty() || !settings_.err_is_terminal) return;
  err(fmt::format("{} says (shown here only): {}\n", from, base::printable(words, 1000)));
}

std::string Console::styled(Style style, std::string_view text) const {
  const std::string_view code = code_of(style);
  if (!settings_.colour || !settings_.out_is_terminal || code.empty()) return std::string(text);
  return std::string(code).append(text).append("\x1b[0m");
}

TerminalSize Console::size() const {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    return {};
  return {size.ws_col, size.ws_row};
}

int Console::flush() {
  errno = 0;
  if (std::fflush(stdout) != 0 && lost_ == 0) lost_ = errno == 0 ? EIO : errno;
  return lost_;
}

}  // namespace muster::cli
