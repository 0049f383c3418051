// What of texts may be shown to whoever helps.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

#include "base/text.h"
#include "catalogue/yaml.h"
#include "json/writer.h"
#include "run/report.h"
#include "service/support_bundle.h"

namespace muster::service {
namespace {

using catalogue::YamlNode;
using json::Writer;

// Values that muster itself gives a meaning, and names of its own things. Whatever else stands in a
// definition was chosen by somebody and may tell who or what.
constexpr std::string_view kOwnKeys[] = {"at",
                                         "attempts",
                                         "attributes",
                                         "cloud",
                                         "cron",
                                         "daily",
                                         "data_set",
                                         "days",
                                         "deadline",
                                         "every",
                                         "exclude",
                                         "hosts_seen_within",
                                         "include",
                                         "limit",
                                         "max_blanked_percent",
                                         "max_missing_objects",
                                         "max_wait",
                                         "importers",
                                         "max_missing_percent",
                                         "missing_objects",
                                         "name",
                                         "parked",
                                         "path",
                                         "record_limit",
                                         "reject_limit",
                                         "schedule",
                                         "source",
                                         "time_zone",
                                         "to",
                                         "type",
                                         "version",
                                         "weekly"};
constexpr std::string_view kSwitches[] = {"on", "off", "true", "false"};

// Shorter words are no tokens of anybody.
constexpr std::size_t kShortestToken = 20;
constexpr std::string_view kOwnTokens = "mstr_";
constexpr std::string_view kSecret = "[secret]";

bool is_own(const YamlNode& node, std::string_view key) {
  const auto is = [&](std::string_view text) { return text == node.scalar; };
  return std::ranges::find(kOwnKeys, key) != std::end(kOwnKeys) ||
         (!node.quoted && std::ranges::any_of(kSwitches, is));
}

void write_masked(Writer& out, const YamlNode& node, std::string_view key) {
  switch (node.kind) {
    case YamlNode::Kind::kNull: out.null(); return;
    case YamlNode::Kind::kScalar:
      out.string(is_own(node, key)
                     ? node.scalar
                     : fmt::format("[{}]", base::count_of(node.scalar.size(), "byte")));
      return;
    case YamlNode::Kind::kSequence:
      out.begin_array();
      for (const YamlNode& item : node.items) write_masked(out, item, key);
      out.end_array();
      return;
    case YamlNode::Kind::kMapping:
      out.begin_object();
      for (const catalogue::YamlMember& member : node.members) {
        write_masked(out.key(member.key), member.value, member.key);
      }
      out.end_object();
      return;
  }
}

bool is_token_byte(unsigned char byte) {
  return std::isalnum(byte) != 0 ||
         std::string_view("+/_-.=~").find(static_cast<char>(byte)) != std::string_view::npos;
}

// Random bytes as text mix letters and digits; words, paths and ids of runs (hexadecimal, in small
// letters) do not mix all three kinds.
bool looks_secret(std::string_view word) {
  if (word.find(kOwnTokens) != std::string_view::npos) return true;
  const auto has = [&](int (*is)(int)) {
    return std::ranges::any_of(word, [&](unsigned char byte) { return is(byte) != 0; });
  };
  return word.size() >= kShortestToken && has(std::isupper) && has(std::islower) &&
         has(std::isdigit);
}

// Each data set's and reason's rejects as one, which says how many there were.
std::vector<run::RejectReport> counted(const std::vector<run::RejectReport>& rejects) {
  std::map<std::pair<std::string, std::string>, std::uint64_t> counts;
  for (const run::RejectReport& reject : rejects) ++counts[{reject.data_set, reject.reason}];
  std::vector<run::RejectReport> found;
  for (const auto& [which, count] : counts) {
    found.push_back({which.first, "", which.second, base::count_of(count, "record")});
  }
  return found;
}

}  // namespace

std::string definition_for_support(std::string_view yaml) {
  const catalogue::YamlFile file = catalogue::parse_yaml(yaml, "definition");
  std::string text;
  Writer out(text);
  write_masked(out, file.root, "");
  return text;
}

std::string report_for_support(std::string_view json) {
  base::Result<run::Report> report = run::read_report(json);
  if (!report.ok()) return {};
  report->rejects = counted(report->rejects);
  // They name keys of records.
  report->notices.clear();
  report->gate.notices.clear();
  for (run::LogLine& line : report->log) line.text = log_line_for_support(line.text);
  if (!report->gate.approved_by.empty()) report->gate.approved_by = "somebody";
  if (report->people) {
    for (auto* listed :
         {&report->people->ambiguous, &report->people->unknown, &report->people->refused}) {
      listed->objects.clear();
    }
  }
  return run::to_json(*report);
}

std::string log_line_for_support(std::string_view line) {
  std::string cleaned;
  for (std::size_t at = 0; at < line.size();) {
    const auto is_word = [&](std::size_t place) {
      const unsigned char byte = static_cast<unsigned char>(line[place]);
      return is_token_byte(byte) || byte == '@' || byte >= 0x80;
    };
    std::size_t end = at;
    while (end < line.size() && is_word(end)) ++end;
    const std::string_view word = line.substr(at, end - at);
    if (word.find('@') != std::string_view::npos) {
      cleaned += "[address]";
    } else {
      cleaned += looks_secret(word) ? kSecret : word;
    }
    if (end == at) cleaned += line[end++];
    at = end;
  }
  return cleaned;
}

}  // namespace muster::service
