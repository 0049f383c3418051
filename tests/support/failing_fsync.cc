// Preloaded into the real programs: fsync and fdatasync fail for files whose path holds
// $FAIL_FSYNC, as on a dying disk. "out$": whose path ends with "out".
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

bool is_meant(int file) {
  const char* part = std::getenv("FAIL_FSYNC");
  char link[64], path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t size = ::readlink(link, path, sizeof path - 1);
  if (part == nullptr || size < 0) return false;
  path[size] = '\0';
  const std::size_t length = std::strlen(part);
  if (length == 0 || part[length - 1] != '$') return std::strstr(path, part) != nullptr;
  const std::size_t end = static_cast<std::size_t>(size);
  return end >= length - 1 && std::strncmp(path + end - (length - 1), part, length - 1) == 0;
}

int answer(int file) {
  if (!is_meant(file)) return 0;  // tests do not lose power
  errno = EIO;
  return -1;
}

}  // namespace

extern "C" int fsync(int file) { return answer(file); }
extern "C" int fdatasync(int file) { return answer(file); }
