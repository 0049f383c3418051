#include "tests/checker/observer.h"

#include <fmt/format.h>

#include "json/value.h"
#include "json/writer.h"
#include "tests/checker/entra.h"

namespace muster::checker {
namespace {

using json::Value;

thread_local std::string own_name = "first";

// "http://host:1/path?a=b" -> "http://host:1", "/path?a=b"
std::pair<std::string, std::string> split_url(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t path = scheme == std::string::npos ? 0 : url.find('/', scheme + 3);
  if (path == std::string::npos) return {url, "/"};
  return {url.substr(0, path), url.substr(path)};
}

// The id of the execution that a starting call was told about, from its links.
std::string started_in(std::string_view answer) {
  constexpr std::string_view kBefore = "/executions/";
  const std::size_t at = answer.find(kBefore);
  if (at == std::string_view::npos) return "";
  answer.remove_prefix(at + kBefore.size());
  return std::string(answer.substr(0, answer.find_first_of("/?\"")));
}

std::optional<Page> read_page(std::string_view target, const Value& answer) {
  const Value* rows = answer.find("value");
  if (rows == nullptr || !rows->is_array()) return std::nullopt;
  Page page;
  for (const Value& row : rows->items()) page.keys.push_back(entra::record_key(target, row));
  if (const Value* next = answer.find("@odata.nextLink")) page.next = std::string(next->text());
  return page;
}

bool is_filled(const Value& value) {
  if (value.is_array()) return !value.items().empty();
  return value.is_bool() || !value.text().empty();
}

std::string rewritten(const Value& value) {
  std::string text;
  json::Writer(text).value(value);
  return text;
}

std::optional<Submission> read_submission(const std::string& body) {
  const auto document = json::Document::parse(body);
  if (!document.ok()) return std::nullopt;
  const Value& root = document->root();
  Submission submission;
  if (const Value* id = root.find("clientGeneratedId")) {
    submission.client_generated_id = std::string(id->text());
  }
  if (const Value* completed = root.find("completed")) submission.completes = completed->boolean();
  const Value* data = root.find("data");
  if (data == nullptr) return submission.completes ? std::optional(submission) : std::nullopt;
  submission.content = std::hash<std::string>()(rewritten(*data));
  for (const json::Member& set : data->members()) {
    auto& objects = submission.objects[std::string(set.key)];
    for (const Value& object : set.value.items()) {
      SentObject sent{
          entra::object_key(set.key, object), std::hash<std::string>()(rewritten(object)), {}, {}};
      for (const json::Member& field : object.members()) {
        (is_filled(field.value) ? sent.filled : sent.emptied).emplace(field.key);
      }
      objects.push_back(std::move(sent));
    }
  }
  return submission;
}

}  // namespace

Order Observer::mark() {
  if (history_.moments.empty()) history_.moments.emplace_back();  // 0 is before everything
  const auto micros = std::chrono::floor<std::chrono::microseconds>(scheduler_.now().since_start);
  history_.moments.push_back({static_cast<std::uint64_t>(micros.count()), own_name});
  return history_.moments.size() - 1;
}

void Observer::note(const std::string& run, std::string text) {
  history_.notes.push_back({mark(), run, std::move(text)});
}

void Observer::name_thread(std::string name) { own_name = std::move(name); }
const std::string& Observer::thread_name() { return own_name; }

void Observer::know_source_secret(std::string secret) {
  history_.secrets.push_back(secret);
  source_secrets_.insert(std::move(secret));
}

void Observer::know_destination_token(std::string token) {
  if (!destination_tokens_.insert(token).second) return;
  history_.secrets.push_back(std::move(token));
}

Credential Observer::credential_of(const net::Request& request) const {
  const std::string_view bearer = request.bearer.reveal();
  if (source_secrets_.contains(bearer) && !bearer.empty()) return Credential::kSource;
  if (destination_tokens_.contains(bearer)) return Credential::kDestination;
  if (!bearer.empty()) return Credential::kUnknown;
  for (const std::string& secret : source_secrets_) {
    if (request.body.find(secret) != std::string::npos) return Credential::kSource;
  }
  return Credential::kNone;
}

std::size_t Observer::sent(const std::string& run, const net::Request& request) {
  Call call;
  call.at = mark();
  call.run = run;
  std::tie(call.origin, call.target) = split_url(request.url);
  call.method = request.method;
  call.credential = credential_of(request);
  if (request.method == "POST" && call.target.ends_with("/data")) {
    call.submission = read_submission(request.body);
  }
  history_.calls.push_back(std::move(call));
  return history_.calls.size() - 1;
}

void Observer::answered(std::size_t index, const net::Request& request,
                        const base::Result<net::Response>& outcome,
                        const sandbox::JournalEntry* entry, std::string text) {
  {
    Call& call = history_.calls[index];
    call.answered = mark();
    call.faulted = entry != nullptr && entry->faulted;
    call.text = std::move(text);
    if (!outcome.ok()) {
      if (call.text.empty()) call.text = outcome.error().message;
      return;
    }
    call.status = outcome->status;
  }
  const Call call = history_.calls[index];  // a copy: items are added to the list
  const auto document = json::Document::parse(outcome->body);
  if (!document.ok()) return;
  if (call.method == "POST" && call.target.ends_with("/$batch")) {
    return add_batch_items(index, request, outcome->body);
  }
  if (call.method == "POST" && call.target.ends_with("/executions") && call.status < 300) {
    history_.calls[index].started = started_in(outcome->body);
  }
  if (call.method == "POST" && call.status == 200) {
    if (const Value* token = document->root().find("access_token")) {
      know_source_secret(std::string(token->text()));
    }
  }
  if (call.method == "GET") history_.calls[index].page = read_page(call.target, document->root());
}

void Observer::add_batch_items(std::size_t index, const net::Request& request,
                               std::string_view body) {
  const auto asked = json::Document::parse(request.body);
  const auto answer = json::Document::parse(std::string(body));
  if (!asked.ok() || !answer.ok()) return;
  const Call batch = history_.calls[index];
  const std::string root =
      batch.target.substr(0, batch.target.size() - std::string("/$batch").size());
  const Value* requests = asked->root().find("requests");
  const Value* responses = answer->root().find("responses");
  if (requests == nullptr || responses == nullptr) return;
  for (const Value& one : requests->items()) {
    Call item = batch;
    item.submission.reset();
    item.inside_batch = true;
    item.method = one.find("method") == nullptr ? "GET" : std::string(one.find("method")->text());
    const Value* url = one.find("url");
    const Value* id = one.find("id");
    if (url == nullptr || id == nullptr) continue;
    item.target = root + std::string(url->text());
    item.status = 0;
    for (const Value& response : responses->items()) {
      const Value* same = response.find("id");
      if (same == nullptr || same->text() != id->text()) continue;
      const Value* status = response.find("status");
      item.status = status == nullptr ? 0 : static_cast<int>(status->integer().value_or(0));
      if (const Value* inner = response.find("body")) item.page = read_page(item.target, *inner);
    }
    history_.calls.push_back(std::move(item));
  }
}

void Observer::look_at_source(sandbox::Sandbox& sandbox) {
  Truth truth = entra::read_truth(sandbox);
  truth.since = history_.truths.empty() ? 0 : mark();
  history_.truths.push_back(std::move(truth));
}

void Observer::look_at_assets(sandbox::Sandbox& sandbox, const Importer& importer) {
  Holdings held;
  held.importer = importer.name;
  const std::string prefix = fmt::format("muster/{}/", importer.name);
  std::map<std::uint32_t, std::string> keys;
  std::vector<std::pair<std::string, sandbox::AssetsService::HeldObject>> objects;
  for (const auto& type : sandbox.assets().types()) {
    if (!type.external_id.starts_with(prefix)) continue;
    const std::string title = entra::key_title(type.name);
    held.types[type.name];
    sandbox.assets().each_of(type.id, [&](const sandbox::AssetsService::HeldObject& object) {
      keys[object.id] = object.value(title);
      objects.emplace_back(type.name, object);
    });
  }
  for (auto& [type, one] : objects) {
    Object object;
    object.id = one.id;
    object.label = one.label;
    for (auto& [title, values] : one.values) object.values[title] = values;
    for (auto& [title, targets] : one.references) {
      for (const std::uint32_t target : targets) object.references[title].insert(keys[target]);
    }
    const std::string& key = keys[one.id];
    if (!held.types[type].emplace(key, std::move(object)).second) {
      held.duplicates.push_back({type, key});
    }
  }
  held.at = mark();
  history_.holdings.push_back(std::move(held));
}

void Observer::look_at_executions(sandbox::Sandbox& sandbox) {
  history_.executions.clear();
  for (const auto& held : sandbox.assets().executions()) {
    Execution execution;
    execution.id = held.id;
    execution.source_id = sandbox.assets().source_id(held.import_source);
    execution.states = held.states;
    for (const auto& chunk : held.chunks) {
      execution.chunks.push_back({chunk.client_generated_id, chunk.duplicate, chunk.completed});
    }
    for (const auto& type : held.types) execution.duplicates += type.duplicates;
    history_.executions.push_back(std::move(execution));
  }
}

}  // namespace muster::checker
