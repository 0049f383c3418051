#include "sandbox/jira/accounts.h"

#include <fmt/format.h>

#include <algorithm>

#include "sandbox/world/user.h"

namespace muster::sandbox::jira {
namespace {

constexpr std::uint32_t kApps = 3;
// Of so many people one is of each odd kind.
constexpr std::uint64_t kCycle = 40;

enum Oddity : std::uint64_t {
  kNoAccount,
  kTwoAccounts,
  kHiddenEmail,
  kCapitals,
  kSwitchedOff,
  kCustomerBeside,
  kLongerEmailBeside,
  kCustomerOnly,
  kNamedLikeTheEmail,
  kDeletedBeside,
};

// Older accounts have 24 hexadecimal digits, newer ones a prefix and a GUID:
// developer.atlassian.com/cloud/jira/platform/user-privacy-developer-guide/
std::string account_id(std::uint64_t bits, std::uint32_t number) {
  if ((bits & 1) != 0) return fmt::format("{:016x}{:08x}", bits, number);
  return fmt::format("712020:{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", number, bits >> 48,
                     bits >> 36 & 0xFFF, bits >> 24 & 0xFFF, bits & 0xFFFFFF);
}

std::string in_capitals(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

}  // namespace

Accounts::Accounts(const world::World& world, std::uint64_t seed, std::string_view admin_email) {
  for (std::uint32_t i = 0; i < world.sizes().users; ++i) add_person(world, i, seed);
  for (std::uint32_t i = 0; i < kApps; ++i) {
    all_.push_back({.id = account_id(world::mix(seed + i) | 1, 0xF0000000 + i),
                    .type = "app",
                    .display_name = fmt::format("App {}", i + 1)});
  }
  admin_id_ = account_id(world::mix(seed) | 1, 0xFFFFFFFF);
  all_.push_back(
      {.id = admin_id_, .email = std::string(admin_email), .display_name = "Site admin"});
  std::ranges::sort(all_, {}, &Account::id);
  for (std::size_t i = 0; i < all_.size(); ++i) places_.emplace(all_[i].id, i);
}

void Accounts::add_person(const world::World& world, std::uint32_t index, std::uint64_t seed) {
  const world::User user(world, index);
  if (!user.is_person() || !user.has_mail()) return;
  const std::uint64_t oddity = (index + seed) % kCycle;
  Account own;
  own.id = account_id(world.bits(world::Kind::kUser, index, 40), index);
  user.append_mail(own.email);
  user.append_display_name(own.display_name);
  Account other = own;
  other.id = account_id(world.bits(world::Kind::kUser, index, 41), index);
  bool has_other = true;
  switch (oddity) {
    case kNoAccount: return;
    case kTwoAccounts: break;
    case kCustomerBeside: other.type = "customer"; break;
    case kLongerEmailBeside: other.email += ".org"; break;
    case kNamedLikeTheEmail:
      other.display_name = own.email;
      other.email = "somebody.else" + std::to_string(index) + "@elsewhere.example";
      other.hides_email = true;
      break;
    case kDeletedBeside: other.deleted = true; break;
    default: has_other = false;
  }
  own.hides_email = oddity == kHiddenEmail;
  own.active = oddity != kSwitchedOff;
  if (oddity == kCapitals) own.email = in_capitals(own.email);
  if (oddity == kCustomerOnly) own.type = "customer";
  all_.push_back(std::move(own));
  if (has_other) all_.push_back(std::move(other));
}

const Account* Accounts::find(std::string_view id) const {
  const auto found = places_.find(std::string(id));
  return found == places_.end() || all_[found->second].deleted ? nullptr : &all_[found->second];
}

}  // namespace muster::sandbox::jira
