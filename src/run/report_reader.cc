#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "run/report.h"

namespace muster::run {
namespace {

using json::Value;

constexpr std::array kStates = {State::kRunning,  State::kCompleted, State::kCompletedWithRejects,
                                State::kFailed,   State::kCancelled, State::kHeld,
                                State::kAbandoned};

// Members that an older muster did not write are empty: reports are kept for years.
std::string text_of(const Value& from, std::string_view key) {
  const Value* value = from.find(key);
  return value == nullptr ? std::string() : std::string(value->text());
}

std::uint64_t count_of(const Value& from, std::string_view key) {
  const Value* value = from.find(key);
  if (value == nullptr) return 0;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(value->integer().value_or(0), 0));
}

bool flag_of(const Value& from, std::string_view key) {
  const Value* value = from.find(key);
  return value != nullptr && value->boolean();
}

const Value& member(const Value& from, std::string_view key) {
  static const Value kNothing;
  const Value* value = from.find(key);
  return value == nullptr ? kNothing : *value;
}

template <typename Item>
std::vector<Item> list_of(const Value& from, std::string_view key, Item (*read)(const Value&)) {
  std::vector<Item> items;
  for (const Value& item : member(from, key).items()) items.push_back(read(item));
  return items;
}

std::string read_text(const Value& from) { return std::string(from.text()); }

LogLine read_line(const Value& from) {
  return {.at = base::parse_utc(text_of(from, "at")).value_or(base::WallTime{}),
          .level = text_of(from, "level"),
          .text = text_of(from, "text")};
}

IdentityMatch read_match(const Value& from) {
  return {.rule = text_of(from, "rule"),
          .records = count_of(from, "records"),
          .known = count_of(from, "known"),
          .sample = list_of(from, "sample", read_text)};
}

IdentityReport read_identity(const Value& from) {
  return {.name = text_of(from, "name"),
          .matches = list_of(from, "matches", read_match),
          .left_to_others = count_of(from, "left_to_others")};
}

DataSetReport read_data_set(const Value& from) {
  const Value& expected = member(from, "expected");
  return {.name = text_of(from, "name"),
          .object_type = text_of(from, "object_type"),
          .complete = flag_of(from, "complete"),
          .pages = count_of(from, "pages"),
          .fetched = count_of(from, "fetched"),
          .repeated = count_of(from, "repeated"),
          .filtered = count_of(from, "filtered"),
          .rejected = count_of(from, "rejected"),
          .formatted = count_of(from, "formatted"),
          .submitted = count_of(from, "submitted"),
          .accepted = count_of(from, "accepted"),
          .created = count_of(from, "created"),
          .updated = count_of(from, "updated"),
          .unchanged = count_of(from, "unchanged"),
          .missing = count_of(from, "missing"),
          .expected_new = count_of(expected, "new"),
          .expected_changed = count_of(expected, "changed"),
          .expected_unchanged = count_of(expected, "unchanged"),
          .expected_missing = count_of(expected, "missing"),
          .dropped_values = count_of(from, "dropped_values"),
          .identity = read_identity(member(from, "identity"))};
}

RelationReport read_relation(const Value& from) {
  return {.name = text_of(from, "name"),
          .complete = flag_of(from, "complete"),
          .parents = count_of(from, "parents"),
          .pairs = count_of(from, "pairs"),
          .gone = count_of(from, "gone"),
          .hidden = count_of(from, "hidden"),
          .unknown_type = count_of(from, "unknown_type"),
          .without_key = count_of(from, "without_key")};
}

RejectReport read_reject(const Value& from) {
  return {text_of(from, "data_set"), text_of(from, "key"), text_of(from, "reason"),
          text_of(from, "detail")};
}

Finding read_finding(const Value& from) {
  return {.data_set = text_of(from, "data_set"),
          .reason = text_of(from, "reason"),
          .attribute = text_of(from, "attribute"),
          .affected = count_of(from, "affected"),
          .of = count_of(from, "of"),
          .text = text_of(from, "text"),
          .sample = list_of(from, "sample", read_text),
          .keys_hash = text_of(from, "keys_hash")};
}

GateReport read_gate(const Value& from) {
  return {.verdict = text_of(from, "verdict"),
          .compared_with = text_of(from, "compared_with"),
          .approved_by = text_of(from, "approved_by"),
          .findings = list_of(from, "findings", read_finding),
          .notices = list_of(from, "notices", read_text)};
}

SourceReport read_source(const Value& from) {
  return {.requests = count_of(from, "requests"),
          .bytes = count_of(from, "bytes"),
          .throttled = count_of(from, "throttled"),
          .resource_units = count_of(from, "resource_units"),
          .waited_seconds = member(from, "waited_seconds").real().value_or(0)};
}

ListedObjects read_listed(const Value& from) {
  return {.count = count_of(from, "count"), .objects = list_of(from, "objects", read_text)};
}

std::optional<PeopleReport> read_people(const Value& from) {
  if (!from.is_object()) return std::nullopt;
  return PeopleReport{.state = text_of(from, "state"),
                      .reason = text_of(from, "reason"),
                      .message = text_of(from, "message"),
                      .data_set = text_of(from, "data_set"),
                      .attribute = text_of(from, "attribute"),
                      .objects = count_of(from, "objects"),
                      .without_email = count_of(from, "without_email"),
                      .written = count_of(from, "written"),
                      .unchanged = count_of(from, "unchanged"),
                      .ambiguous = read_listed(member(from, "ambiguous")),
                      .unknown = read_listed(member(from, "unknown")),
                      .refused = read_listed(member(from, "refused")),
                      .requests = count_of(from, "requests"),
                      .throttled = count_of(from, "throttled"),
                      .waited_seconds = member(from, "waited_seconds").real().value_or(0)};
}

}  // namespace

std::vector<LogLine> read_lines(std::string_view lines) {
  const auto document = json::Document::parse(fmt::format("{{\"log\":[{}]}}", lines));
  return document.ok() ? list_of(document->root(), "log", read_line) : std::vector<LogLine>();
}

base::Result<Report> read_report(std::string_view json) {
  const json::Document document = TRY(json::Document::parse(std::string(json)));
  const Value& root = document.root();
  const std::string state_text = text_of(root, "state");
  const auto state = std::find_if(kStates.begin(), kStates.end(),
                                  [&](State each) { return to_string(each) == state_text; });
  if (state == kStates.end()) {
    return base::Error{base::ErrorKind::kMalformed, "store_unavailable",
                       "the stored run report is not readable by this version of muster"};
  }
  const Value& destination = member(root, "destination");
  return Report{.run_id = text_of(root, "run_id"),
                .importer = text_of(root, "importer"),
                .site = text_of(root, "site"),
                .trigger = text_of(root, "trigger"),
                .limited = text_of(root, "kind") == "limited",
                .state = *state,
                .reason = text_of(root, "reason"),
                .message = text_of(root, "message"),
                .started = base::parse_utc(text_of(root, "started")).value_or(base::WallTime{}),
                .ended = base::parse_utc(text_of(root, "ended")),
                .data_sets = list_of(root, "data_sets", read_data_set),
                .relations = list_of(root, "relations", read_relation),
                .rejects = list_of(root, "rejects", read_reject),
                .notices = list_of(root, "notices", read_text),
                .destination = {.execution_id = text_of(destination, "execution_id"),
                                .result = text_of(destination, "result"),
                                .chunks = count_of(destination, "chunks"),
                                .bytes = count_of(destination, "bytes"),
                                .type = text_of(destination, "type"),
                                .directory = text_of(destination, "directory")},
                .source = read_source(member(root, "source")),
                .gate = read_gate(member(root, "gate")),
                .people = read_people(member(root, "people")),
                .log = list_of(root, "log", read_line)};
}

}  // namespace muster::run
