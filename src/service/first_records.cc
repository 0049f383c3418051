#include "service/first_records.h"

#include <algorithm>
#include <cstring>

#include "run/run.h"
#include "run/schema.h"

namespace muster::service {
namespace {

using base::Result;
using base::Status;
using base::Stop;

constexpr std::uint32_t kAttempts = 3;

// Remembers nothing, so that there is nothing to compare with.
class NoStore final : public run::RunStore {
 public:
  explicit NoStore(base::Random& random) {
    for (std::size_t i = 0; i < key_.size(); i += sizeof(std::uint64_t)) {
      const std::uint64_t bits = random.next();
      std::memcpy(key_.data() + i, &bits, sizeof bits);
    }
  }
  Result<crypto::HashKey> hash_key() override { return key_; }
  Result<std::optional<run::Baseline>> baseline(const std::string&, const std::string&) override {
    return std::optional<run::Baseline>();
  }
  Result<std::vector<run::KeptBook>> books(const std::string&, const std::string&) override {
    return std::vector<run::KeptBook>();
  }
  Result<std::unique_ptr<Lock>> lock_identity(const std::string&) override {
    return std::unique_ptr<Lock>(std::make_unique<NoLock>());
  }
  Result<assets::Leftover> leftover(const std::string&, const std::string&) override {
    return assets::Leftover();
  }
  Result<std::vector<run::Begun>> begun(const std::string&, const std::string&) override {
    return std::vector<run::Begun>();
  }
  Status started(const run::Report&) override { return {}; }
  Status still_held() override { return {}; }
  Status starting(const std::string&, const std::string&, const std::optional<std::string>&,
                  const std::string&) override {
    return {};
  }
  Status execution_started(const std::string&, const std::string&) override { return {}; }
  Status completing(const std::string&, const std::string&, const run::Baseline&) override {
    return {};
  }
  Status ended(const run::Report&, const run::Baseline*) override { return {}; }
  Status amended(const run::Report&) override { return {}; }

 private:
  struct NoLock final : Lock {
    Status still_held() override { return {}; }
  };
  crypto::HashKey key_{};
};

// Keeps the first objects it is given, by the locators of their attributes.
class Looking final : public assets::Destination {
 public:
  explicit Looking(base::Scheduler& scheduler) : monitor_(scheduler) {}

  Result<assets::Readiness> check(const Stop&) override {
    return assets::Readiness{.ready = true, .target = "preview", .status = {}, .advice = {}};
  }
  Status prepare(const catalogue::ObjectSchema& schema, const assets::Leftover&,
                 const assets::DeliveryNotes&, const Stop&) override {
    for (const catalogue::ObjectType& type : schema.types) names_[type.selector] = type.name;
    return {};
  }
  Status release(const assets::Leftover&, const Stop&) override { return {}; }
  Result<std::unique_ptr<assets::Delivery>> start(assets::Pass, std::string_view,
                                                  const assets::DeliveryNotes& notes,
                                                  const Stop&) override {
    TRY(notes.started("preview"));
    return std::unique_ptr<assets::Delivery>(std::make_unique<Taking>(*this));
  }

  // By selector: JSON objects joined by commas.
  const std::map<std::string, std::string>& taken() const { return taken_; }

 private:
  struct Taking final : assets::Delivery {
    explicit Taking(Looking& looking) : to(looking) {}
    Status submit(const assets::Chunk& chunk, const Stop&) override {
      const base::Monitor::Lock lock(to.monitor_);
      to.taken_.try_emplace(chunk.selector, chunk.objects);
      assets::TypeOutcome& type = outcome.types[to.names_[chunk.selector]];
      type.accepted += chunk.count;
      type.created += chunk.count;
      return {};
    }
    void progress(std::uint64_t, std::uint64_t, const Stop&) override {}
    Result<assets::Outcome> complete(const Stop&) override { return outcome; }
    void abort(std::string_view) override {}
    Looking& to;
    assets::Outcome outcome{.execution_id = "preview", .result = "OK"};
  };

  std::map<std::string, std::string> names_;  // of the types, by selector
  base::Monitor monitor_;                     // guards the next one, and outcomes
  std::map<std::string, std::string> taken_;
};

// Only this data set, and what it cannot be read without.
void choose_only(run::Importer& importer, const std::string& data_set) {
  mapping::Selection& selection = importer.selection;
  const catalogue::DataSet* wanted = importer.source->find_data_set(data_set);
  for (const catalogue::DataSet& set : importer.source->data_sets) {
    const bool is_on = set.name == data_set || (wanted != nullptr && wanted->rows.of == set.name);
    const auto chosen =
        std::ranges::find(selection.data_sets, set.name, &mapping::DataSetSelection::data_set);
    if (chosen != selection.data_sets.end()) {
      chosen->on = is_on;
    } else {
      selection.data_sets.push_back({.data_set = set.name, .on = is_on});
    }
  }
  selection.all_defaults = false;
  selection.record_limit = 0;
  selection.identities.clear();
}

std::string text_of(const json::Value& value) {
  if (!value.is_array()) return value.is_null() ? "" : std::string(json::scalar_text(value));
  std::string text;
  for (const json::Value& item : value.items()) {
    text += (text.empty() ? "" : ", ") + std::string(json::scalar_text(item));
  }
  return text;
}

void add_objects(const catalogue::ObjectType& type, const std::string& taken, std::size_t most,
                 FirstRecords& found) {
  const Result<json::Document> objects = json::Document::parse("[" + taken + "]");
  if (!objects.ok()) return;
  for (const json::Value& object : objects->root().items()) {
    if (found.objects.size() == most) return;
    std::vector<FirstRecords::Value> values;
    for (const catalogue::ObjectAttribute& attribute : type.attributes) {
      const json::Value* value = object.find(attribute.locator);
      values.push_back({attribute.name, value == nullptr ? "" : text_of(*value)});
    }
    found.objects.push_back(std::move(values));
  }
}

}  // namespace

FirstRecords first_records(run::Importer importer, Credentials credentials,
                           const FirstRecordsSettings& settings, const DoctorTools& tools,
                           const Stop& stop) {
  importer.retry.attempts = std::min(importer.retry.attempts, kAttempts);
  choose_only(importer, settings.data_set);
  // Where it would go says nothing about what is there.
  importer.destination.type = run::DestinationSettings::Type::kFiles;
  importer.destination.people.reset();
  NoStore store(tools.random);
  Looking looking(tools.scheduler);
  run::Progress progress;
  const run::Report report = run::execute(
      importer, std::move(credentials.connection),
      {.limit = settings.records, .confirm_partial = true},
      {tools.scheduler, tools.client, tools.random, tools.logger, store, looking}, progress, stop);
  FirstRecords found{.state = std::string(run::to_string(report.state)),
                     .reason = report.reason,
                     .message = report.message};
  for (const run::DataSetReport& set : report.data_sets) {
    if (set.name != settings.data_set) continue;
    found.object_type = set.object_type;
    found.fetched = set.fetched;
    found.filtered = set.filtered;
    found.rejected = set.rejected;
    found.formatted = set.formatted;
    found.is_whole = set.complete && set.fetched < settings.records;
  }
  for (const run::DataSetProgress& set : progress.data_sets) {
    if (set.name == settings.data_set) found.total = set.total;
  }
  if (found.is_whole) found.total = found.fetched;
  const Result<catalogue::ObjectSchema> schema = run::object_schema(importer);
  if (!schema.ok()) return found;
  for (const catalogue::ObjectType& type : schema->types) {
    const auto taken = looking.taken().find(type.selector);
    if (type.data_set != settings.data_set || taken == looking.taken().end()) continue;
    add_objects(type, taken->second, settings.objects, found);
  }
  return found;
}

void write_first_records(json::Writer& out, const FirstRecords& found) {
  out.begin_object().key("state").string(found.state).key("reason").string(found.reason);
  out.key("message").string(found.message).key("object_type").string(found.object_type);
  out.key("total").number(found.total).key("fetched").number(found.fetched);
  out.key("filtered").number(found.filtered).key("rejected").number(found.rejected);
  out.key("formatted").number(found.formatted).key("whole").boolean(found.is_whole);
  out.key("objects").begin_array();
  for (const auto& object : found.objects) {
    out.begin_array();
    for (const auto& [attribute, text] : object) {
      out.begin_object().key("attribute").string(attribute).key("value").string(text).end_object();
    }
    out.end_array();
  }
  out.end_array().end_object();
}

}  // namespace muster::service
