// Control calls below /_sandbox/assets: what an admin does in Assets' screens, and faults.
#include "base/text.h"
#include "json/writer.h"
#include "sandbox/assets/exchange.h"
#include "sandbox/assets/service_state.h"

namespace muster::sandbox {
namespace {

using assets::AssetsFaults;
using assets::Exchange;
using assets::ImportSource;
using assets::Site;
using assets::TypePolicy;
using json::Value;
using net::ServerResponse;

ServerResponse done() { return json_response(200, R"({"ok":true})"); }
ServerResponse wrong(std::string_view message) { return assets::error_answer(400, message); }

std::string text_of(const Exchange& exchange, std::string_view name) {
  const Value* value = exchange.body->find(name);
  return value == nullptr ? std::string() : std::string(value->text());
}

ImportSource* source_named(const Exchange& exchange) {
  const Value* number = exchange.body->find("source");
  const std::int64_t index = number == nullptr ? 0 : number->integer().value_or(-1);
  const auto size = static_cast<std::int64_t>(exchange.site.sources.size());
  if (index < 0 || index >= size) return nullptr;
  return &exchange.site.sources[static_cast<std::size_t>(index)];
}

// POST /policy {"type":"Entra User","missing":"remove","attribute":"..","value":"..",
//               "ignore_case":true,"empty":"ignore","unknown":"add"}; only what is given changes.
// With "source": for the mapping of that import source alone.
ServerResponse set_policy(Exchange& exchange) {
  const std::string type = text_of(exchange, "type");
  if (type.empty()) return wrong("type: the name of an object type");
  const bool of_one = exchange.body->find("source") != nullptr;
  ImportSource* source = of_one ? source_named(exchange) : nullptr;
  if (of_one && source == nullptr) return wrong("source: a number from 0");
  assets::Policies& policies = of_one ? source->policies : exchange.site.policies;
  TypePolicy policy = policies[type];
  for (const auto& [name, value] : exchange.body->members()) {
    if (name == "missing" && value.text() == "ignore") {
      policy.missing = assets::MissingPolicy::kIgnore;
    } else if (name == "missing" && value.text() == "remove") {
      policy.missing = assets::MissingPolicy::kRemove;
    } else if (name == "missing" && value.text() == "update") {
      policy.missing = assets::MissingPolicy::kUpdate;
    } else if (name == "attribute" && value.is_string()) {
      policy.missing_attribute = std::string(value.text());
    } else if (name == "value" && value.is_string()) {
      policy.missing_value = std::string(value.text());
    } else if (name == "ignore_case" && value.is_bool()) {
      policy.ignore_case = value.boolean();
    } else if (name == "empty" && (value.text() == "ignore" || value.text() == "remove")) {
      policy.empty =
          value.text() == "ignore" ? assets::EmptyPolicy::kIgnore : assets::EmptyPolicy::kRemove;
    } else if (name == "unknown" && (value.text() == "ignore" || value.text() == "add")) {
      policy.unknown =
          value.text() == "ignore" ? assets::UnknownPolicy::kIgnore : assets::UnknownPolicy::kAdd;
    } else if (name != "type" && name != "source") {
      return wrong(fmt::format("{}: not known, or no value for it", name));
    }
  }
  policies[type] = std::move(policy);
  return done();
}

// POST /source {"source":0,"disabled":true}
ServerResponse set_source(Exchange& exchange) {
  ImportSource* source = source_named(exchange);
  const Value* disabled = exchange.body->find("disabled");
  if (source == nullptr || disabled == nullptr || !disabled->is_bool())
    return wrong("source: a number from 0; disabled: true or false");
  source->disabled = disabled->boolean();
  return done();
}

// POST /token {"source":0}: a new token, as after "Generate new token" in Assets.
ServerResponse new_token(Exchange& exchange) {
  ImportSource* source = source_named(exchange);
  if (source == nullptr) return wrong("source: a number from 0");
  return json_response(200, fmt::format(R"({{"token":"{}"}})", exchange.site.new_token(*source)));
}

bool take_lost_answers(const Value& value, AssetsFaults& faults) {
  if (!value.is_object()) return false;
  for (const auto& [operation, answers] : value.members()) {
    const Value* skip = answers.find("skip");
    const Value* count = answers.find("count");
    if (count == nullptr || count->integer().value_or(-1) < 0) return false;
    faults.lost_answers[std::string(operation)] = {
        .skip = static_cast<std::uint32_t>(skip == nullptr ? 0 : skip->integer().value_or(0)),
        .count = static_cast<std::uint32_t>(*count->integer())};
  }
  return true;
}

bool take_next_result(const Value& value, AssetsFaults& faults) {
  if (!value.is_object()) return false;
  assets::BadResult result;
  if (const Value* text = value.find("result")) result.result = std::string(text->text());
  if (const Value* writes = value.find("writes_objects")) result.writes_objects = writes->boolean();
  if (const Value* errors = value.find("errors"))
    for (const Value& error : errors->items()) result.errors.emplace_back(error.text());
  faults.next_result = std::move(result);
  return true;
}

bool take_fault(std::string_view name, const Value& value, AssetsFaults& faults) {
  const std::int64_t number = value.integer().value_or(-1);
  if (name == "lost_answers") return take_lost_answers(value, faults);
  if (name == "next_result") return take_next_result(value, faults);
  if (name == "stuck" && value.is_bool()) return faults.stuck = value.boolean(), true;
  if (name == "accept_early_data" && value.is_bool())
    return faults.accept_early_data = value.boolean(), true;
  if (name == "count_duplicates" && value.is_bool())
    return faults.count_duplicates = value.boolean(), true;
  if (number < 0) return false;
  if (name == "revoke_after_chunks")
    return faults.revoke_after_chunks = static_cast<std::uint32_t>(number), true;
  if (name == "max_body") return faults.max_body = static_cast<std::size_t>(number), true;
  if (name == "object_limit") return faults.object_limit = static_cast<std::size_t>(number), true;
  return false;
}

// POST /faults {...}: the fields of AssetsFaults by name; only what is given changes.
ServerResponse set_faults(Exchange& exchange) {
  AssetsFaults faults = exchange.site.settings.faults;
  for (const auto& [name, value] : exchange.body->members())
    if (!take_fault(name, value, faults))
      return wrong(fmt::format("{}: not known, or no value for it", name));
  exchange.site.settings.faults = std::move(faults);
  return done();
}

// DELETE /faults: none any more.
ServerResponse clear_faults(Exchange& exchange) {
  exchange.site.settings.faults = {};
  return done();
}

// POST /unstick: executions that were kept in PROCESSING may end.
ServerResponse unstick(Exchange& exchange) {
  exchange.site.settings.faults.stuck = false;
  for (ImportSource& source : exchange.site.sources)
    if (assets::Execution* execution = source.running()) execution->stuck = false;
  return done();
}

// GET /executions: every execution with its states and chunks.
ServerResponse list_executions(Exchange& exchange) {
  std::string body;
  json::Writer writer(body);
  writer.begin_array();
  for (const ImportSource& source : exchange.site.sources)
    for (const auto& execution : source.executions) {
      writer.begin_object().key("source").string(source.id).key("id").string(execution->id);
      writer.key("states").begin_array();
      for (const assets::StateChange& change : execution->history)
        writer.string(assets::to_string(change.state, exchange.site.settings));
      writer.end_array().key("failureReasons").begin_array();
      for (const std::string& reason : execution->failure_reasons) writer.string(reason);
      writer.end_array().key("chunks").begin_array();
      for (const assets::ReceivedChunk& chunk : execution->chunks) {
        writer.begin_object().key("clientGeneratedId").string(chunk.client_generated_id);
        writer.key("bytes").number(std::uint64_t{chunk.bytes});
        writer.key("duplicate").boolean(chunk.duplicate).key("counts").begin_object();
        for (const auto& [selector, count] : chunk.counts)
          writer.key(selector).number(std::uint64_t{count});
        writer.end_object().end_object();
      }
      writer.end_array().end_object();
    }
  writer.end_array();
  return json_response(200, std::move(body));
}

constexpr assets::Route kRoutes[] = {
    {"POST", "/policy", set_policy, ""},         {"POST", "/source", set_source, ""},
    {"POST", "/token", new_token, ""},           {"POST", "/faults", set_faults, ""},
    {"DELETE", "/faults", clear_faults, ""},     {"POST", "/unstick", unstick, ""},
    {"GET", "/executions", list_executions, ""},
};

}  // namespace

ServerResponse AssetsService::control(const Call& call) {
  const assets::Routing routing = assets::find_route(kRoutes, call.method, call.path);
  if (routing.route == nullptr) return assets::error_answer(404, "no such control call");
  const auto document = json::Document::parse(call.body.empty() ? "{}" : std::string(call.body));
  if (!document.ok() || !document->root().is_object()) return wrong("a JSON object is needed");
  const base::Monitor::Lock lock(state_->monitor);
  const assets::Clock clock = state_->clock();
  state_->site->settle(clock);
  Exchange exchange{.call = call, .site = *state_->site, .clock = clock, .body = &document->root()};
  return routing.route->handler(exchange);
}

}  // namespace muster::sandbox
