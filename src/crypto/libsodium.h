// What the files of this room that use libsodium share. Not for other rooms.
#pragma once

#include <sodium.h>

#include <string>
#include <string_view>

#include "base/check.h"

namespace muster::crypto {

// Before anything random or slow: it picks the generator and the fastest code, once, for any
// thread.
inline void start_libsodium() {
  static const bool started = sodium_init() >= 0;
  MUSTER_CHECK(started, "libsodium starts");
}

inline const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* raw(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

// `size` bytes on the heap even when short: a short string keeps its bytes inside itself, and
// moving it into a Secret would leave them behind.
inline std::string secret_buffer(std::size_t size) {
  std::string buffer;
  buffer.reserve(size < 32 ? 32 : size);
  buffer.resize(size);
  return buffer;
}

// From the kernel.
inline std::string random_bytes(std::size_t size) {
  start_libsodium();
  std::string bytes = secret_buffer(size);
  randombytes_buf(bytes.data(), size);
  return bytes;
}

}  // namespace muster::crypto
