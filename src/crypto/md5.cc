#include "crypto/md5.h"

#include "crypto/openssl.h"

namespace muster::crypto {

std::string md5(std::string_view bytes) {
  const ErrorQueueGuard guard;
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  const int done =
      EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                 EVP_md5(), nullptr);
  digest.resize(done == 1 ? size : 0);
  return digest;
}

}  // namespace muster::crypto
