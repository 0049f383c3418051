// One batch: put together, sent, taken apart, and every item judged by itself.
#include "base/text.h"
#include "json/writer.h"
#include "source/addresses.h"
#include "source/answers.h"
#include "source/listing.h"
#include "source/parent_reader.h"

namespace muster::source {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

Error protocol(std::string message, const std::string& where) {
  return Error{ErrorKind::kMalformed, "source_protocol", std::move(message), where};
}

std::vector<net::Header> read_headers(const json::Value* headers) {
  std::vector<net::Header> read;
  if (headers == nullptr) return read;
  for (const json::Member& member : headers->members()) {
    read.push_back({std::string(member.key), std::string(member.value.text())});
  }
  return read;
}

// The answers in the order of the questions; they arrive in any.
Result<std::vector<const json::Value*>> match_answers(const json::Value& root, std::size_t count,
                                                      const std::string& where) {
  const json::Value* responses = root.find("responses");
  if (responses == nullptr || !responses->is_array()) {
    return protocol("The batch's answer has no array \"responses\".", where);
  }
  std::vector<const json::Value*> answers(count, nullptr);
  for (const json::Value& response : responses->items()) {
    const json::Value* id = response.find("id");
    const auto number = id == nullptr ? std::nullopt : base::parse_int(id->text());
    if (!number || *number < 1 || *number > static_cast<std::int64_t>(count)) {
      return protocol("The batch's answer holds an item that was not asked for.", where);
    }
    const json::Value*& answer = answers[static_cast<std::size_t>(*number) - 1];
    if (answer != nullptr) return protocol("The batch's answer holds an item twice.", where);
    answer = &response;
  }
  if (std::find(answers.begin(), answers.end(), nullptr) != answers.end()) {
    return protocol("The batch's answer lacks an item that was asked for.", where);
  }
  return answers;
}

}  // namespace

struct BatchWorker::Item {
  int status = 0;
  std::vector<net::Header> headers;
  const json::Value* body = nullptr;
  const json::Document* batch = nullptr;  // that it is a part of
};

struct BatchWorker::Sequel {
  std::vector<Work> next;              // their next page
  std::vector<Work> again;             // the same page, because the service was not able to
  std::optional<base::Duration> hold;  // the longest wait a throttled item asked for
  std::uint32_t refusals = 0;          // throttled items
  base::Duration pause{0};             // the longest wait for items that failed otherwise
};

BatchWorker::BatchWorker(Session& session, const catalogue::Relation& relation,
                         PairCollector& collector)
    : session_(session),
      relation_(relation),
      request_(relation.request),
      batch_(relation.request),
      lane_(session.lane(relation.request.lane)),
      collector_(collector),
      picker_(relation) {
  batch_.path = relation.batch_path;
}

base::Status BatchWorker::run(WorkPool<Work>& pool, const base::Stop& stop) {
  for (;;) {
    std::vector<Work> batch = pool.take(stop);
    if (batch.empty()) return {};
    const base::Status status = read_batch(std::move(batch), pool, stop);
    pool.finished();
    TRY(status);
  }
}

base::Status BatchWorker::read_batch(std::vector<Work> batch, WorkPool<Work>& pool,
                                     const base::Stop& stop) {
  for (Work& work : batch) {
    if (work.open == nullptr) TRY(begin(work));
  }
  const std::string url = TRY(session_.url(batch_, {}));
  const double units = request_.units * static_cast<double>(batch.size());
  Result<net::Response> response = session_.post(batch_, url, make_body(batch), units, stop);
  if (!response.ok() && response.error().reason == "gone") {
    // No record, which could be deleted meanwhile: the address is wrong, or what answers there.
    return protocol(response.error().message, relation_.name);
  }
  if (!response.ok()) return std::move(response).error().at(relation_.name);
  const base::Instant sent{session_.scheduler().now().since_start - response->duration};
  const json::Document document = TRY_AT(read_document(std::move(response->body)), relation_.name);
  const std::vector<const json::Value*> answers =
      TRY(match_answers(document.root(), batch.size(), relation_.name));

  Sequel sequel;
  std::vector<std::vector<net::Header>> told;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const json::Value* status = answers[i]->find("status");
    const auto number = status == nullptr ? std::nullopt : base::parse_int(status->text());
    if (!number || *number < 100 || *number > 599) {
      return protocol("An item of the batch's answer has no status.", relation_.name);
    }
    Item item{static_cast<int>(*number), read_headers(answers[i]->find("headers")),
              answers[i]->find("body"), &document};
    TRY(judge(std::move(batch[i]), item, sequel));
    told.push_back(std::move(item.headers));
  }
  lane_.observed(told, units, sent);
  if (sequel.hold) lane_.throttled(*sequel.hold, sent, sequel.refusals);
  pool.put_back(std::move(sequel.next));
  if (sequel.pause > base::Duration(0)) {
    base::sleep_for(session_.scheduler(), sequel.pause, stop);
  }
  pool.put_back(std::move(sequel.again));
  return {};
}

base::Status BatchWorker::begin(Work& work) const {
  if (work.open == nullptr) work.open = std::make_unique<OpenReading>();
  OpenReading& open = *work.open;
  open.pager = make_pager(request_.paging, 0, relation_.member_key);
  open.seen_urls.clear();
  open.pages = 0;
  return go_on(work, TRY(position_url(work.parent, open.pager->first_page())));
}

std::string BatchWorker::make_body(const std::vector<Work>& batch) const {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("requests").begin_array();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    writer.begin_object();
    writer.key("id").string(std::to_string(i + 1));
    writer.key("method").string("GET");
    writer.key("url").string(batch[i].open->url);
    if (!request_.headers.empty()) {
      writer.key("headers").begin_object();
      for (const auto& [name, value] : request_.headers) writer.key(name).string(value);
      writer.end_object();
    }
    writer.end_object();
  }
  writer.end_array().end_object();
  return body;
}

base::Status BatchWorker::judge(Work work, const Item& item, Sequel& sequel) {
  if (item.status == 200) return judge_page(std::move(work), item, sequel);
  if (item.status > 200 && item.status < 300) {
    return protocol(fmt::format("An item has status {}, which is no whole answer.", item.status),
                    place(work.parent));
  }
  return judge_error(std::move(work), item, sequel);
}

base::Status BatchWorker::judge_page(Work work, const Item& item, Sequel& sequel) {
  OpenReading& open = *work.open;
  if (item.body == nullptr) return protocol("An item has no body.", place(work.parent));
  const std::string where = place(work.parent);
  const auto records = TRY(find_records(*item.batch, *item.body, request_, where));
  collector_.count_page();
  ++open.pages;
  open.refusals = 0;
  picker_.pick(records, open);
  Turn turn = TRY_AT(open.pager->after({*item.body, item.headers, records}), where);
  if (std::holds_alternative<End>(turn)) {
    collector_.done(work.parent, open);
    return {};
  }
  if (const Unstable* unstable = std::get_if<Unstable>(&turn)) {
    TRY(begin_again(work, unstable->what, open.rereads, kMaxRereads));
  } else if (Link* link = std::get_if<Link>(&turn)) {
    const std::string& base = session_.origin(request_.address);
    std::string url = TRY_AT(resolve_link(base, std::move(link->url)), where);
    TRY(go_on(work, std::move(url)));
  } else {
    std::string url = TRY(position_url(work.parent, std::get<Position>(std::move(turn))));
    TRY(go_on(work, std::move(url)));
  }
  sequel.next.push_back(std::move(work));
  return {};
}

base::Status BatchWorker::judge_error(Work work, const Item& item, Sequel& sequel) {
  OpenReading& open = *work.open;
  std::string body;
  if (item.body != nullptr) json::Writer(body).value(*item.body);
  Error error = session_.explain(request_, item.status, body, item.headers, place(work.parent),
                                 open.pages == 0);
  if (collector_.excuses(work.parent, error)) return {};
  if (error.kind == ErrorKind::kThrottled || error.kind == ErrorKind::kUnavailable) {
    return refused(std::move(work), std::move(error), sequel);
  }
  if (error.reason == "restart_listing") {
    TRY(begin_again(work, error.message, open.restarts, kMaxRestarts));
    sequel.next.push_back(std::move(work));
    return {};
  }
  if (error.reason == "end_of_list" && open.pages > 0) {
    collector_.done(work.parent, open);
    return {};
  }
  if (error.reason == "end_of_list") {
    error.kind = ErrorKind::kMalformed;
    error.reason = "source_protocol";
  }
  return error;
}

Result<std::string> BatchWorker::position_url(const Parent& parent, Position position) const {
  const Parameters parameters = TRY(page_parameters(
      session_, {.request = &request_, .parent_key = parent.key}, std::move(position)));
  return session_.url(request_, parameters, parent.key);
}

// Follows the absolute `url` next.
base::Status BatchWorker::go_on(Work& work, std::string url) const {
  OpenReading& open = *work.open;
  if (!open.seen_urls.insert(std::hash<std::string>()(url)).second) {
    return protocol("A page links to one that was read before: the list would never end.",
                    place(work.parent));
  }
  if (open.pages == kMaxPages) {
    return Error{
        ErrorKind::kLimit, "source_incomplete",
        fmt::format("The list did not end after {} pages.", base::with_thousands(kMaxPages)),
        place(work.parent)};
  }
  open.url = TRY_AT(session_.relative(request_.address, url), relation_.name);
  return {};
}

base::Status BatchWorker::begin_again(Work& work, std::string_view why, std::uint32_t& times,
                                      std::uint32_t most) const {
  if (times == most) {
    return Error{ErrorKind::kUnavailable, "source_incomplete",
                 fmt::format("The list could not be read in one piece, although it was begun again "
                             "{}. The last time: {}",
                             base::count_of(most, "time"), why),
                 place(work.parent)};
  }
  ++times;
  session_.logger().warn("{}: begins again after page {}: {}", place(work.parent), work.open->pages,
                         why);
  work.open->begin_again();
  return begin(work);
}

// Only the refused items are sent again, when the longest wait that any of them asked for is over.
base::Status BatchWorker::refused(Work work, Error error, Sequel& sequel) {
  OpenReading& open = *work.open;
  ++open.refusals;
  const base::Duration wait =
      error.retry_after ? base::Duration(*error.retry_after) : lane_.backoff(open.refusals);
  if (open.refusals >= lane_.settings().attempts) {
    error.message +=
        fmt::format(" muster gave up after {}.", base::count_of(open.refusals, "attempt"));
  }
  if (open.refusals >= lane_.settings().attempts || wait > lane_.settings().max_wait) return error;
  if (error.kind == ErrorKind::kThrottled || error.retry_after) {
    sequel.hold = std::max(sequel.hold.value_or(base::Duration(0)), wait);
    ++sequel.refusals;
  } else {
    sequel.pause = std::max(sequel.pause, wait);
  }
  sequel.again.push_back(std::move(work));
  return {};
}

std::string BatchWorker::place(const Parent& parent) const {
  return fmt::format("{} of {}", relation_.name, base::printable(parent.key, 80));
}

}  // namespace muster::source
