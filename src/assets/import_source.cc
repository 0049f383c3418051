#include "assets/import_source.h"

#include <fmt/format.h>

#include "assets/explain.h"
#include "assets/mapping_document.h"
#include "base/text.h"
#include "net/url.h"

namespace muster::assets {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using base::Stop;

constexpr std::chrono::seconds kCleanUpWithin{5};
constexpr std::chrono::minutes kMappingWithin{10};  // no time is documented
// What was read grows old meanwhile; a later run brings newer data.
constexpr std::chrono::minutes kProcessedWithin{15};
// Up to here Assets answers when the mapping is taken, which saves a round trip and a wait. Larger
// ones could outlast a gateway on the way.
constexpr std::size_t kSmallMapping = std::size_t{32} << 10;
constexpr std::chrono::seconds kFreshWithin{1};

Result<std::string> link_at(const AssetsApi& api, const json::Value& answer,
                            std::string_view name) {
  const json::Value* links = answer.find("links");
  const std::string link = links ? text_at(*links, name) : std::string();
  if (link.empty()) {
    return Error{ErrorKind::kMalformed, "destination_unavailable",
                 fmt::format("Assets did not name the link '{}' of the import.", name)};
  }
  return api.trusted_link(link);
}

std::string with_async(const std::string& link) {
  return link + (link.find('?') == std::string::npos ? "?" : "&") + "async=true";
}

}  // namespace

Status ImportSource::load(const Stop& stop) {
  const json::Document info = TRY(api_.read("reading the import's links", api_.info_url(), stop));
  status_link_ = TRY(link_at(api_, info.root(), "getStatus"));
  mapping_link_ = TRY(link_at(api_, info.root(), "mapping"));
  start_link_ = TRY(link_at(api_, info.root(), "start"));
  return {};
}

// The links belong to the token that asked for them, and their form has changed before; the two ids
// in them do not.
std::string ImportSource::target() const {
  const std::string path = start_link_.substr(0, start_link_.find('?'));
  const auto id_after = [&](std::string_view name) {
    const std::size_t at = path.find(name);
    if (at == std::string::npos) return std::string();
    const std::size_t begin = at + name.size();
    return path.substr(begin, path.find('/', begin) - begin);
  };
  const std::string workspace = id_after("/workspace/");
  const std::string source = id_after("/importsource/");
  if (workspace.empty() || source.empty()) return path;
  return fmt::format("workspace/{}/importsource/{}", workspace, source);
}

Result<std::string> ImportSource::status(const Stop& stop) {
  const json::Document answer = TRY(api_.read("reading the import's status", status_link_, stop));
  return text_at(answer.root(), "status");
}

std::string ImportSource::execution_link(std::string_view execution_id) const {
  return start_link_ + "/" + base::percent_encode(execution_id);
}

LatestExecution ImportSource::latest_execution(const Stop& stop) {
  const Call call{.doing = "reading the most recent execution", .url = start_link_ + "/status"};
  const Result<net::Response> answer =
      stop.stop_requested() ? api_.send_once(call, kCleanUpWithin) : api_.send(call, stop);
  if (!answer.ok()) return {};
  if ((*answer).status == 404) return {.known = true, .answered = true};  // none
  if ((*answer).status != 200) return {};
  const Result<json::Document> document = json::Document::parse((*answer).body);
  if (!document.ok()) return {};
  const json::Value& root = (*document).root();
  // The id was seen in practice but no document promises it.
  const std::string id = execution_id_at(root, "executionId");
  return {.known = !id.empty(), .answered = true, .id = id, .status = text_at(root, "status")};
}

// A refused DELETE is no failure here: the execution may not be open yet, or be over already.
Status ImportSource::cancel(std::string_view execution_id, const Stop& stop) {
  const base::Instant deadline = api_.scheduler().now() + api_.settings().ingesting_within;
  Pauses pauses(std::chrono::milliseconds(250), std::chrono::seconds(5));
  for (std::uint32_t asked = 1;; ++asked) {
    TRY(api_.send({.doing = "cancelling an execution",
                   .method = "DELETE",
                   .url = execution_link(execution_id)},
                  stop));
    if (TRY(status(stop)) != "RUNNING") return {};
    if (api_.scheduler().now() >= deadline && asked >= kFewestPolls) {
      return busy(
          "An execution that muster left open is being cancelled, but Assets still calls the "
          "import running. Try again in a few minutes.");
    }
    TRY(api_.wait(pauses, stop));
  }
}

Result<std::string> ImportSource::free_from(const Leftover& leftover, const Stop& stop) {
  const std::string now = TRY(status(stop));
  if (now != "RUNNING") return now;
  if (!leftover.exists()) return busy(advice_for(now));
  // Only one execution can be open at a time, so when ours is, it is the one in the way.
  std::string id = leftover.execution_id;
  std::string state = id.empty() ? std::string() : TRY(state_of(id, stop));
  const bool is_over = state != "INGESTING" && state != "PROCESSING";
  if (is_over && leftover.started_after) {
    // It died while it made the start once more, or for the first time.
    const LatestExecution latest = latest_execution(stop);
    if (!latest.known || latest.id.empty() || latest.id == *leftover.started_after ||
        latest.id == id) {
      return busy(advice_for(now));
    }
    id = latest.id;
    state = TRY(state_of(id, stop));
  }
  if (state == "PROCESSING") return wait_until_processed(stop);
  if (state != "INGESTING") return busy(advice_for(now));
  api_.logger().warn("cancelling execution {}, which an earlier run left open", id);
  TRY(cancel(id, stop));
  return status(stop);
}

Result<std::string> ImportSource::state_of(std::string_view execution_id, const Stop& stop) {
  const net::Response answer = TRY(api_.send(
      {.doing = "reading an earlier execution", .url = execution_link(execution_id) + "/status"},
      stop));
  if (answer.status != 200) return std::string();
  const Result<json::Document> document = json::Document::parse(answer.body);
  return document.ok() ? text_at((*document).root(), "status") : std::string();
}

// The earlier run's process died (or was stopped) after its completing call.
Result<std::string> ImportSource::wait_until_processed(const Stop& stop) {
  api_.logger().warn("waiting until Assets has processed what an earlier run handed over");
  const base::Instant deadline = api_.scheduler().now() + kProcessedWithin;
  Pauses pauses(std::chrono::milliseconds(250), std::chrono::seconds(10));
  while (true) {
    TRY(api_.wait(pauses, stop));
    const std::string now = TRY(status(stop));
    if (now != "RUNNING") return now;
    if (api_.scheduler().now() < deadline) continue;
    return busy(
        "Assets is still processing the data of an earlier run of this importer. Try again "
        "when it has finished.");
  }
}

Status ImportSource::send_mapping(const catalogue::ObjectSchema& schema, bool is_first,
                                  const Stop& stop) {
  constexpr std::string_view kDoing = "sending the schema and mapping";
  Call call{.doing = kDoing,
            .method = is_first ? "PUT" : "PATCH",
            .url = mapping_link_,
            .body = mapping_document(schema)};
  if (call.body.size() > kSmallMapping) call.url = with_async(call.url);
  const net::Response answer = TRY(send_and_look(std::move(call), stop));
  if (answer.status == 303) {
    const std::string* location = net::find_header(answer.headers, "Location");
    if (!location) return not_from_assets(kDoing);
    return wait_for_mapping(TRY(api_.trusted_link(*location)), schema, stop);
  }
  if (!is_success(answer))
    return explain_mapping(with_words(refused(kDoing, answer)), schema, stop);
  if (is_web_page(answer.body)) return not_from_assets(kDoing);
  return {};
}

// Which execution was the last one has to be known before ours is started; asked meanwhile.
Result<net::Response> ImportSource::send_and_look(Call call, const Stop& stop) {
  seen_.reset();
  const auto looking = api_.scheduler().start("look for executions", [&] {
    seen_ = latest_execution(stop);
    seen_at_ = api_.scheduler().now();
  });
  Result<net::Response> answer = send_until_taken(std::move(call), stop);
  looking->join();
  return answer;
}

LatestExecution ImportSource::execution_before(const Stop& stop) {
  const bool is_fresh = seen_ && seen_->known && api_.scheduler().now() - seen_at_ < kFreshWithin;
  return is_fresh ? *seen_ : latest_execution(stop);
}

// 409 to a PUT: there is a mapping after all. 409 to a PATCH: Assets is busy taking one, perhaps
// ours whose answer got lost.
Result<net::Response> ImportSource::send_until_taken(Call call, const Stop& stop) {
  const base::Instant deadline = api_.scheduler().now() + kMappingWithin;
  Pauses pauses(std::chrono::seconds(1), std::chrono::seconds(10));
  while (true) {
    net::Response answer = TRY(api_.send(call, stop));
    if (answer.status != 409 || api_.scheduler().now() >= deadline) return answer;
    if (call.method == "PUT") {
      call.method = "PATCH";
    } else {
      TRY(api_.wait(pauses, stop));
    }
  }
}

Status ImportSource::wait_for_mapping(std::string location, const catalogue::ObjectSchema& schema,
                                      const Stop& stop) {
  constexpr std::string_view kDoing = "waiting for the schema and mapping";
  const base::Instant deadline = api_.scheduler().now() + kMappingWithin;
  Pauses pauses(kFirstPause, std::chrono::seconds(10));
  while (api_.scheduler().now() < deadline) {
    TRY(api_.wait(pauses, stop));
    const json::Document progress = TRY(api_.read(kDoing, location, stop));
    const std::string state = text_at(progress.root(), "progressStatus");
    const std::string result = text_at(progress.root(), "result");
    // FINISHED is the only name of a status that is documented.
    const bool failed = state == "FAILED" || state == "ERROR" || state == "CANCELLED";
    if (state != "FINISHED" && !failed) continue;
    if (!failed && (result.empty() || result == "OK")) return {};
    Error refusal{ErrorKind::kDenied, "destination_rejected",
                  fmt::format("Assets did not take the schema and mapping ({}): {}.",
                              base::printable(result.empty() ? state : result, 40),
                              joined(texts_of(progress.root().find("resultMessage"))))};
    return explain_mapping(std::move(refusal), schema, stop);
  }
  return Error{ErrorKind::kUnavailable, "destination_unavailable",
               fmt::format("Assets did not finish taking the schema and mapping within {}.",
                           base::format_duration(kMappingWithin))};
}

// Assets names codes and ids at best; comparing with what it holds says which title to put back.
Error ImportSource::explain_mapping(Error refusal, const catalogue::ObjectSchema& schema,
                                    const Stop& stop) {
  refusal.message += links_text(schema);
  const Result<std::vector<std::string>> differences = frozen(schema, stop);
  return !differences.ok() || differences->empty() ? refusal : schema_frozen(*differences);
}

Result<std::vector<std::string>> ImportSource::frozen(const catalogue::ObjectSchema& schema,
                                                      const Stop& stop) {
  constexpr std::string_view kMapping = "/mapping";
  if (!mapping_link_.ends_with(kMapping)) return std::vector<std::string>();
  std::string link = mapping_link_.substr(0, mapping_link_.size() - kMapping.size());
  link += "/schema-and-mapping";
  const json::Document existing = TRY(api_.read("reading the schema", link, stop));
  return frozen_differences(schema, existing.root());
}

std::string execution_id_at(const json::Value& answer, std::string_view key) {
  std::string id = text_at(answer, key);
  const bool is_segment =
      base::is_code(id) && id.find('/') == std::string::npos && id != "." && id != "..";
  return is_segment ? id : std::string();
}

std::string advice_for(std::string_view status) {
  if (status == "RUNNING") {
    return "Another execution of this import is under way in Assets, and only one can be. Wait "
           "until it has ended, or cancel it there.";
  }
  if (status == "DISABLED") {
    return fmt::format("The import is disabled in Assets. Enable it in {}.", kWhereImportsAre);
  }
  return "";
}

Error busy(std::string_view why) {
  return {ErrorKind::kConflict, "destination_busy", std::string(why)};
}

Error disabled() { return {ErrorKind::kDenied, "destination_unavailable", advice_for("DISABLED")}; }

}  // namespace muster::assets
