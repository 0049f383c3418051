#include "sandbox/fault_rule.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <functional>

#include "base/text.h"
#include "json/writer.h"
#include "net/gzip.h"

namespace muster::sandbox {
namespace {

using base::Error;
using base::ErrorKind;
using json::Value;

constexpr std::int64_t kBiggestBomb = std::int64_t{1} << 30;
constexpr std::string_view kLoginPage =
    "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Sign "
    "in</form></body></html>";

Error wrong(std::string message) {
  return Error{ErrorKind::kSettings, "sandbox_faults", std::move(message)};
}

// One key of a rule or an action: reads its value into Target.
template <typename Target>
struct Field {
  std::string_view name;
  base::Status (*read)(Target& target, const Value& value);
};

template <typename Target>
base::Status read_fields(std::span<const Field<Target>> fields, const Value& from, Target& target,
                         std::string_view what) {
  if (!from.is_object()) return wrong(fmt::format("{} must be an object", what));
  for (const json::Member& member : from.members()) {
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const auto& each) { return each.name == member.key; });
    if (field == fields.end()) {
      std::vector<std::string_view> names;
      for (const auto& each : fields) names.push_back(each.name);
      return wrong(fmt::format("'{}' is no key of {}; there are {}", member.key, what,
                               fmt::join(names, ", ")));
    }
    TRY_AT(field->read(target, member.value), member.key);
  }
  return {};
}

base::Status read_text(const Value& value, std::string& out) {
  if (!value.is_string()) return wrong("a text is expected");
  out = value.text();
  return {};
}

base::Status read_number(const Value& value, std::int64_t most, std::int64_t& out) {
  const auto number = value.integer();
  if (!number || *number < 0 || *number > most) {
    return wrong(fmt::format("a number from 0 to {} is expected", most));
  }
  out = *number;
  return {};
}

template <typename Number>
base::Status read_into(const Value& value, Number& out, std::int64_t most = std::int64_t{1} << 40) {
  std::int64_t number = 0;
  TRY(read_number(value, most, number));
  out = Number(number);
  return {};
}

base::Status read_flag(const Value& value, bool& out) {
  if (!value.is_bool()) return wrong("true or false is expected");
  out = value.boolean();
  return {};
}

base::Status read_headers(const Value& value, std::vector<net::Header>& out) {
  if (!value.is_object()) return wrong("an object of header names and values is expected");
  for (const json::Member& member : value.members()) {
    out.push_back({std::string(member.key), std::string(member.value.text())});
  }
  return {};
}

base::Status read_body(const Value& value, std::string& out) {
  if (value.is_string()) {
    out = value.text();
  } else {
    json::Writer(out).value(value);
  }
  return {};
}

base::Status read_replace(FaultAction& action, const Value& value) {
  const Value* from = value.find("from");
  const Value* to = value.find("to");
  if (from == nullptr || to == nullptr) return wrong("{\"from\": ..., \"to\": ...} is expected");
  if (const Value* everywhere = value.find("everywhere")) {
    action.replace_everywhere = everywhere->boolean();
  }
  TRY(read_text(*from, action.replace_from));
  return read_text(*to, action.replace_to);
}

void make_html(FaultAction& action) {
  action.status = 200;
  action.headers.push_back({"Content-Type", "text/html; charset=utf-8"});
  action.body = kLoginPage;
}

base::Status read_bomb(FaultAction& action, const Value& value) {
  std::int64_t size = 0;
  TRY(read_number(value, kBiggestBomb, size));
  // Blanks are JSON: a reader without a limit would go on reading.
  action.bomb = std::make_shared<const std::string>(
      net::gzip(std::string(static_cast<std::size_t>(size), ' ')));
  return {};
}

using Action = FaultAction;
constexpr Field<Action> kActionFields[] = {
    {"status", [](Action& a, const Value& v) { return read_into(v, a.status.emplace(), 599); }},
    {"headers", [](Action& a, const Value& v) { return read_headers(v, a.headers); }},
    {"body", [](Action& a, const Value& v) { return read_body(v, a.body); }},
    {"echo", [](Action& a, const Value& v) { return read_flag(v, a.echo); }},
    {"html_200",
     [](Action& a, const Value& v) -> base::Status {
       bool wanted = false;
       TRY(read_flag(v, wanted));
       if (wanted) make_html(a);
       return {};
     }},
    {"gzip_bomb", read_bomb},
    {"reset", [](Action& a, const Value& v) { return read_flag(v, a.reset); }},
    {"handled", [](Action& a, const Value& v) { return read_flag(v, a.handled); }},
    {"cut_after", [](Action& a, const Value& v) { return read_into(v, a.cut_after); }},
    {"drip", [](Action& a, const Value& v) { return read_into(v, a.drip, 60'000); }},
    {"delay", [](Action& a, const Value& v) { return read_into(v, a.delay, 3'600'000); }},
    {"truncate", [](Action& a, const Value& v) { return read_into(v, a.truncate.emplace()); }},
    {"replace", read_replace},
    {"prepend", [](Action& a, const Value& v) { return read_text(v, a.prepend); }},
    {"gzip_twice", [](Action& a, const Value& v) { return read_flag(v, a.gzip_twice); }},
    {"extra_headers",
     [](Action& a, const Value& v) { return read_into(v, a.extra_headers, 100'000); }},
    {"empty_page", [](Action& a, const Value& v) { return read_flag(v, a.empty_page); }},
    {"repeat_row", [](Action& a, const Value& v) { return read_flag(v, a.repeat_row); }},
    {"drop_row", [](Action& a, const Value& v) { return read_flag(v, a.drop_row); }},
    {"endless_link", [](Action& a, const Value& v) { return read_flag(v, a.endless_link); }},
    {"fail_last_page", [](Action& a, const Value& v) { return read_flag(v, a.fail_last_page); }},
    {"foreign_link", [](Action& a, const Value& v) { return read_text(v, a.foreign_link); }},
};

base::Status read_action(FaultRule& rule, const Value& value) {
  auto action = std::make_shared<FaultAction>();
  TRY(read_fields(std::span<const Field<Action>>(kActionFields), value, *action, "an action"));
  rule.action = std::move(action);
  return {};
}

base::Status read_regex(FaultRule& rule, const Value& value) {
  auto regex = std::make_shared<re2::RE2>(std::string(value.text()), re2::RE2::Quiet);
  if (!regex->ok()) return wrong(fmt::format("not a regular expression: {}", regex->error()));
  rule.path_regex = std::move(regex);
  return {};
}

base::Status read_probability(FaultRule& rule, const Value& value) {
  rule.probability = value.real();
  if (!rule.probability || *rule.probability < 0 || *rule.probability > 1) {
    return wrong("a number from 0 to 1 is expected");
  }
  return {};
}

constexpr Field<FaultRule> kRuleFields[] = {
    {"service", [](FaultRule& r, const Value& v) { return read_text(v, r.service); }},
    {"method", [](FaultRule& r, const Value& v) { return read_text(v, r.method); }},
    {"path_prefix", [](FaultRule& r, const Value& v) { return read_text(v, r.path_prefix); }},
    {"path_regex", read_regex},
    {"nth", [](FaultRule& r, const Value& v) { return read_into(v, r.nth.emplace()); }},
    {"every",
     [](FaultRule& r, const Value& v) -> base::Status {
       TRY(read_into(v, r.every.emplace()));
       if (*r.every == 0) return wrong("at least 1 is expected");
       return {};
     }},
    {"times", [](FaultRule& r, const Value& v) { return read_into(v, r.times.emplace()); }},
    {"probability", read_probability},
    {"batch", [](FaultRule& r, const Value& v) { return read_flag(v, r.batch); }},
    {"action", read_action},
};

}  // namespace

bool FaultRule::matches(std::string_view of_service, std::string_view of_method,
                        std::string_view target, bool in_batch) const {
  if (batch != in_batch) return false;
  if (!service.empty() && service != of_service) return false;
  if (!method.empty() && !base::equals_ignoring_case(method, of_method)) return false;
  if (!target.starts_with(path_prefix)) return false;
  return path_regex == nullptr ||
         re2::RE2::PartialMatch(re2::StringPiece(target.data(), target.size()), *path_regex);
}

base::Result<std::vector<FaultRule>> parse_fault_rules(const Value& rules) {
  const Value* list = &rules;
  if (rules.is_object()) list = rules.find("rules");
  if (list == nullptr || !list->is_array()) {
    return wrong("an array of fault rules is expected, or an object with \"rules\"");
  }
  std::vector<FaultRule> parsed;
  for (const Value& item : list->items()) {
    FaultRule rule;
    const std::string place = fmt::format("rule {}", parsed.size() + 1);
    TRY_AT(read_fields(std::span<const Field<FaultRule>>(kRuleFields), item, rule, "a rule"),
           place);
    if (rule.action == nullptr) return wrong("the rule has no \"action\"").at(place);
    json::Writer(rule.text).value(item);
    parsed.push_back(std::move(rule));
  }
  return parsed;
}

}  // namespace muster::sandbox
