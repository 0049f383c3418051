#include "sandbox/graph/page_token.h"

#include <cstring>

#include "base/text.h"
#include "sandbox/world/guid.h"

namespace muster::sandbox::graph {
namespace {

// Real tokens start with these letters; they mean nothing here.
constexpr std::string_view kPrefix = "RFNwdAIAAQAAAC";

struct Plain {
  std::uint64_t row;
  std::int64_t issued;
  std::uint64_t page;
};

std::string_view bytes_of(const auto& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

}  // namespace

PageTokens::PageTokens(std::uint64_t seed) {
  const std::uint64_t words[2] = {world::mix(seed ^ 0x70616765), world::mix(seed ^ 0x746F6B656E)};
  std::memcpy(key_.data(), words, key_.size());
}

crypto::Hash128 PageTokens::sign(std::string_view query, std::string_view plain) const {
  std::string text(plain);
  text += query;
  return crypto::keyed_hash(key_, text);
}

std::string PageTokens::make(std::string_view query, const Position& position) const {
  const Plain plain{position.row, position.issued.since_start.count(), position.page};
  std::string packed(bytes_of(plain));
  const crypto::Hash128 hash = sign(query, packed);
  packed += bytes_of(hash);
  return std::string(kPrefix) + base::base64url_encode(packed);
}

std::optional<PageTokens::Position> PageTokens::read(std::string_view query,
                                                     std::string_view token) const {
  if (!token.starts_with(kPrefix)) return std::nullopt;
  const auto packed = base::base64url_decode(token.substr(kPrefix.size()));
  if (!packed || packed->size() != sizeof(Plain) + sizeof(crypto::Hash128)) return std::nullopt;
  Plain plain{};
  std::memcpy(&plain, packed->data(), sizeof plain);
  const crypto::Hash128 hash = sign(query, std::string_view(*packed).substr(0, sizeof plain));
  if (bytes_of(hash) != std::string_view(*packed).substr(sizeof plain)) return std::nullopt;
  return Position{plain.row, static_cast<std::uint32_t>(plain.page),
                  base::Instant{base::Duration(plain.issued)}};
}

}  // namespace muster::sandbox::graph
