// Keys and certificates made on the spot: for TLS on loopback and for signing in with a
// certificate.
#pragma once

#include <string>

#include "base/result.h"

namespace muster::sandbox {

struct KeyPair {
  std::string certificate_pem;
  std::string private_key_pem;
};

// RSA 2048, self-signed, valid for a year; `common_name` like "muster importer".
base::Result<KeyPair> make_client_certificate(const std::string& common_name);

struct ServerCertificate {
  std::string ca_pem;  // to be trusted
  KeyPair server;      // for localhost, 127.0.0.1 and ::1; the certificate is followed by the CA's
};
base::Result<ServerCertificate> make_server_certificate();

}  // namespace muster::sandbox
