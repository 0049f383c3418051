#include "run/identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <set>
#include <unordered_set>

#include "base/text.h"
#include "run/baseline.h"

namespace muster::run {
namespace {

using catalogue::IdentifierKind;
using crypto::Hash128;

constexpr std::size_t kMaxSample = Comparison::kMaxSample;

struct HashOfHash {
  std::size_t operator()(const Hash128& hash) const { return hash.low; }
};
using Keys = std::unordered_set<Hash128, HashOfHash>;

bool is_none(const Hash128& hash) { return hash == Hash128{}; }

// How an object came to its key.
struct Match {
  Hash128 key;
  std::size_t rule = 0;        // in Identity::match; their number: what the record is in its source
  std::uint64_t strength = 0;  // of whatever gave the key first
  bool states = true;          // its identifiers stand for the object
  bool is_parked = false;
};

class Identifying {
 public:
  Identifying(const mapping::Plan& plan, std::size_t data_set, Collection& collection,
              const Joins& joins, const Books& books, const crypto::HashKey& hash_key)
      : plan_(*plan.data_sets[data_set].identity),
        identity_(*plan_.identity),
        collection_(collection),
        joins_(joins),
        books_(books),
        hash_key_(hash_key),
        rules_(identity_.match.size()),
        matches_(collection.objects()) {
    for (const MemberBook& book : books.members) {
      if (book.member == plan_.self) own_ = &book.view;
    }
  }

  Identified identify() {
    find_shared();
    collect_keys_of_others();
    for (std::size_t object = 0; object < matches_.size(); ++object) {
      if (collection_.is_live(object)) match(object);
    }
    separate();
    decide_what_is_sent();
    write_book();
    weigh_foreign();
    fill_report();
    return std::move(result_);
  }

 private:
  // ---- identifiers --------------------------------------------------------------------------

  // So many records have one value that it tells nothing apart, although nobody knows it for a
  // placeholder.
  void find_shared() {
    too_common_.resize(rules_);
    for (std::size_t rule = 0; rule < rules_; ++rule) {
      std::vector<Hash128> values;
      for (std::size_t object = 0; object < matches_.size(); ++object) {
        const Hash128& value = collection_.identifiers(object)[rule];
        if (collection_.is_live(object) && !is_none(value)) values.push_back(value);
      }
      std::sort(values.begin(), values.end());
      for (auto at = values.begin(); at != values.end();) {
        const auto end = std::upper_bound(at, values.end(), *at);
        if (end - at > static_cast<std::ptrdiff_t>(identity_.max_shared)) {
          too_common_[rule].insert(*at);
        }
        at = end;
      }
    }
  }

  // None where it identifies nothing.
  Hash128 identifier(std::size_t object, std::size_t rule) const {
    const Hash128& value = collection_.identifiers(object)[rule];
    return is_none(value) || too_common_[rule].contains(value) ? Hash128{} : value;
  }

  std::size_t strongest(std::size_t object) const {
    std::size_t rule = 0;
    while (rule < rules_ && is_none(identifier(object, rule))) ++rule;
    return rule;
  }

  // ---- hashes -------------------------------------------------------------------------------

  // As the books know them: nobody can test a guess against these.
  Hash128 alias_of(const Hash128& identifier) const {
    return crypto::keyed_hash(hash_key_, "identifier\n" + crypto::to_hex(identifier));
  }
  Hash128 own_alias(std::size_t object) const {
    return crypto::keyed_hash(hash_key_, "own\n" + own_name(object));
  }
  std::string own_name(std::size_t object) const {
    const mapping::IdentityMember& self = identity_.members[plan_.self];
    return fmt::format("{}/{}\n{}", self.importer, self.data_set, key_text(object));
  }
  std::string_view key_text(std::size_t object) const {
    return collection_.keys().text(collection_.key_of(object));
  }

  // The same in every installation, unless another object has it already.
  Hash128 new_key(std::string_view made_of) const {
    for (std::uint64_t attempt = 0;; ++attempt) {
      const Hash128 key = crypto::public_hash(
          fmt::format("muster identity\n{}\n{}\n{}", identity_.name, made_of, attempt));
      if (!known_.contains(key) && !taken_.contains(key)) return key;
    }
  }

  // ---- matching -----------------------------------------------------------------------------

  void collect_keys_of_others() {
    for (const MemberBook& book : books_.members) {
      for (std::size_t i = 0; i < book.view.objects(); ++i) {
        known_.insert(book.view.object(i).key);
        if (book.member != plan_.self) others_.insert(book.view.object(i).key);
      }
    }
  }

  // What the books say of an alias: the strongest entry, our own before others.
  std::optional<BookAlias> look_up(const Hash128& alias) const {
    std::optional<BookAlias> best;
    bool best_is_own = false;
    for (const MemberBook& book : books_.members) {
      const std::optional<BookAlias> found = book.view.find_alias(alias);
      if (!found) continue;
      const bool is_own = book.member == plan_.self;
      const auto rank = [](const BookAlias& entry, bool own) {
        return std::tuple(entry.strength, !own, entry.key);
      };
      if (!best || rank(*found, is_own) < rank(*best, best_is_own)) {
        best = found;
        best_is_own = is_own;
      }
    }
    return best;
  }

  void match(std::size_t object) {
    for (std::size_t rule = 0; rule < rules_; ++rule) {
      const Hash128 value = identifier(object, rule);
      if (is_none(value)) continue;
      if (const auto found = look_up(alias_of(value))) {
        matches_[object] = {found->key, rule, found->strength};
        return;
      }
    }
    const std::size_t rule = strongest(object);
    // What it was before stays its object when an identifier changes or comes later.
    if (const auto found = own_ == nullptr ? std::nullopt : own_->find_alias(own_alias(object))) {
      matches_[object] = {found->key, rule, found->strength};
      return;
    }
    if (rule == rules_ && identity_.park_unmatched) return park(object, "no_identity", kUnmatched);
    matches_[object] = {rule == rules_ ? own_key(object) : key_of(object, rule), rule, rule};
  }

  Hash128 own_key(std::size_t object) const { return new_key("own\n" + own_name(object)); }
  Hash128 key_of(std::size_t object, std::size_t rule) const {
    return new_key("identifier\n" + crypto::to_hex(identifier(object, rule)));
  }

  // ---- one record, one object -----------------------------------------------------------------

  static constexpr std::string_view kUnmatched =
      "it has nothing that identifies it (identity: unmatched)";

  void park(std::size_t object, std::string_view reason, std::string_view detail) {
    matches_[object].is_parked = true;
    collection_.park(object, {"", std::string(reason), std::string(detail)});
  }

  // Which object it was in the last run.
  std::optional<Hash128> previous(std::size_t object) const {
    if (own_ == nullptr) return std::nullopt;
    const auto found = own_->find_alias(own_alias(object));
    return found ? std::optional(found->key) : std::nullopt;
  }

  // Who keeps the key: matched by the strongest rule, then the newest, then who had it, then the
  // first.
  bool goes_before(std::size_t a, std::size_t b) const {
    const auto rank = [&](std::size_t object) {
      return std::tuple(matches_[object].rule, -collection_.newest(object),
                        previous(object) != matches_[object].key, object);
    };
    return rank(a) < rank(b);
  }

  void separate() {
    std::vector<std::size_t> order;
    for (std::size_t object = 0; object < matches_.size(); ++object) {
      if (collection_.is_live(object)) order.push_back(object);
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      if (matches_[a].key != matches_[b].key) return matches_[a].key < matches_[b].key;
      return goes_before(a, b);
    });
    for (const std::size_t object : order) taken_.insert(matches_[object].key);
    for (std::size_t at = 0; at < order.size();) {
      const std::size_t winner = order[at++];
      for (; at < order.size() && matches_[order[at]].key == matches_[winner].key; ++at) {
        set_apart(order[at], winner);
      }
    }
  }

  // Both have an identifier of one kind, and not the same: they are two things, whatever else says
  // that they are one.
  bool contradict(std::size_t a, std::size_t b) const {
    for (std::size_t rule = 0; rule < rules_; ++rule) {
      const Hash128 one = identifier(a, rule), other = identifier(b, rule);
      if (!is_none(one) && !is_none(other)) return one != other;
    }
    return false;
  }

  void set_apart(std::size_t object, std::size_t winner) {
    Match& match = matches_[object];
    const bool is_another = contradict(object, winner);
    ++(is_another ? different_ : duplicates_);
    add_sample(is_another ? different_sample_ : duplicate_sample_, object);
    if (!is_another && identity_.park_duplicates) {
      return park(object, "duplicate_identity",
                  fmt::format("it is the same {} as the record \"{}\"", identity_.name,
                              base::printable(key_text(winner), 100)));
    }
    const std::size_t rule = is_another ? strongest(object) : rules_;
    const std::optional<Hash128> before = previous(object);
    match = {.rule = rule, .strength = rule, .states = is_another};
    if (before && !taken_.contains(*before)) {
      match.key = *before;  // it was set apart then, too
    } else {
      match.key = is_another ? key_of(object, rule) : own_key(object);
    }
    taken_.insert(match.key);
  }

  // ---- what is sent -----------------------------------------------------------------------------

  // The bit of each shared attribute in a member's book; 64: it has none.
  std::vector<std::size_t> bits_of(const BookView& book) const {
    std::vector<std::size_t> bits;
    for (const auto& shared : plan_.shared) {
      const auto found = std::ranges::find(book.attributes(), shared.title);
      const auto place = static_cast<std::size_t>(found - book.attributes().begin());
      bits.push_back(found == book.attributes().end() ? 64 : place);
    }
    return bits;
  }

  void decide_what_is_sent() {
    result_.keys.objects.resize(matches_.size());
    present_.resize(matches_.size());
    std::vector<std::uint64_t> words;
    for (std::size_t object = 0; object < matches_.size(); ++object) {
      if (!collection_.is_live(object)) continue;
      joins_.present(object, words);
      for (std::size_t i = 0; i < plan_.shared.size(); ++i) {
        const std::size_t attribute = plan_.shared[i].object_attribute;
        present_[object] |= (words[attribute / 64] >> (attribute % 64) & 1) << i;
      }
      result_.keys.objects[object].key = matches_[object].key;
    }
    for (const MemberBook& book : books_.members) {
      if (book.member != plan_.self) give_way_to(book);
    }
  }

  void give_way_to(const MemberBook& book) {
    const std::vector<std::size_t> bits = bits_of(book.view);
    std::uint64_t wins = 0, shares = 0;
    for (std::size_t i = 0; i < plan_.shared.size(); ++i) {
      const auto& shared = plan_.shared[i];
      const auto is_in = [&](const std::vector<std::size_t>& members) {
        return std::ranges::find(members, book.member) != members.end();
      };
      if (is_in(shared.earlier)) wins |= std::uint64_t{1} << i;
      if (is_in(shared.others)) shares |= std::uint64_t{1} << i;
    }
    for (std::size_t object = 0; object < matches_.size(); ++object) {
      if (!collection_.is_live(object)) continue;
      const auto held = book.view.find_object(matches_[object].key);
      if (!held) continue;
      std::uint64_t theirs = 0;
      for (std::size_t i = 0; i < bits.size(); ++i) {
        if (bits[i] < 64) theirs |= (held->present >> bits[i] & 1) << i;
      }
      IdentityKeys::Object& sent = result_.keys.objects[object];
      sent.left_out |= theirs & wins;
      sent.if_not_empty |= theirs & shares;
    }
  }

  // ---- what is remembered ---------------------------------------------------------------------

  void write_book() {
    for (const auto& shared : plan_.shared) result_.book.attributes.push_back(shared.title);
    std::vector<BookAlias>& aliases = result_.book.aliases;
    for (std::size_t object = 0; object < matches_.size(); ++object) {
      if (!collection_.is_live(object)) continue;
      const Match& match = matches_[object];
      result_.book.objects.push_back({match.key, present_[object]});
      aliases.push_back({own_alias(object), match.key, match.strength});
      if (!match.states) continue;
      for (std::size_t rule = 0; rule < rules_; ++rule) {
        const Hash128 value = identifier(object, rule);
        if (!is_none(value)) aliases.push_back({alias_of(value), match.key, match.strength});
      }
    }
    // What stands for two objects stands for none.
    std::sort(aliases.begin(), aliases.end());
    std::vector<BookAlias> clear;
    for (auto at = aliases.begin(); at != aliases.end();) {
      auto end = at;
      bool is_clear = true;
      for (; end != aliases.end() && end->alias == at->alias; ++end) {
        is_clear = is_clear && end->key == at->key;
      }
      if (is_clear) clear.push_back(*at);
      at = end;
    }
    aliases = std::move(clear);
  }

  void weigh_foreign() {
    Keys ours;
    for (const BookObject& object : result_.book.objects) ours.insert(object.key);
    for (const Hash128& key : others_) result_.foreign += ours.contains(key) ? 0 : 1;
    result_.book.alone = result_.foreign == 0;
    result_.needs_consent = result_.foreign > 0 && (own_ == nullptr || own_->alone());
    std::set<std::string> names;
    for (const MemberBook& book : books_.members) {
      if (book.member == plan_.self || book.view.objects() == 0) continue;
      names.insert(identity_.members[book.member].importer);
    }
    result_.others.assign(names.begin(), names.end());
  }

  // ---- report -----------------------------------------------------------------------------------

  void add_sample(std::vector<std::string>& sample, std::size_t object) const {
    if (sample.size() == kMaxSample) return;
    sample.push_back(crypto::to_hex(crypto::keyed_hash(hash_key_, key_text(object))));
  }

  void note(IdentityMatch& match, std::size_t object) const {
    ++match.records;
    if (others_.contains(matches_[object].key)) ++match.known;
    add_sample(match.sample, object);
  }

  void fill_report() {
    std::vector<IdentityMatch> by_rule(rules_ + 1);
    IdentityMatch placeholder{.rule = "placeholder"}, shared{.rule = "shared"},
        moved{.rule = "moved"};
    for (std::size_t rule = 0; rule < rules_; ++rule) {
      by_rule[rule].rule = to_string(identity_.match[rule]);
    }
    by_rule[rules_].rule = "own_key";
    for (std::size_t object = 0; object < matches_.size(); ++object) {
      if (!collection_.is_live(object)) continue;
      note(by_rule[matches_[object].rule], object);
      if (collection_.placeholders(object) > 0) note(placeholder, object);
      for (std::size_t rule = 0; rule < rules_; ++rule) {
        if (too_common_[rule].contains(collection_.identifiers(object)[rule])) {
          note(shared, object);
          break;
        }
      }
      const std::optional<Hash128> before = previous(object);
      if (before && *before != matches_[object].key) note(moved, object);
      const std::uint64_t left = result_.keys.objects[object].left_out & present_[object];
      result_.report.left_to_others += static_cast<std::uint64_t>(std::popcount(left));
    }
    result_.report.name = identity_.name;
    std::vector<IdentityMatch>& matches = result_.report.matches;
    matches = std::move(by_rule);
    matches.push_back(std::move(placeholder));
    matches.push_back(std::move(shared));
    matches.push_back({"duplicate", duplicates_, 0, duplicate_sample_});
    matches.push_back({"different", different_, 0, different_sample_});
    matches.push_back(std::move(moved));
    std::erase_if(matches, [](const IdentityMatch& match) { return match.records == 0; });
  }

  const mapping::IdentityPlan& plan_;
  const mapping::Identity& identity_;
  Collection& collection_;
  const Joins& joins_;
  const Books& books_;
  const crypto::HashKey& hash_key_;
  const std::size_t rules_;
  std::vector<Match> matches_;  // by object
  const BookView* own_ = nullptr;
  std::vector<Keys> too_common_;  // by rule
  Keys known_, others_;           // keys in the books, and in those of others
  Keys taken_;                    // by this run's objects
  std::vector<std::uint64_t> present_;
  std::uint64_t duplicates_ = 0, different_ = 0;
  std::vector<std::string> duplicate_sample_, different_sample_;
  Identified result_;
};

}  // namespace

Identified identify(const mapping::Plan& plan, std::size_t data_set, Collection& collection,
                    const Joins& joins, const Books& books, const crypto::HashKey& hash_key) {
  return Identifying(plan, data_set, collection, joins, books, hash_key).identify();
}

std::string identity_place(std::string_view target) {
  constexpr std::string_view kImportSource = "/importsource/";
  if (target.starts_with("folder/")) return "files";
  return std::string(target.substr(0, target.find(kImportSource)));
}

}  // namespace muster::run
