#include "run/report.h"

#include "base/text.h"
#include "json/writer.h"

namespace muster::run {
namespace {

using json::Writer;

void write_identity(Writer& out, const IdentityReport& identity) {
  out.key("identity").begin_object();
  out.key("name").string(identity.name);
  out.key("left_to_others").number(identity.left_to_others);
  out.key("matches").begin_array();
  for (const IdentityMatch& match : identity.matches) {
    out.begin_object();
    out.key("rule").string(match.rule);
    out.key("records").number(match.records);
    out.key("known").number(match.known);
    out.key("sample").begin_array();
    for (const std::string& key : match.sample) out.string(key);
    out.end_array().end_object();
  }
  out.end_array().end_object();
}

void write_data_set(Writer& out, const DataSetReport& set) {
  out.begin_object();
  out.key("name").string(set.name);
  out.key("object_type").string(set.object_type);
  out.key("complete").boolean(set.complete);
  const std::pair<const char*, std::uint64_t> counts[] = {
      {"pages", set.pages},
      {"fetched", set.fetched},
      {"repeated", set.repeated},
      {"filtered", set.filtered},
      {"rejected", set.rejected},
      {"formatted", set.formatted},
      {"submitted", set.submitted},
      {"accepted", set.accepted},
      {"created", set.created},
      {"updated", set.updated},
      {"unchanged", set.unchanged},
      {"missing", set.missing},
      {"dropped_values", set.dropped_values},
  };
  for (const auto& [name, count] : counts) out.key(name).number(count);
  out.key("expected").begin_object();
  out.key("new").number(set.expected_new);
  out.key("changed").number(set.expected_changed);
  out.key("unchanged").number(set.expected_unchanged);
  out.key("missing").number(set.expected_missing);
  out.end_object();
  if (!set.identity.name.empty()) write_identity(out, set.identity);
  out.end_object();
}

void write_relation(Writer& out, const RelationReport& relation) {
  out.begin_object();
  out.key("name").string(relation.name);
  out.key("complete").boolean(relation.complete);
  out.key("parents").number(relation.parents);
  out.key("pairs").number(relation.pairs);
  out.key("gone").number(relation.gone);
  out.key("hidden").number(relation.hidden);
  out.key("unknown_type").number(relation.unknown_type);
  out.key("without_key").number(relation.without_key);
  out.end_object();
}

void write_reject(Writer& out, const RejectReport& reject) {
  out.begin_object();
  out.key("data_set").string(reject.data_set);
  out.key("key").string(reject.key);
  out.key("reason").string(reject.reason);
  out.key("detail").string(reject.detail);
  out.end_object();
}

void write_findings(Writer& out, const std::vector<Finding>& findings) {
  out.begin_array();
  for (const Finding& finding : findings) {
    out.begin_object();
    out.key("data_set").string(finding.data_set);
    out.key("reason").string(finding.reason);
    if (!finding.attribute.empty()) out.key("attribute").string(finding.attribute);
    out.key("affected").number(finding.affected);
    out.key("of").number(finding.of);
    out.key("text").string(finding.text);
    if (!finding.sample.empty()) {
      out.key("sample").begin_array();
      for (const std::string& key : finding.sample) out.string(key);
      out.end_array();
    }
    if (!finding.keys_hash.empty()) out.key("keys_hash").string(finding.keys_hash);
    out.end_object();
  }
  out.end_array();
}

void write_texts(Writer& out, const std::vector<std::string>& texts) {
  out.begin_array();
  for (const std::string& text : texts) out.string(text);
  out.end_array();
}

void write_destination(Writer& out, const DestinationReport& destination) {
  out.begin_object();
  out.key("execution_id").string(destination.execution_id);
  out.key("chunks").number(destination.chunks);
  out.key("bytes").number(destination.bytes);
  out.key("result").string(destination.result);
  if (!destination.type.empty()) out.key("type").string(destination.type);
  if (!destination.directory.empty()) out.key("directory").string(destination.directory);
  out.end_object();
}

void write_source(Writer& out, const SourceReport& source) {
  out.begin_object();
  out.key("requests").number(source.requests);
  out.key("bytes").number(source.bytes);
  out.key("throttled").number(source.throttled);
  out.key("waited_seconds").real(source.waited_seconds, 3);
  out.key("resource_units").number(source.resource_units);
  out.end_object();
}

void write_gate(Writer& out, const GateReport& gate) {
  out.begin_object();
  out.key("verdict").string(gate.verdict);
  out.key("compared_with").string(gate.compared_with);
  if (!gate.approved_by.empty()) out.key("approved_by").string(gate.approved_by);
  out.key("findings");
  write_findings(out, gate.findings);
  out.key("notices");
  write_texts(out, gate.notices);
  out.end_object();
}

void write_listed(Writer& out, const char* name, const ListedObjects& listed) {
  out.key(name).begin_object();
  out.key("count").number(listed.count);
  out.key("objects");
  write_texts(out, listed.objects);
  out.end_object();
}

void write_people(Writer& out, const PeopleReport& people) {
  out.begin_object();
  out.key("state").string(people.state);
  out.key("reason").string(people.reason);
  out.key("message").string(people.message);
  out.key("data_set").string(people.data_set);
  out.key("attribute").string(people.attribute);
  out.key("objects").number(people.objects);
  out.key("without_email").number(people.without_email);
  out.key("written").number(people.written);
  out.key("unchanged").number(people.unchanged);
  write_listed(out, "ambiguous", people.ambiguous);
  write_listed(out, "unknown", people.unknown);
  write_listed(out, "refused", people.refused);
  out.key("requests").number(people.requests);
  out.key("throttled").number(people.throttled);
  out.key("waited_seconds").real(people.waited_seconds, 3);
  out.end_object();
}

template <typename Item>
void write_list(Writer& out, const char* name, const std::vector<Item>& items,
                void (*write)(Writer&, const Item&)) {
  out.key(name).begin_array();
  for (const Item& item : items) write(out, item);
  out.end_array();
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::kRunning: return "running";
    case State::kCompleted: return "completed";
    case State::kCompletedWithRejects: return "completed_with_rejects";
    case State::kFailed: return "failed";
    case State::kCancelled: return "cancelled";
    case State::kHeld: return "held";
    case State::kAbandoned: return "abandoned";
  }
  return "";
}

std::string to_json(const Report& report) {
  std::string text;
  Writer out(text);
  out.begin_object();
  out.key("run_id").string(report.run_id);
  out.key("importer").string(report.importer);
  out.key("site").string(report.site);
  out.key("trigger").string(report.trigger);
  out.key("kind").string(report.limited ? "limited" : "full");
  out.key("state").string(to_string(report.state));
  out.key("reason").string(report.reason);
  out.key("message").string(report.message);
  out.key("started").string(base::format_utc(report.started));
  if (report.ended) {
    out.key("ended").string(base::format_utc(*report.ended));
  } else {
    out.key("ended").null();
  }
  write_list(out, "data_sets", report.data_sets, write_data_set);
  write_list(out, "relations", report.relations, write_relation);
  write_list(out, "rejects", report.rejects, write_reject);
  out.key("notices");
  write_texts(out, report.notices);
  out.key("destination");
  write_destination(out, report.destination);
  out.key("source");
  write_source(out, report.source);
  out.key("gate");
  write_gate(out, report.gate);
  out.key("log").begin_array();
  for (const LogLine& line : report.log) write_line(out, line);
  out.end_array();
  if (report.people) {
    out.key("people");
    write_people(out, *report.people);
  }
  out.end_object();
  return text;
}

void write_line(json::Writer& out, const LogLine& line) {
  out.begin_object().key("at").string(base::format_utc(line.at));
  out.key("level").string(line.level).key("text").string(line.text).end_object();
}

std::string findings_json(const std::vector<Finding>& findings) {
  std::string text;
  Writer out(text);
  write_findings(out, findings);
  return text;
}

int exit_code(const Report& report) {
  switch (report.state) {
    case State::kCompleted: return 0;
    case State::kCompletedWithRejects: return 7;
    case State::kHeld: return 4;
    case State::kCancelled: return 6;
    case State::kRunning:
    case State::kAbandoned: return 1;
    case State::kFailed: break;
  }
  return exit_code(report.reason);
}

int exit_code(std::string_view reason) {
  // What a file or variable holds that the settings name.
  if (reason == "settings" || reason == "ca_file" || reason == "invalid_key" ||
      reason == "invalid_certificate" || reason == "header" || reason == "entitlement") {
    return 2;
  }
  if (reason == "store_unavailable" || reason == "lease_lost") return 8;
  if (reason == "approval_used") return 4;
  if (reason.starts_with("destination_") || reason == "schema_frozen") return 5;
  // Records that cannot be used are the source's fault as far as a pipeline is concerned.
  if (reason.starts_with("source_") || reason == "foreign_link" || reason == "too_many_rejects" ||
      reason == "address_not_allowed" || reason == "certificate_not_trusted" ||
      reason == "not_available" || reason == "filter" || reason == "deadline") {
    return 3;
  }
  return 1;
}

}  // namespace muster::run
