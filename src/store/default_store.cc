#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "store/store.h"

namespace muster::store {
namespace {

// Only absolute paths count: https://specifications.freedesktop.org/basedir-spec/latest/
std::string absolute_path_in(const char* variable) {
  const char* value = std::getenv(variable);
  return value && value[0] == '/' ? value : "";
}

std::string home() {
  std::string path = absolute_path_in("HOME");
  if (!path.empty()) return path;
  const passwd* entry = ::getpwuid(::getuid());
  return entry && entry->pw_dir ? entry->pw_dir : "";
}

}  // namespace

std::string default_store_url() {
  std::string state = absolute_path_in("XDG_STATE_HOME");
  if (state.empty()) state = home() + "/.local/state";
  return "sqlite:" + state + "/muster/muster.db";
}

}  // namespace muster::store
