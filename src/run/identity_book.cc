#include "run/identity_book.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace muster::run {
namespace {

using crypto::Hash128;

constexpr std::string_view kMagic = "muster-identity 1\n";
constexpr std::size_t kSealEnd = kMagic.size() + 2 * 16 + 1;
constexpr std::size_t kAliasBytes = 5 * sizeof(std::uint64_t);
constexpr std::size_t kObjectBytes = 3 * sizeof(std::uint64_t);

std::string seal_of(std::string_view block) {
  return crypto::to_hex(crypto::public_hash(block.substr(kSealEnd)));
}

void append(std::string& block, std::uint64_t number) {
  block.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void append(std::string& block, const Hash128& hash) {
  append(block, hash.high);
  append(block, hash.low);
}

base::Error broken() {
  return {base::ErrorKind::kUnavailable, "store_unavailable",
          "what was stored of an identity cannot be read; it was written by another version or is "
          "damaged"};
}

// The first of the sorted records, of which there are `count`, whose hash is not less.
template <typename HashOf>
std::size_t first_at(std::size_t count, const Hash128& wanted, HashOf hash_of) {
  std::size_t low = 0, high = count;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (hash_of(middle) < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

bool take_line(std::string_view& rest, std::string_view& line) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

// "120 40"
bool read_counts(std::string_view line, std::size_t& aliases, std::size_t& objects) {
  const std::vector<std::string_view> parts = base::split(line, ' ');
  if (parts.size() != 2) return false;
  const auto first = base::parse_int(parts[0]), second = base::parse_int(parts[1]);
  if (!first || !second || *first < 0 || *second < 0) return false;
  aliases = static_cast<std::size_t>(*first);
  objects = static_cast<std::size_t>(*second);
  return true;
}

}  // namespace

std::string pack(IdentityBook book) {
  const auto by_strength = [](const BookAlias& a, const BookAlias& b) {
    return std::tie(a.alias, a.strength, a.key) < std::tie(b.alias, b.strength, b.key);
  };
  std::sort(book.aliases.begin(), book.aliases.end(), by_strength);
  std::sort(book.objects.begin(), book.objects.end());
  std::string block(kMagic);
  block.resize(kSealEnd, '\n');
  block += book.alone ? "alone\n" : "together\n";
  block += fmt::format("{} {}\n", book.aliases.size(), book.objects.size());
  for (const std::string& attribute : book.attributes) block += attribute + "\n";
  block += "\n";
  block.reserve(block.size() + book.aliases.size() * kAliasBytes +
                book.objects.size() * kObjectBytes);
  for (const BookAlias& alias : book.aliases) {
    append(block, alias.alias);
    append(block, alias.key);
    append(block, alias.strength);
  }
  for (const BookObject& object : book.objects) {
    append(block, object.key);
    append(block, object.present);
  }
  block.replace(kMagic.size(), 2 * 16, seal_of(block));
  return block;
}

base::Result<BookView> BookView::open(std::string_view block) {
  if (block.size() < kSealEnd || !block.starts_with(kMagic) ||
      block.substr(kMagic.size(), kSealEnd - kMagic.size()) != seal_of(block) + "\n") {
    return broken();
  }
  BookView view;
  view.records_ = block.substr(kSealEnd);
  std::string_view line;
  if (!take_line(view.records_, line) || (line != "alone" && line != "together")) return broken();
  view.alone_ = line == "alone";
  if (!take_line(view.records_, line) ||
      !read_counts(line, view.alias_count_, view.object_count_)) {
    return broken();
  }
  while (true) {
    if (!take_line(view.records_, line)) return broken();
    if (line.empty()) break;
    view.attributes_.emplace_back(line);
  }
  const std::size_t most = view.records_.size() / kObjectBytes;
  if (view.alias_count_ > most || view.object_count_ > most ||
      view.records_.size() != view.alias_count_ * kAliasBytes + view.object_count_ * kObjectBytes) {
    return broken();
  }
  return view;
}

std::uint64_t BookView::number_at(std::size_t byte) const {
  std::uint64_t number = 0;
  std::memcpy(&number, records_.data() + byte, sizeof number);
  return number;
}

Hash128 BookView::hash_at(std::size_t byte) const {
  return {number_at(byte), number_at(byte + sizeof(std::uint64_t))};
}

BookAlias BookView::alias(std::size_t i) const {
  const std::size_t at = i * kAliasBytes;
  return {hash_at(at), hash_at(at + 16), number_at(at + 32)};
}

BookObject BookView::object(std::size_t i) const {
  const std::size_t at = alias_count_ * kAliasBytes + i * kObjectBytes;
  return {hash_at(at), number_at(at + 16)};
}

std::optional<BookAlias> BookView::find_alias(const Hash128& wanted) const {
  const std::size_t at =
      first_at(alias_count_, wanted, [&](std::size_t i) { return alias(i).alias; });
  if (at == alias_count_ || alias(at).alias != wanted) return std::nullopt;
  return alias(at);
}

std::optional<BookObject> BookView::find_object(const Hash128& wanted) const {
  const std::size_t at =
      first_at(object_count_, wanted, [&](std::size_t i) { return object(i).key; });
  if (at == object_count_ || object(at).key != wanted) return std::nullopt;
  return object(at);
}

base::Result<IdentityBook> unpack(std::string_view block) {
  const BookView view = TRY(BookView::open(block));
  IdentityBook book{.alone = view.alone(), .attributes = view.attributes()};
  for (std::size_t i = 0; i < view.aliases(); ++i) book.aliases.push_back(view.alias(i));
  for (std::size_t i = 0; i < view.objects(); ++i) book.objects.push_back(view.object(i));
  return book;
}

IdentityBook unite(const IdentityBook& before, const IdentityBook& now) {
  IdentityBook united = now;
  united.alone = before.alone && now.alone;
  std::vector<Hash128> aliases, keys;
  for (const BookAlias& alias : now.aliases) aliases.push_back(alias.alias);
  for (const BookObject& object : now.objects) keys.push_back(object.key);
  std::sort(aliases.begin(), aliases.end());
  std::sort(keys.begin(), keys.end());
  for (const BookAlias& alias : before.aliases) {
    if (!std::binary_search(aliases.begin(), aliases.end(), alias.alias)) {
      united.aliases.push_back(alias);
    }
  }
  // A bit means the title in the same place, which may be another one now.
  const auto renumbered = [&](std::uint64_t present) {
    std::uint64_t result = 0;
    for (std::size_t i = 0; i < before.attributes.size() && i < 64; ++i) {
      const auto same =
          std::find(now.attributes.begin(), now.attributes.end(), before.attributes[i]);
      if ((present >> i & 1) != 0 && same != now.attributes.end()) {
        result |= std::uint64_t{1} << (same - now.attributes.begin());
      }
    }
    return result;
  };
  for (const BookObject& object : before.objects) {
    if (!std::binary_search(keys.begin(), keys.end(), object.key)) {
      united.objects.push_back({object.key, renumbered(object.present)});
    }
  }
  return united;
}

}  // namespace muster::run
