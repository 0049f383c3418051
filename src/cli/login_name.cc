#include "cli/login_name.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

namespace muster::cli {

std::string login_name() {
  passwd entry{};
  passwd* found = nullptr;
  char buffer[4096];
  if (getpwuid_r(getuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr) {
    return found->pw_name;
  }
  return fmt::format("uid {}", getuid());
}

}  // namespace muster::cli
