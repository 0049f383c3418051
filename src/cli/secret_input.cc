#include "cli/secret_input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/secret_text.h"
#include "base/text.h"

namespace muster::cli {

using base::Error;
using base::ErrorKind;
using base::Result;

namespace {

// Certificates with their chains stay below; a mistaken file does not.
constexpr std::size_t kMaxBytes = 65'536;

Error wrong_value(std::string message) {
  return {ErrorKind::kSettings, "settings", std::move(message)};
}

// To the end, or to the end of the line on a terminal.
Result<base::Secret> read_all(int file, bool one_line) {
  std::string text(kMaxBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return wrong_value(fmt::format("it cannot be read: {}", std::strerror(errno)));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (one_line && text[size - 1] == '\n') break;
  }
  text.resize(size);
  base::Secret whole(std::move(text));
  if (size > kMaxBytes) return wrong_value("it is larger than 64 KiB; is it the right one?");
  if (base::is_utf16(whole.reveal())) return wrong_value("it is UTF-16 text; save it as UTF-8");
  const std::string_view value = base::secret_text(whole.reveal());
  if (value.empty()) return wrong_value("it is empty");
  return base::Secret(std::string(value));
}

// Without showing what is typed.
Result<base::Secret> ask(const std::string& prompt, Console& console) {
  console.err(base::printable(prompt) + ": ");
  termios before{};
  const bool is_known = ::tcgetattr(STDIN_FILENO, &before) == 0;
  termios quiet = before;
  quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  if (is_known) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  Result<base::Secret> value = read_all(STDIN_FILENO, true);
  if (is_known) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  console.err("\n");
  return value;
}

}  // namespace

Result<base::Secret> read_secret(const std::string& path, const std::string& prompt,
                                 Console& console) {
  if (path.empty()) {
    return ::isatty(STDIN_FILENO) == 1 ? ask(prompt, console) : read_all(STDIN_FILENO, false);
  }
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return wrong_value(
        fmt::format("{} cannot be read: {}", base::printable(path), std::strerror(errno)));
  }
  Result<base::Secret> value = read_all(file, false);
  ::close(file);
  return value;
}

}  // namespace muster::cli
