#include "run/identity.h"

#include <algorithm>
#include <bit>
#include <set>

#include "run/identity_matching.h"

namespace muster::run {
namespace {

using crypto::Hash128;

// What follows from the matches.
class Outcome {
 public:
  Outcome(const mapping::IdentityPlan& plan, const Collection& collection, const Joins& joins,
          const Books& books, const RecordNames& names, Matching matching)
      : plan_(plan),
        identity_(*plan.identity),
        collection_(collection),
        joins_(joins),
        books_(books),
        names_(names),
        rules_(names.rules()),
        matching_(std::move(matching)) {
    for (const MemberBook& book : books.members) {
      if (book.member == plan_.self) {
        own_ = &book.view;
        continue;
      }
      for (std::size_t i = 0; i < book.view.objects(); ++i) others_.insert(book.view.object(i).key);
    }
  }

  Identified take() {
    decide_what_is_sent();
    write_book();
    weigh_foreign();
    fill_report();
    return std::move(result_);
  }

 private:
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
    result_.keys.objects.resize(matching_.matches.size());
    present_.resize(matching_.matches.size());
    std::vector<std::uint64_t> words;
    for (std::size_t object = 0; object < matching_.matches.size(); ++object) {
      if (!collection_.is_live(object)) continue;
      joins_.present(object, words);
      for (std::size_t i = 0; i < plan_.shared.size(); ++i) {
        const std::size_t attribute = plan_.shared[i].object_attribute;
        present_[object] |= (words[attribute / 64] >> (attribute % 64) & 1) << i;
      }
      result_.keys.objects[object].key = matching_.matches[object].key;
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
    for (std::size_t object = 0; object < matching_.matches.size(); ++object) {
      if (!collection_.is_live(object)) continue;
      const auto held = book.view.find_object(matching_.matches[object].key);
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
    for (std::size_t object = 0; object < matching_.matches.size(); ++object) {
      if (!collection_.is_live(object)) continue;
      const Match& match = matching_.matches[object];
      result_.book.objects.push_back({match.key, present_[object]});
      aliases.push_back({names_.own_alias(object), match.key, match.strength});
      if (!match.states) continue;
      for (std::size_t rule = 0; rule < rules_; ++rule) {
        const Hash128 value = names_.identifier(object, rule);
        if (!is_none(value)) aliases.push_back({names_.alias_of(value), match.key, match.strength});
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
    IdentityKeySet ours;
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

  void note(IdentityMatch& match, std::size_t object) const {
    ++match.records;
    if (others_.contains(matching_.matches[object].key)) ++match.known;
    names_.add_sample(match.sample, object);
  }

  void fill_report() {
    std::vector<IdentityMatch> by_rule(rules_ + 1);
    IdentityMatch placeholder{.rule = "placeholder"}, shared{.rule = "shared"},
        moved{.rule = "moved"};
    for (std::size_t rule = 0; rule < rules_; ++rule) {
      by_rule[rule].rule = to_string(identity_.match[rule]);
    }
    by_rule[rules_].rule = "own_key";
    for (std::size_t object = 0; object < matching_.matches.size(); ++object) {
      if (!collection_.is_live(object)) continue;
      note(by_rule[matching_.matches[object].rule], object);
      if (collection_.placeholders(object) > 0) note(placeholder, object);
      if (names_.has_too_common(object)) note(shared, object);
      const std::optional<Hash128> before = previous_key(own_, names_, object);
      if (before && *before != matching_.matches[object].key) note(moved, object);
      const std::uint64_t left = result_.keys.objects[object].left_out & present_[object];
      result_.report.left_to_others += static_cast<std::uint64_t>(std::popcount(left));
    }
    result_.report.name = identity_.name;
    std::vector<IdentityMatch>& matches = result_.report.matches;
    matches = std::move(by_rule);
    matches.push_back(std::move(placeholder));
    matches.push_back(std::move(shared));
    matches.push_back(std::move(matching_.duplicate));
    matches.push_back(std::move(matching_.different));
    matches.push_back(std::move(moved));
    std::erase_if(matches, [](const IdentityMatch& match) { return match.records == 0; });
  }

  const mapping::IdentityPlan& plan_;
  const mapping::Identity& identity_;
  const Collection& collection_;
  const Joins& joins_;
  const Books& books_;
  const RecordNames& names_;
  const std::size_t rules_;
  Matching matching_;
  const BookView* own_ = nullptr;
  IdentityKeySet others_;  // keys in the books of others
  std::vector<std::uint64_t> present_;
  Identified result_;
};

}  // namespace

Identified identify(const mapping::Plan& plan, std::size_t data_set, Collection& collection,
                    const Joins& joins, const Books& books, const crypto::HashKey& hash_key) {
  const mapping::IdentityPlan& identity = *plan.data_sets[data_set].identity;
  const RecordNames names(identity, collection, hash_key);
  Matching matching = match_records(identity, collection, names, books);
  return Outcome(identity, collection, joins, books, names, std::move(matching)).take();
}

std::string identity_place(std::string_view target) {
  constexpr std::string_view kImportSource = "/importsource/";
  if (target.starts_with("folder/")) return "files";
  return std::string(target.substr(0, target.find(kImportSource)));
}

}  // namespace muster::run
