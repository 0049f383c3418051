#include "source/doctor.h"

#include <algorithm>

namespace muster::source {
namespace {

using base::Error;
using base::Result;
using State = DataSetCheck::State;

struct Probe {
  std::uint64_t records = 0;
  std::string key;  // of the record, when it has one
};

// Reads one record with what a run would read of it. Some APIs refuse a page size; then the
// catalogue has none and a page comes.
template <typename Records>  // Listing or RecordReader
Result<Probe> probe(Records records, const json::Path& key, const base::Stop& stop) {
  Probe seen;
  for (;;) {
    const Step step = TRY(records.next(stop));
    if (const Complete* complete = std::get_if<Complete>(&step)) {
      if (complete->gone() == 0) return seen;
      return Error{base::ErrorKind::kMissing, "gone",
                   "The source has no details of the one record that was tried. It may have been "
                   "deleted a moment ago: check again.",
                   complete->name()};
    }
    const Page* page = std::get_if<Page>(&step);
    if (page == nullptr || page->records.empty()) continue;
    seen.records = page->records.size();
    if (const json::Value* value = key.first(page->records.front())) seen.key = value->text();
    return seen;
  }
}

State state_of(const Error& error) {
  if (error.reason == "source_permission") return State::kMissingPermission;
  if (error.reason == "not_available") return State::kNotAvailable;
  return State::kFailed;
}

class Examiner {
 public:
  Examiner(Session& session, const base::Stop& stop)
      : session_(session), stop_(stop), grants_(session.source(), session.granted(stop)) {}

  void examine(const CheckPlan& plan, std::vector<DataSetCheck>& checks) {
    const catalogue::DataSet& data_set = *plan.data_set;
    const catalogue::Attribute* key = data_set.find_attribute(data_set.key);
    const json::Path key_path = key == nullptr ? json::Path() : key->path;
    DataSetCheck check{.name = data_set.name};
    const std::vector<MissingField> special =
        guarded_fields(data_set, plan.records.fields, plan.records.detail_fields);
    Result<Probe> seen = probe_records(data_set, plan.records, key_path);
    if (!seen.ok() && state_of(seen.error()) != State::kFailed && !special.empty()) {
      seen = blame_fields(plan, special, key_path, std::move(seen).error(), check);
    } else if (seen.ok() && grants_.known()) {
      for (const MissingField& field : special) {
        if (!grants_.has(field.permission)) check.fields.push_back(field);
      }
    }
    conclude(seen, data_set.permissions, check);
    if (check.state == State::kMissingPermission) {
      for (const MissingField& field : check.fields) add_grant(check, field.permission);
    }
    const std::string parent = seen.ok() ? seen->key : "";
    if (check.state == State::kWorks && check.records_seen == 0) check.state = State::kEmpty;
    const State state = check.state;
    checks.push_back(std::move(check));
    for (const catalogue::DataSet* rows : plan.rows) checks.push_back(with_parent(*rows, state));
    for (const catalogue::Relation* relation : plan.relations) {
      checks.push_back(examine(*relation, parent));
    }
  }

 private:
  Result<Probe> probe_records(const catalogue::DataSet& data_set, RecordsPlan plan,
                              const json::Path& key_path) const {
    plan.limit = 1;
    return probe(RecordReader(session_, data_set, std::move(plan)), key_path, stop_);
  }

  // No request of its own: what reads the parent reads these.
  DataSetCheck with_parent(const catalogue::DataSet& rows, State parent) const {
    DataSetCheck check{.name = rows.name, .state = State::kUntested};
    if (grants_.known()) check.grant = grants_.missing(rows.permissions);
    if (!check.grant.empty()) {
      check.state = State::kMissingPermission;
    } else if (parent == State::kWorks || parent == State::kEmpty) {
      check.state = parent;
    }
    return check;
  }

  DataSetCheck examine(const catalogue::Relation& relation, const std::string& parent) {
    using Strategy = catalogue::Relation::Strategy;
    DataSetCheck check{.name = relation.name, .is_relation = true};
    const bool needs_parent =
        relation.strategy == Strategy::kPerParent || relation.strategy == Strategy::kBatch;
    if (needs_parent && parent.empty()) {
      check.state = State::kUntested;
      if (grants_.known()) check.grant = grants_.missing(relation.permissions);
    } else {
      ListingPlan plan{
          .request = &relation.request, .name = relation.name, .limit = 1, .parent_key = parent};
      Result<Probe> seen = probe(Listing(session_, std::move(plan)), json::Path(), stop_);
      // The parent was deleted a moment ago; we were allowed to ask.
      if (!seen.ok() && seen.error().reason == "gone") seen = Probe{};
      conclude(seen, relation.permissions, check);
    }
    if (!relation.hidden_permission.empty() && !grants_.has(relation.hidden_permission)) {
      check.hidden_members_need = relation.hidden_permission;
    }
    return check;
  }

  // The reading was refused. When it works without the special fields, it is they who need more.
  Result<Probe> blame_fields(const CheckPlan& plan, const std::vector<MissingField>& special,
                             const json::Path& key_path, Error refusal, DataSetCheck& check) {
    RecordsPlan plain = plan.records;
    const auto is_special = [&](const std::string& field) {
      return std::any_of(special.begin(), special.end(), [&](const MissingField& missing) {
        const auto* attribute = plan.data_set->find_attribute(missing.attribute);
        return attribute != nullptr && requested_field(*attribute) == field;
      });
    };
    std::erase_if(plain.fields, is_special);
    std::erase_if(plain.detail_fields, is_special);
    plain.needs_detail = plain.needs_detail && !plain.detail_fields.empty();
    const Result<Probe> without = probe_records(*plan.data_set, std::move(plain), key_path);
    if (!without.ok()) return refusal;
    check.state = state_of(refusal);
    for (const MissingField& field : special) {
      if (!grants_.has(field.permission)) check.fields.push_back(field);
    }
    if (check.fields.empty()) check.fields = special;  // nobody says which one it is
    check.error = std::move(refusal);
    return without;
  }

  void conclude(const Result<Probe>& seen, const std::vector<std::string>& permissions,
                DataSetCheck& check) const {
    if (seen.ok()) {
      check.records_seen = seen->records;
      if (!check.error) check.state = State::kWorks;
      if (!check.error && !check.fields.empty()) check.state = State::kMissingPermission;
      return;
    }
    check.state = state_of(seen.error());
    check.error = seen.error();
    if (check.state != State::kMissingPermission) return;
    check.grant = grants_.missing(permissions);
  }

  static void add_grant(DataSetCheck& check, const std::string& permission) {
    const auto& grant = check.grant;
    if (std::find(grant.begin(), grant.end(), permission) == grant.end()) {
      check.grant.push_back(permission);
    }
  }

  Session& session_;
  const base::Stop& stop_;
  const Grants grants_;
};

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::kWorks: return "works";
    case State::kEmpty: return "works, but is empty";
    case State::kMissingPermission: return "missing permission";
    case State::kNotAvailable: return "not available";
    case State::kUntested: return "not tested";
    case State::kFailed: return "failed";
  }
  return "failed";
}

std::vector<DataSetCheck> check_data_sets(Session& session, std::span<const CheckPlan> plans,
                                          const base::Stop& stop) {
  Examiner examiner(session, stop);
  std::vector<DataSetCheck> checks;
  for (const CheckPlan& plan : plans) examiner.examine(plan, checks);
  return checks;
}

}  // namespace muster::source
