#include "store/importer_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/text.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

// A name may hold anything a file name may not. FNV-1a, because nobody attacks it:
// http://www.isthe.com/chongo/tech/comp/fnv/
std::string hash_of(std::string_view site, std::string_view importer) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto add = [&](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3U; };
  for (const char character : site) add(static_cast<unsigned char>(character));
  add(0);
  for (const char character : importer) add(static_cast<unsigned char>(character));
  return fmt::format("{:016x}", hash);
}

class FileLock final : public Store::Lock {
 public:
  explicit FileLock(int file) : file_(file) {}
  // The file stays: removing it would let two processes lock two files of one name.
  ~FileLock() override {
    static_cast<void>(!::ftruncate(file_, 0));
    ::close(file_);
  }

 private:
  const int file_;
};

std::string read_holder(int file) {
  char text[32];
  const ssize_t size = ::pread(file, text, sizeof text, 0);
  return size > 0 ? std::string(base::trim({text, static_cast<std::size_t>(size)})) : "";
}

}  // namespace

Result<std::unique_ptr<Store::Lock>> take_importer_lock(const std::string& database_path,
                                                        std::string_view site,
                                                        std::string_view importer) {
  const std::string path = database_path + ".lock-" + hash_of(site, importer);
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  const int open_code = errno;
  if (file >= 0 && ::flock(file, LOCK_EX | LOCK_NB) == 0) {
    const std::string holder = fmt::format("{}\n", ::getpid());
    static_cast<void>(!::ftruncate(file, 0));
    static_cast<void>(!::pwrite(file, holder.data(), holder.size(), 0));
    return std::unique_ptr<Store::Lock>(std::make_unique<FileLock>(file));
  }
  if (file >= 0 && errno == EWOULDBLOCK) {
    const std::string holder = read_holder(file);
    ::close(file);
    return Error{
        ErrorKind::kConflict, "already_running",
        fmt::format("The importer '{}' is being run by {} on this machine. Wait until it has "
                    "ended.",
                    base::printable(importer),
                    holder.empty() ? "another process" : "process " + base::printable(holder))};
  }
  const int code = file >= 0 ? errno : open_code;
  if (file >= 0) ::close(file);
  return Error{ErrorKind::kUnavailable, "store_unavailable",
               fmt::format("The lock file {} cannot be used: {}.", base::printable(path, 500),
                           std::generic_category().message(code))};
}

}  // namespace muster::store
