// `muster support-bundle`: what whoever helps has to know, in one file that can be read before it
// is given away.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <fstream>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/store_url.h"
#include "cli/store_work.h"
#include "cli/version_text.h"
#include "json/value.h"
#include "json/writer.h"
#include "service/support_bundle.h"

namespace muster::cli {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using json::Writer;

constexpr int kFormat = 1;                 // of the bundle
constexpr std::size_t kMostLines = 5'000;  // of a log, the last ones

Error unusable(std::string_view what, const std::string& path, int code) {
  return {ErrorKind::kSettings, "settings",
          fmt::format("{} cannot be {}: {}.", base::printable(path), what, std::strerror(code))};
}

// PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
std::string distribution() {
  constexpr std::string_view kName = "PRETTY_NAME=";
  std::ifstream in("/etc/os-release");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(kName)) continue;
    std::erase(line, '"');
    return line.substr(kName.size());
  }
  return "";
}

void write_machine(Writer& out) {
  constexpr std::int64_t kMebibyte = 1 << 20;
  utsname about{};
  ::uname(&about);
  const std::int64_t page = ::sysconf(_SC_PAGESIZE);
  out.begin_object().key("system").string(about.sysname).key("release").string(about.release);
  out.key("architecture").string(about.machine).key("distribution").string(distribution());
  out.key("processors").number(std::int64_t{::sysconf(_SC_NPROCESSORS_ONLN)});
  out.key("memory_mib").number(::sysconf(_SC_PHYS_PAGES) * page / kMebibyte);
  out.key("free_memory_mib").number(::sysconf(_SC_AVPHYS_PAGES) * page / kMebibyte).end_object();
}

// What is wrong with a store is what help may be wanted for: then its error stands in its place.
Status write_store(Writer& out, const SupportBundleArguments& arguments,
                   base::Scheduler& scheduler) {
  const auto look = [&]() -> Result<std::string> {
    if (TRY(open_to_look(arguments.database)) == nullptr) return std::string("null");
    return service::store_for_support(
        {.database = TRY(ready_store_of(arguments.database, arguments.site)),
         .site = arguments.site,
         .runs = arguments.runs},
        scheduler);
  };
  const Result<std::string> found = look();
  if (found.ok()) return out.raw(*found), Status();
  out.begin_object().key("reason").string(found.error().reason);
  out.key("message").string(found.error().message).end_object();
  return found.error();
}

Status write_log(Writer& out, const std::string& path) {
  errno = 0;
  std::ifstream in(path);
  if (!in) return unusable("read", path, errno);
  std::deque<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    lines.push_back(std::move(line));
    if (lines.size() > kMostLines) lines.pop_front();
  }
  out.begin_object().key("file").string(path).key("lines").begin_array();
  for (const std::string& line : lines) out.string(service::log_line_for_support(line));
  out.end_array().end_object();
  return {};
}

// Never in the place of another file.
Status write_new_file(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return unusable("made", path, errno);
  int code = 0;
  while (!text.empty() && code == 0) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    if (written < 0 && errno != EINTR) code = errno;
  }
  if (::close(file) != 0 && code == 0) code = errno;
  if (code == 0) return {};
  ::unlink(path.c_str());
  return unusable("written", path, code);
}

Status make_bundle(const SupportBundleArguments& arguments, Console& console) {
  const std::unique_ptr<base::Scheduler> scheduler = base::make_real_scheduler();
  std::string text;
  Writer out(text);
  out.begin_object().key("bundle").number(std::int64_t{kFormat});
  out.key("made").string(base::format_utc(scheduler->wall_now()));
  out.key("program").raw(version_json());
  write_machine(out.key("machine"));
  const Status store = write_store(out.key("store"), arguments, *scheduler);
  out.key("logs").begin_array();
  for (const std::string& log : arguments.logs) TRY(write_log(out, log));
  out.end_array().end_object();
  const json::Document document =
      TRY(json::Document::parse(std::move(text), {.max_bytes = std::size_t{1} << 30}));
  TRY(write_new_file(arguments.out, json::pretty(document.root()) + "\n"));
  if (!store.ok()) console.error(store.error());
  console.out(fmt::format("{}: read it before you give it away\n", base::printable(arguments.out)));
  return {};
}

}  // namespace

int support_bundle_command(const SupportBundleArguments& arguments, Console& console) {
  return told(make_bundle(arguments, console), console);
}

}  // namespace muster::cli
