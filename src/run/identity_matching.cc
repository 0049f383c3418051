#include "run/identity_matching.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "run/baseline.h"

namespace muster::run {

using crypto::Hash128;

RecordNames::RecordNames(const mapping::IdentityPlan& plan, const Collection& collection,
                         const crypto::HashKey& hash_key)
    : plan_(plan),
      collection_(collection),
      hash_key_(hash_key),
      rules_(plan.identity->match.size()),
      too_common_(rules_) {
  for (std::size_t rule = 0; rule < rules_; ++rule) find_too_common(rule);
}

// So many records have one value that it tells nothing apart, although nobody knows it for a
// placeholder.
void RecordNames::find_too_common(std::size_t rule) {
  std::vector<Hash128> values;
  for (std::size_t object = 0; object < collection_.objects(); ++object) {
    const Hash128& value = collection_.identifiers(object)[rule];
    if (collection_.is_live(object) && !is_none(value)) values.push_back(value);
  }
  std::sort(values.begin(), values.end());
  for (auto at = values.begin(); at != values.end();) {
    const auto end = std::upper_bound(at, values.end(), *at);
    if (end - at > static_cast<std::ptrdiff_t>(plan_.identity->max_shared)) {
      too_common_[rule].insert(*at);
    }
    at = end;
  }
}

Hash128 RecordNames::identifier(std::size_t object, std::size_t rule) const {
  const Hash128& value = collection_.identifiers(object)[rule];
  return is_none(value) || too_common_[rule].contains(value) ? Hash128{} : value;
}

bool RecordNames::has_too_common(std::size_t object) const {
  for (std::size_t rule = 0; rule < rules_; ++rule) {
    if (too_common_[rule].contains(collection_.identifiers(object)[rule])) return true;
  }
  return false;
}

std::size_t RecordNames::strongest(std::size_t object) const {
  std::size_t rule = 0;
  while (rule < rules_ && is_none(identifier(object, rule))) ++rule;
  return rule;
}

Hash128 RecordNames::alias_of(const Hash128& identifier) const {
  return crypto::keyed_hash(hash_key_, "identifier\n" + crypto::to_hex(identifier));
}

Hash128 RecordNames::own_alias(std::size_t object) const {
  return crypto::keyed_hash(hash_key_, "own\n" + own_name(object));
}

std::string RecordNames::own_name(std::size_t object) const {
  const mapping::IdentityMember& self = plan_.identity->members[plan_.self];
  return fmt::format("{}/{}\n{}", self.importer, self.data_set, key_text(object));
}

std::string_view RecordNames::key_text(std::size_t object) const {
  return collection_.keys().text(collection_.key_of(object));
}

void RecordNames::add_sample(std::vector<std::string>& sample, std::size_t object) const {
  if (sample.size() == Comparison::kMaxSample) return;
  sample.push_back(crypto::to_hex(crypto::keyed_hash(hash_key_, key_text(object))));
}

std::optional<Hash128> previous_key(const BookView* own, const RecordNames& names,
                                    std::size_t object) {
  if (own == nullptr) return std::nullopt;
  const auto found = own->find_alias(names.own_alias(object));
  return found ? std::optional(found->key) : std::nullopt;
}

namespace {

constexpr std::string_view kUnmatched = "it has nothing that identifies it (identity: unmatched)";

class Matcher {
 public:
  Matcher(const mapping::IdentityPlan& plan, Collection& collection, const RecordNames& names,
          const Books& books)
      : plan_(plan),
        identity_(*plan.identity),
        collection_(collection),
        names_(names),
        books_(books),
        rules_(names.rules()),
        matches_(collection.objects()) {
    for (const MemberBook& book : books.members) {
      if (book.member == plan_.self) own_ = &book.view;
      for (std::size_t i = 0; i < book.view.objects(); ++i) known_.insert(book.view.object(i).key);
    }
  }

  Matching run() {
    for (std::size_t object = 0; object < matches_.size(); ++object) {
      if (collection_.is_live(object)) match(object);
    }
    separate();
    result_.matches = std::move(matches_);
    return std::move(result_);
  }

 private:
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
      const Hash128 value = names_.identifier(object, rule);
      if (is_none(value)) continue;
      if (const auto found = look_up(names_.alias_of(value))) {
        matches_[object] = {found->key, rule, found->strength};
        return;
      }
    }
    const std::size_t rule = names_.strongest(object);
    // What it was before stays its object when an identifier changes or comes later.
    if (const auto found =
            own_ == nullptr ? std::nullopt : own_->find_alias(names_.own_alias(object))) {
      matches_[object] = {found->key, rule, found->strength};
      return;
    }
    if (rule == rules_ && identity_.park_unmatched) return park(object, "no_identity", kUnmatched);
    matches_[object] = {rule == rules_ ? own_key(object) : key_of(object, rule), rule, rule};
  }

  Hash128 own_key(std::size_t object) const { return new_key("own\n" + names_.own_name(object)); }
  Hash128 key_of(std::size_t object, std::size_t rule) const {
    return new_key("identifier\n" + crypto::to_hex(names_.identifier(object, rule)));
  }

  // The same in every installation, unless another object has it already.
  Hash128 new_key(std::string_view made_of) const {
    for (std::uint64_t attempt = 0;; ++attempt) {
      const Hash128 key = crypto::public_hash(
          fmt::format("muster identity\n{}\n{}\n{}", identity_.name, made_of, attempt));
      if (!known_.contains(key) && !taken_.contains(key)) return key;
    }
  }

  // ---- one record, one object -----------------------------------------------------------------

  void park(std::size_t object, std::string_view reason, std::string_view detail) {
    collection_.park(object, {"", std::string(reason), std::string(detail)});
  }

  // Who keeps the key: matched by the strongest rule, then the newest, then who had it, then the
  // first.
  bool goes_before(std::size_t a, std::size_t b) const {
    const auto rank = [&](std::size_t object) {
      return std::tuple(matches_[object].rule, ~collection_.newest(object),
                        previous_key(own_, names_, object) != matches_[object].key, object);
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

  // The strongest kind that both have decides: not the same, and they are two things, whatever a
  // weaker one says.
  bool contradict(std::size_t a, std::size_t b) const {
    for (std::size_t rule = 0; rule < rules_; ++rule) {
      const Hash128 one = names_.identifier(a, rule), other = names_.identifier(b, rule);
      if (!is_none(one) && !is_none(other)) return one != other;
    }
    return false;
  }

  void set_apart(std::size_t object, std::size_t winner) {
    Match& match = matches_[object];
    const bool is_another = contradict(object, winner);
    IdentityMatch& why = is_another ? result_.different : result_.duplicate;
    ++why.records;
    names_.add_sample(why.sample, object);
    if (!is_another && identity_.park_duplicates) {
      return park(object, "duplicate_identity",
                  fmt::format("it is the same {} as the record \"{}\"", identity_.name,
                              base::printable(names_.key_text(winner), 100)));
    }
    const std::size_t rule = is_another ? names_.strongest(object) : rules_;
    const std::optional<Hash128> before = previous_key(own_, names_, object);
    match = {.rule = rule, .strength = rule, .states = is_another};
    if (before && !taken_.contains(*before)) {
      match.key = *before;  // it was set apart then, too
    } else {
      match.key = is_another ? key_of(object, rule) : own_key(object);
    }
    taken_.insert(match.key);
  }

  const mapping::IdentityPlan& plan_;
  const mapping::Identity& identity_;
  Collection& collection_;
  const RecordNames& names_;
  const Books& books_;
  const std::size_t rules_;
  std::vector<Match> matches_;  // by object
  const BookView* own_ = nullptr;
  IdentityKeySet known_, taken_;  // keys in the books, and of this run's objects
  Matching result_;
};

}  // namespace

Matching match_records(const mapping::IdentityPlan& plan, Collection& collection,
                       const RecordNames& names, const Books& books) {
  return Matcher(plan, collection, names, books).run();
}

}  // namespace muster::run
