#include "run/identity_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace muster::run {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using base::Stop;

IdentityStage::IdentityStage(const mapping::Plan& plan, base::Scheduler& scheduler, RunStore& store,
                             std::string_view target)
    : plan_(plan),
      scheduler_(scheduler),
      store_(store),
      place_(identity_place(target)),
      decided_(plan.data_sets.size()) {}

// Two importers that decide at once would give one thing two keys.
Result<std::unique_ptr<RunStore::Lock>> IdentityStage::wait_for(const std::string& identity,
                                                                const Stop& stop) {
  constexpr base::Duration kPause = std::chrono::seconds(2);
  while (true) {
    auto lock = store_.lock_identity(identity);
    if (lock.ok() || lock.error().reason != "already_running") return lock;
    if (base::sleep_for(scheduler_, kPause, stop)) continue;
    return Error{ErrorKind::kCancelled, "cancelled",
                 fmt::format("The run was stopped while another importer of the identity {} ran.",
                             identity)};
  }
}

Result<Books> IdentityStage::read_books(const mapping::IdentityPlan& of, KeptBook& own) {
  Books books;
  blocks_.push_back(TRY(store_.books(of.identity->name, place_)));
  const std::vector<mapping::IdentityMember>& members = of.identity->members;
  for (const KeptBook& kept : blocks_.back()) {
    const auto member = std::ranges::find_if(members, [&](const mapping::IdentityMember& each) {
      return each.importer == kept.importer && each.data_set == kept.data_set;
    });
    if (member == members.end()) continue;
    const auto position = static_cast<std::size_t>(member - members.begin());
    if (position == of.self) own.block = kept.block;
    const auto view = BookView::open(kept.block);
    if (view.ok()) {
      books.members.push_back({position, *view});
    } else {
      books.damaged = true;
    }
  }
  return books;
}

Status IdentityStage::decide(const std::vector<std::unique_ptr<Collection>>& collections,
                             const std::vector<std::unique_ptr<Joins>>& joins,
                             const crypto::HashKey& hash_key, bool plan_only, const Stop& stop) {
  std::set<std::string> names;  // in one order everywhere, so that nobody waits for each other
  for (const mapping::DataSetPlan& set : plan_.data_sets) {
    if (set.identity && !plan_only) names.insert(set.identity->identity->name);
  }
  for (const std::string& name : names) locks_.push_back(TRY(wait_for(name, stop)));
  for (std::size_t i = 0; i < plan_.data_sets.size(); ++i) {
    if (!plan_.data_sets[i].identity) continue;
    const mapping::IdentityPlan& of = *plan_.data_sets[i].identity;
    const mapping::IdentityMember& self = of.identity->members[of.self];
    Decided decided;
    decided.kept = {of.identity->name, self.importer, self.data_set, place_, ""};
    const Books books = TRY(read_books(of, decided.kept));
    decided.damaged = books.damaged;
    decided.identified = identify(plan_, i, *collections[i], *joins[i], books, hash_key);
    joins[i]->set_identity(std::move(decided.identified.keys));
    decided_[i] = std::move(decided);
  }
  return {};
}

void IdentityStage::remember(const std::vector<std::optional<source::Complete>>& complete,
                             Compared& compared) {
  for (std::size_t i = 0; i < decided_.size(); ++i) {
    if (!decided_[i]) continue;
    const IdentityBook& now = decided_[i]->identified.book;
    KeptBook kept = decided_[i]->kept;
    compared.restore.books.push_back(kept);
    const auto before = unpack(kept.block);
    kept.block = pack(before.ok() ? unite(*before, now) : now);
    compared.may_hold.books.push_back(kept);
    if (complete[i] && complete[i]->is_whole()) kept.block = pack(now);
    compared.baseline.books.push_back(std::move(kept));
  }
}

void IdentityStage::add_evidence(std::size_t data_set, Evidence& evidence) const {
  if (!decided_[data_set]) return;
  const Decided& decided = *decided_[data_set];
  evidence.is_shared = true;
  evidence.foreign = decided.identified.foreign;
  evidence.needs_consent = decided.identified.needs_consent;
  evidence.others = decided.identified.others;
  evidence.damaged_book = decided.damaged;
}

IdentityReport IdentityStage::report(std::size_t data_set) const {
  return decided_[data_set] ? decided_[data_set]->identified.report : IdentityReport();
}

Status IdentityStage::still_held() {
  for (const auto& lock : locks_) TRY(lock->still_held());
  return {};
}

}  // namespace muster::run
