// A ready importer file for the running sandbox: Entra ID into Assets.
#pragma once

#include <string>

#include "base/result.h"
#include "sandbox/certificates.h"
#include "sandbox/sandbox.h"

namespace muster::sandbox {

struct ImporterFile {
  std::string path;  // where the YAML goes; secrets go beside it
  Connection connection;
  std::string ca_file;              // empty: no TLS
  const KeyPair* client = nullptr;  // sign in with it; null: with the secret
  bool people = false;              // fill in the Jira accounts of users after the import
  bool linked = false;              // references into Entra ID lead to the importer of it
};

// Secrets are written to files of their own with mode 0600 (`PATH.client_secret`, ...); the YAML
// only names them.
base::Status write_importer_file(const ImporterFile& file);

// Creates or replaces the file; `secret`: mode 0600 from the first moment.
base::Status write_file(const std::string& path, std::string_view content, bool secret);

}  // namespace muster::sandbox
