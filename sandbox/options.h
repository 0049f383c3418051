// The command line of muster-sandbox.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/sandbox.h"

namespace muster::sandbox {

struct Options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 9090;  // 0: a free one
  SandboxSettings sandbox{};
  std::string faults_file;     // empty: none
  std::string importers_file;  // empty: none is written
  bool people = false;         // in it, the importer fills in Jira accounts
  bool tls = false;
  bool certificate = false;  // sign-in with a certificate instead of a secret
  bool help = false;
  unsigned workers = 2;
};

// kSettings with a message that names the flag.
base::Result<Options> parse_options(const std::vector<std::string>& arguments);
std::string help_text();

}  // namespace muster::sandbox
