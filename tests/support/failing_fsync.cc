// Preloaded into the real programs: fsync and fdatasync fail for files whose path holds
// $FAIL_FSYNC, as on a dying disk.
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
  return std::strstr(path, part) != nullptr;
}

int answer(int file) {
  if (!is_meant(file)) return 0;  // tests do not lose power
  errno = EIO;
  return -1;
}

}  // namespace

extern "C" int fsync(int file) { return answer(file); }
extern "C" int fdatasync(int file) { return answer(file); }
