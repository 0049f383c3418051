#include "sandbox/assets/processing.h"

#include "sandbox/assets/identity.h"
#include "sandbox/assets/value_rules.h"

namespace muster::sandbox::assets {
namespace {

constexpr std::size_t kMaxErrors = 20;  // per type; the rest is counted

// A unique attribute that is not the key: who has a value already.
struct UniqueColumn {
  std::uint16_t slot;
  IdTable table;
};

class TypeProcessor {
 public:
  TypeProcessor(Workspace& workspace, StagedType& staged, const TypePolicy& policy,
                const ProcessingSettings& settings)
      : workspace_(workspace),
        staged_(staged),
        type_(staged.extraction.type),
        policy_(policy),
        settings_(settings),
        label_slot_(workspace.types[type_].label_slot()),
        identities_(workspace, type_, staged.extraction.key_slots, policy.ignore_case) {
    result_.type = type_;
    build_unique_columns();
  }

  void write_objects() {
    written_.reserve(staged_.records.size());
    for (StagedRecord& record : staged_.records) written_.push_back(take(record));
  }

  void treat_missing() {
    if (policy_.missing == MissingPolicy::kIgnore) return;
    std::vector<ObjectId> missing;
    for (ObjectId id : type().objects)
      if (workspace_.at(id).seen_in != settings_.execution) missing.push_back(id);
    if (policy_.missing == MissingPolicy::kRemove) {
      result_.missing_deleted = missing.size();
      workspace_.remove(missing);
    } else {
      for (ObjectId id : missing) mark_missing(id);
    }
  }

  void write_references() {
    for (std::size_t i = 0; i < written_.size(); ++i)
      if (written_[i] != 0) refer(written_[i], staged_.records[i]);
  }

  TypeResult result() && {
    if (result_.refused > kMaxErrors)
      result_.errors.push_back(fmt::format("and {} more", result_.refused - kMaxErrors));
    return std::move(result_);
  }

 private:
  const ObjectType& type() const { return workspace_.types[type_]; }

  void build_unique_columns() {
    const std::vector<Attribute>& attributes = type().attributes;
    for (std::uint16_t slot = 0; slot < attributes.size(); ++slot) {
      // Matching keeps a single key unique by itself.
      if (!attributes[slot].unique || staged_.extraction.key_slots == std::vector{slot}) continue;
      UniqueColumn column{slot, {}};
      for (ObjectId id : type().objects) remember(column, id);
      unique_columns_.push_back(std::move(column));
    }
  }

  void remember(UniqueColumn& column, ObjectId id) {
    for (std::string_view value : values_at(workspace_.at(id).values, column.slot))
      column.table.insert(hash_value(value), id);
  }

  // The object that was made of the record or that it meant; 0 when it was not taken.
  ObjectId take(StagedRecord& record) {
    ++result_.entries;
    const std::string_view identity = identities_.identity(record.values);
    if (identity.empty()) {
      ++result_.empty_keys;
      return 0;
    }
    const ObjectId known = identities_.find(identity);
    if (known == 0) return create(record, identity);
    if (workspace_.at(known).seen_in == settings_.execution) {
      ++result_.duplicates;
      return 0;
    }
    return update(known, record);
  }

  ObjectId create(StagedRecord& record, std::string_view identity) {
    std::string values = merged({}, record.values);
    if (!accept(values, 0)) return 0;
    if (settings_.object_limit != 0 && workspace_.object_count() >= settings_.object_limit)
      return refuse(fmt::format("object limit of {} reached", settings_.object_limit));
    const ObjectId id = workspace_.create(type_, std::move(values), settings_.now);
    workspace_.at(id).seen_in = settings_.execution;
    identities_.add(identity, id);
    for (UniqueColumn& column : unique_columns_) remember(column, id);
    ++result_.created;
    return id;
  }

  ObjectId update(ObjectId id, const StagedRecord& record) {
    Object& object = workspace_.at(id);
    // Most records of a second import are the bytes of the first.
    if (record.values != object.values) {
      std::string values = merged(object.values, record.values);
      if (values != object.values) {
        // A refused record was in the source all the same: its object is not missing.
        if (!accept(values, id)) return object.seen_in = settings_.execution, 0;
        workspace_.replace_values(id, std::move(values), settings_.now);
        for (UniqueColumn& column : unique_columns_) remember(column, id);
        object.seen_in = settings_.execution;
        ++result_.updated;
        return id;
      }
    }
    object.seen_in = settings_.execution;
    ++result_.identical;
    return id;
  }

  // Old values, overwritten by what was sent; empty entries do what the policy says.
  std::string merged(std::string_view old_values, std::string_view sent) const {
    std::string out;
    out.reserve(old_values.size() + sent.size());
    PackedWriter writer(out);
    PackedReader before(old_values);
    for (PackedReader now(sent); !now.done(); now.next()) {
      for (; !before.done() && before.slot() < now.slot(); before.next())
        writer.copy(before.slot(), before.values());
      const bool replaces = !before.done() && before.slot() == now.slot();
      const Values old = replaces ? before.values() : Values();
      if (replaces) before.next();
      if (now.values().empty()) {
        if (!old.empty() && policy_.empty == EmptyPolicy::kIgnore) writer.copy(now.slot(), old);
      } else {
        copy_known(now, old, writer);
      }
    }
    for (; !before.done(); before.next()) writer.copy(before.slot(), before.values());
    out.shrink_to_fit();
    return out;
  }

  // Leaves out select and status values that nobody knows, unless the policy adds them later.
  void copy_known(const PackedReader& entry, const Values& old, PackedWriter& writer) const {
    const Attribute& attribute = type().attributes[entry.slot()];
    const bool listed = attribute.type == "status" ||
                        (attribute.type == "select" && policy_.unknown == UnknownPolicy::kIgnore);
    if (!listed) return writer.copy(entry.slot(), entry.values());
    std::vector<std::string_view> known;
    for (std::string_view value : entry.values())
      if (is_known_value(workspace_, attribute, value)) known.push_back(value);
    if (known.empty()) {
      if (!old.empty()) writer.copy(entry.slot(), old);
      return;
    }
    writer.begin(entry.slot());
    for (std::string_view value : known) writer.add(value);
    writer.end();
  }

  // May the object `id` (0: a new one) have these values? Counts and explains when not.
  bool accept(std::string_view values, ObjectId id) {
    if (!label_slot_ || values_at(values, *label_slot_).empty()) {
      ++result_.empty_labels;
      return false;
    }
    PackedReader entry(values);
    for (std::uint16_t slot = 0; slot < type().attributes.size(); ++slot) {
      const Attribute& attribute = type().attributes[slot];
      if (attribute.is_reference()) continue;
      const bool present = !entry.done() && entry.slot() == slot;
      const Values held = present ? entry.values() : Values();
      if (present) entry.next();
      if (auto error = check_cardinality(attribute, held.size())) return refuse(*error) != 0;
      for (std::string_view value : held)
        if (auto error = check_value(attribute, value)) return refuse(*error) != 0;
      if (attribute.type == "select") add_options(slot, held);
    }
    for (const UniqueColumn& column : unique_columns_)
      for (std::string_view value : values_at(values, column.slot))
        if (is_taken(column, value, id))
          return refuse(fmt::format("{}: a value is not unique",
                                    type().attributes[column.slot].name)) != 0;
    return true;
  }

  bool is_taken(const UniqueColumn& column, std::string_view value, ObjectId by_other_than) const {
    return column.table.find(hash_value(value), [&](ObjectId other) {
      if (other == by_other_than) return false;
      for (std::string_view held : values_at(workspace_.at(other).values, column.slot))
        if (held == value) return true;
      return false;
    });
  }

  void add_options(std::uint16_t slot, const Values& values) {
    std::vector<std::string>& options = workspace_.types[type_].attributes[slot].options;
    for (std::string_view value : values)
      if (std::ranges::count(options, value) == 0) options.emplace_back(value);
  }

  ObjectId refuse(std::string error) {
    if (++result_.refused <= kMaxErrors) result_.errors.push_back(std::move(error));
    return 0;
  }

  void mark_missing(ObjectId id) {
    const auto slot = type().slot_of(policy_.missing_attribute);
    if (!slot) return;
    if (values_at(workspace_.at(id).values, *slot).front() == policy_.missing_value) return;
    std::string sent;
    PackedWriter(sent).begin(*slot).add(policy_.missing_value).end();
    workspace_.replace_values(id, merged(workspace_.at(id).values, sent), settings_.now);
    ++result_.missing_updated;
  }

  void refer(ObjectId id, const StagedRecord& record) {
    if (record.inputs.empty()) return;
    std::vector<Link> links = workspace_.at(id).links;
    for (const ReferenceColumn& column : staged_.extraction.references)
      refer(column, record, links);
    std::ranges::sort(links);
    if (links == workspace_.at(id).links) return;
    workspace_.replace_links(id, std::move(links), settings_.now);
    ++result_.updated_references;
  }

  void refer(const ReferenceColumn& column, const StagedRecord& record, std::vector<Link>& links) {
    inputs_.assign(staged_.extraction.inputs.size(), Values());
    present_.assign(inputs_.size(), false);
    for (PackedReader entry(record.inputs); !entry.done(); entry.next()) {
      inputs_[entry.slot()] = entry.values();
      present_[entry.slot()] = true;
    }
    const auto was_sent = [&](std::uint16_t input) { return present_[input]; };
    if (!std::ranges::any_of(column.touched_by, was_sent)) return;
    query_inputs_.clear();
    std::size_t values = 0;
    for (std::uint16_t input : column.inputs) {
      query_inputs_.push_back(inputs_[input]);
      values += inputs_[input].size();
    }
    if (values == 0 && policy_.empty == EmptyPolicy::kIgnore) return;
    found_.clear();
    if (values != 0)
      column.query.resolve(workspace_, column.target, settings_.now, query_inputs_, found_);
    if (found_.size() < values) result_.unresolved_references += values - found_.size();
    const Attribute& attribute = type().attributes[column.slot];
    if (auto error = check_cardinality(attribute, found_.size())) {
      refuse(std::move(*error));
      return;
    }
    std::erase_if(links, [&](const Link& link) { return link.slot == column.slot; });
    for (ObjectId target : found_) links.push_back({column.slot, target});
  }

  Workspace& workspace_;
  StagedType& staged_;
  TypeIndex type_;
  const TypePolicy& policy_;
  const ProcessingSettings& settings_;
  std::optional<std::uint16_t> label_slot_;
  IdentityIndex identities_;
  std::vector<UniqueColumn> unique_columns_;
  std::vector<ObjectId> written_;  // beside staged_.records
  TypeResult result_;
  std::vector<Values> inputs_;  // of the record that is being looked at
  std::vector<bool> present_;
  std::vector<Values> query_inputs_;
  std::vector<ObjectId> found_;
};

}  // namespace

std::vector<TypeResult> process(Workspace& workspace, std::vector<StagedType>& staged,
                                const Policies& policies, const ProcessingSettings& settings) {
  static const TypePolicy kDefaults;
  std::vector<TypeProcessor> processors;
  processors.reserve(staged.size());
  for (StagedType& type : staged) {
    const auto policy = policies.find(workspace.types[type.extraction.type].name);
    processors.emplace_back(workspace, type, policy == policies.end() ? kDefaults : policy->second,
                            settings);
  }
  for (TypeProcessor& processor : processors) processor.write_objects();
  for (TypeProcessor& processor : processors) processor.treat_missing();
  // Only now, so that neither the order of types nor that of chunks matters to a reference.
  for (TypeProcessor& processor : processors) processor.write_references();
  std::vector<TypeResult> results;
  for (TypeProcessor& processor : processors) results.push_back(std::move(processor).result());
  staged.clear();
  return results;
}

}  // namespace muster::sandbox::assets
