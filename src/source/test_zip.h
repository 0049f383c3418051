// ZIP archives for the tests of this room: one file, as a service that streams would write it.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>

#include "net/gzip.h"

namespace muster::source::test {

inline std::string zip_of(const std::string& text, bool deflated = true) {
  const std::string name = "list.csv";
  const std::string packed = deflated ? net::deflated(text) : text;
  const auto checksum = static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
  std::string out;
  const auto put = [&](std::uint64_t value, int size) {
    for (int byte = 0; byte < size; ++byte, value >>= 8) out += static_cast<char>(value & 255);
  };
  const auto head = [&] {
    put(20, 2), put(0, 2), put(deflated ? 8 : 0, 2), put(0, 4), put(checksum, 4);
    put(packed.size(), 4), put(text.size(), 4), put(name.size(), 2), put(0, 2);
  };
  put(0x04034b50, 4), head();
  out += name + packed;
  const std::size_t directory = out.size();
  put(0x02014b50, 4), put(20, 2), head();
  put(0, 2), put(0, 2), put(0, 2), put(0, 4), put(0, 4);
  out += name;
  const std::size_t size = out.size() - directory;
  put(0x06054b50, 4), put(0, 4), put(1, 2), put(1, 2), put(size, 4), put(directory, 4), put(0, 2);
  return out;
}

}  // namespace muster::source::test
