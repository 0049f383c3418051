// What a backup's file holds when somebody changed it: outside of its seal, and, by whoever has the
// key, inside.
#include <algorithm>

#include "base/secret.h"
#include "service/site_bundle.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace muster;
using fuzz::Input;
using fuzz::require;

const crypto::KeyEncryptionKey& key() {
  static const crypto::KeyEncryptionKey key(base::Secret(std::string(crypto::Key::kBytes, 'k')));
  return key;
}

// In pieces of a few bytes, as a pipe would give them.
service::ByteSource source_of(std::string bytes) {
  return [bytes = std::move(bytes),
          at = std::size_t{0}](std::size_t most) mutable -> base::Result<std::string> {
    const std::size_t size = std::min({most, std::size_t{97}, bytes.size() - at});
    at += size;
    return bytes.substr(at - size, size);
  };
}

std::string sealed(std::string_view inside) {
  std::string bytes;
  service::BundleOut out(key(), [&](std::string_view more) {
    bytes += more;
    return base::Status();
  });
  require(out.put(inside).ok() && out.end().ok());
  return bytes;
}

void read(std::string bytes) {
  std::size_t columns = 0;
  const service::BundleTaker taker{
      .begin = [](const service::BundleManifest&) { return base::Status(); },
      .table =
          [&](const store::Table& table) {
            columns = table.columns.size();
            return base::Status();
          },
      .row =
          [&](const store::Row& row) {
            require(row.size() == columns);
            return base::Status();
          }};
  const auto bundle = service::read_bundle(source_of(std::move(bytes)), key(), taker);
  if (bundle.ok()) return require(bundle->rows.size() == bundle->manifest.tables.size());
  fuzz::require_printable(bundle.error().text());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  switch (input.choice(3)) {
    case 0: read(input.rest()); break;
    case 1: read(sealed(input.rest())); break;
    default: {
      // One change anywhere is noticed.
      const std::size_t place = input.byte();
      const auto change = static_cast<char>(input.byte());
      std::string bytes = sealed(input.rest());
      bytes[place % bytes.size()] ^= change;
      if (change != 0) {
        const auto ignore = [](const auto&) { return base::Status(); };
        require(!service::read_bundle(source_of(bytes), key(), {ignore, ignore, ignore}).ok());
      }
      read(std::move(bytes));
    }
  }
  return 0;
}
