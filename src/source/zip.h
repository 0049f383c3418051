// The only file inside a ZIP archive that is in memory, unpacked piece by piece.
//
//   ZipFile zip = TRY(ZipFile::open(archive));     // the archive outlives it
//   while (std::optional<std::string_view> piece = TRY(zip.next())) use(*piece);
//
// Stored and deflated files; length and checksum are compared with what the archive's directory
// says, so that a damaged file is an error and never a short one. Errors: kMalformed
// `source_protocol`; kLimit `source_protocol` beyond kMaxUnpacked bytes.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace muster::source {

inline constexpr std::uint64_t kMaxUnpacked = std::uint64_t{8} << 30;

class ZipFile {
 public:
  static base::Result<ZipFile> open(std::string_view archive);
  ZipFile(ZipFile&&) noexcept;
  ~ZipFile();

  // Valid until the next call; nullopt: all was there and is right.
  base::Result<std::optional<std::string_view>> next();

 private:
  struct State;
  explicit ZipFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace muster::source
