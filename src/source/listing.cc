#include "source/listing.h"

#include "base/text.h"
#include "net/url.h"
#include "source/addresses.h"
#include "source/answers.h"
#include "source/asked_names.h"

namespace muster::source {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

constexpr json::Limits kPageBody;  // 64 MiB: see quality.md section 3

catalogue::Request request_of(const ListingPlan& plan) {
  catalogue::Request request = *plan.request;
  if (plan.filter != nullptr && !plan.filter_text.empty()) {
    for (const auto& [name, value] : plan.filter->headers) request.headers[name] = value;
  }
  return request;
}

std::vector<std::string> field_list(const ListingPlan& plan) {
  std::vector<std::string> fields;
  const auto add = [&](const std::vector<std::string>& more) {
    for (const std::string& field : more) {
      if (std::find(fields.begin(), fields.end(), field) == fields.end()) fields.push_back(field);
    }
  };
  add(plan.request->fields_always);
  add(plan.fields);
  return fields;
}

// Nothing where records could be: null, {} and {"size": 0}.
bool is_nothing(const json::Value& value) {
  if (value.is_null()) return true;
  if (!value.is_object() || value.members().size() > 1) return false;
  if (value.members().empty()) return true;
  const json::Member& only = value.members().front();
  return only.key == "size" && only.value.text() == "0";
}

bool tells_something(const json::Value& error) {
  return error.boolean() || !error.text().empty() || !error.items().empty() ||
         !error.members().empty();
}

Error with_asked_names(Error error, const ListingPlan& plan) {
  const bool has_filter = plan.filter != nullptr && !plan.filter_text.empty();
  const std::vector<std::string> names =
      names_in_complaint(error.heard, plan.fields, has_filter ? plan.filter_text : "");
  if (!names.empty()) {
    error.message += fmt::format(" It is about: {}.", fmt::join(names, ", "));
  } else if (has_filter) {
    error.message += " It was asked with the importer's filter.";
  }
  return error;
}

Error no_records(std::string message, std::string_view where) {
  return Error{ErrorKind::kMalformed, "source_protocol", std::move(message), std::string(where)};
}

// Of a key that stands twice one value is lost: it may be half of the records or the next link.
base::Status check_said_once(const json::Document& page, const json::Value& root,
                             const catalogue::Request& request, std::string_view where) {
  for (const json::Path* path : {&request.records, &request.paging.next, &request.paging.total}) {
    const std::vector<std::string> names = path->names();
    const json::Value* object = &root;
    for (std::size_t depth = 0; object != nullptr; ++depth) {
      if (page.repeats_a_key(*object)) {
        return no_records(
            "The answer names something twice around its records, so that not all "
            "of it can be read.",
            where);
      }
      object = depth < names.size() ? object->find(names[depth]) : nullptr;
    }
  }
  return {};
}

// The only array in the answer.
Result<std::span<const json::Value>> find_any_records(const json::Value& root, bool absent_is_empty,
                                                      std::string_view where) {
  const json::Value* records = nullptr;
  bool is_empty = root.is_null() || root.is_object();
  for (const json::Member& member : root.members()) {
    if (member.value.is_array()) {
      if (records != nullptr) {
        return no_records(
            "The answer has several arrays, and nobody knows which of them holds "
            "the records.",
            where);
      }
      records = &member.value;
    } else if (!is_nothing(member.value)) {
      is_empty = is_empty && member.key == "size" && member.value.text() == "0";
    }
  }
  if (records != nullptr) return records->items();
  if (absent_is_empty && is_empty) return std::span<const json::Value>();
  return no_records("The answer has no array that could hold the records.", where);
}

}  // namespace

Result<Parameters> page_parameters(const Session& session, const ListingPlan& plan,
                                   Position position) {
  Parameters all = std::move(position.parameters);
  for (auto& parameter : TRY(filled_parameters(session, *plan.request, plan.parent_key))) {
    all.push_back(std::move(parameter));
  }
  for (auto& field : field_parameters(*plan.request, field_list(plan))) {
    all.push_back(std::move(field));
  }
  if (plan.filter != nullptr && !plan.filter_text.empty()) {
    all.emplace_back(plan.filter->parameter, plan.filter_text);
    for (const auto& parameter : plan.filter->parameters) all.push_back(parameter);
  }
  return all;
}

Error name_place(Error error, std::string_view name) {
  if (error.where.empty()) {
    error.where = name;
  } else if (!error.where.starts_with(name)) {
    error.where = fmt::format("{}: {}", name, error.where);
  }
  return error;
}

Result<std::string> resolve_link(std::string_view base, std::string link) {
  if (link.starts_with('/')) {
    link.insert(0, base.substr(0, base.find('/', base.find("://") + 3)));
  }
  TRY(net::check_same_origin(base, link));
  return link;
}

Result<std::span<const json::Value>> find_records(const json::Document& page,
                                                  const json::Value& root,
                                                  const catalogue::Request& request,
                                                  std::string_view where) {
  TRY(check_said_once(page, root, request, where));
  // Whatever records stand beside it are not all.
  for (const std::string_view name : {"error", "errors"}) {
    const json::Value* error = root.find(name);
    if (error != nullptr && request.records.text() != name && tells_something(*error)) {
      return no_records(fmt::format("The answer tells an error in \"{}\".", name), where);
    }
  }
  if (request.any_records) return find_any_records(root, request.absent_is_empty, where);
  const json::Path& path = request.records;
  const json::Value* records = path.first(root);
  if (request.absent_is_empty && (records == nullptr || is_nothing(*records))) {
    return std::span<const json::Value>();
  }
  const std::string_view name = path.text().empty() ? "the answer" : std::string_view(path.text());
  if (records == nullptr) {
    return no_records(fmt::format("The answer has no \"{}\", where the records should be.", name),
                      where);
  }
  if (!records->is_array()) {
    return no_records(fmt::format("In the answer \"{}\" is no array of records.", name), where);
  }
  return records->items();
}

Listing::Listing(Session& session, ListingPlan plan)
    : session_(session), plan_(std::move(plan)), request_(request_of(plan_)) {
  // With a limit, what is beyond it must not be asked for; and a parent mostly has a single page.
  if (plan_.limit != 0 || !plan_.parent_key.empty()) return;
  ahead_ = ReadAhead::make(session_, request_,
                           [this](std::string link) { return may_read_ahead(std::move(link)); });
}

// What turn() would follow, as far as it can be judged without the page.
std::optional<std::string> Listing::may_read_ahead(std::string link) const {
  const Result<std::string> url = resolve_link(session_.origin(request_.address), std::move(link));
  if (!url.ok() || pages_ + 1 >= kMaxPages) return std::nullopt;
  if (seen_urls_.contains(std::hash<std::string>()(*url))) return std::nullopt;
  return *url;
}

Result<Step> Listing::next(const base::Stop& stop) {
  if (ended_) return Step(complete());
  if (!unstable_.empty()) return begin_again(unstable_, unstable_, rereads_, kMaxRereads);
  Result<Step> step = read_page(stop);
  if (step.ok()) return step;
  const Error& error = step.error();
  if (error.reason == "restart_listing") {
    return begin_again("the place in the list had expired", error.message, restarts_, kMaxRestarts);
  }
  if (error.reason == "source_unavailable" && smaller_page() > 0) {
    request_.paging.page_size = smaller_page();
    return begin_again("pages of that size failed", error.message, halvings_, kMaxHalvings);
  }
  if (error.reason == "end_of_list" && pages_ > 0) {
    // https://learn.microsoft.com/answers/questions/1305953: a last link that only leads to an
    // error.
    session_.logger().warn("{}: the last link led nowhere; the list ends after {}", plan_.name,
                           base::count_of(records_, "record"));
    return Step(Complete(plan_.name, true, records_, pages_));
  }
  if (error.reason == "gone" && pages_ == 0 && !plan_.absent.empty()) {
    Error absent = error;
    absent.reason = "not_available";
    absent.message += " " + plan_.absent;
    return name_place(std::move(absent), plan_.name);
  }
  if (error.reason == "end_of_list" || (error.reason == "gone" && plan_.parent_key.empty())) {
    Error wrong = error;  // a whole data set is not deleted meanwhile: the path is wrong
    wrong.kind = ErrorKind::kMalformed;
    wrong.reason = "source_protocol";
    if (error.reason == "gone") {
      wrong.message +=
          " A whole list is not deleted while a run reads: check the addresses of the connection, "
          "or run again later.";
    }
    return name_place(std::move(wrong), plan_.name);
  }
  // What is wrong with a query is told to its first page, and names what was asked for.
  if (error.reason == "source_protocol" && pages_ == 0 && !error.heard.empty()) {
    return name_place(with_asked_names(error, plan_), plan_.name);
  }
  return name_place(error, plan_.name);
}

Complete Listing::complete() const {
  Complete all(plan_.name, whole_, records_, pages_);
  if (pager_ != nullptr && whole_) all.shortfall_ = pager_->shortfall();
  return all;
}

Result<Step> Listing::read_export(const base::Stop& stop) {
  if (!export_) export_.emplace(session_, request_, plan_.name);
  std::optional<json::Document> document = TRY(export_->next(stop));
  if (!document) return Step(Complete(plan_.name, whole_, records_, pages_));
  Page page{std::move(*document), {}, ++pages_};
  page.records = page.document.root().items();
  if (plan_.limit == 0) {
    records_ += page.records.size();
    return Step(std::move(page));
  }
  const std::size_t within = count_within(page.records);
  if (records_ == plan_.limit) {
    ended_ = true;
    // Whether anything comes after it takes another look at the file.
    whole_ = within == page.records.size() && !TRY(export_->next(stop));
  }
  page.records = page.records.first(within);
  return Step(std::move(page));
}

Result<Step> Listing::read_page(const base::Stop& stop) {
  if (request_.paging.strategy == catalogue::Paging::Strategy::kExportJob) {
    return read_export(stop);
  }
  if (next_url_.empty()) TRY(prepare());
  if (pages_ == kMaxPages) {
    return Error{
        ErrorKind::kLimit, "source_incomplete",
        fmt::format("The list did not end after {} pages.", base::with_thousands(kMaxPages))};
  }
  const std::string what = fmt::format("{}: page {}", plan_.name, pages_ + 1);
  WholeAnswer answer =
      TRY(ask_for_whole(session_, request_, what, kPageBody, stop, [&] { return ask(stop); }));
  Page page{std::move(answer.document), {}, pages_ + 1};
  page.records = TRY(find_records(page.document, page.document.root(), request_, plan_.name));
  if (page.document.repaired() > 0) {
    session_.logger().warn("{}: page {} had {} that is not UTF-8; shown as U+FFFD", plan_.name,
                           page.number, base::count_of(page.document.repaired(), "character"));
  }
  if (pages_ == 0) session_.remember_path(*plan_.request, request_.path);
  older_paths_.clear();
  const AnsweredPage answered{page.document.root(), answer.headers, page.records};
  ++pages_;

  if (plan_.limit == 0) {
    records_ += page.records.size();
    TRY(turn(answered));
    return Step(std::move(page));
  }
  const std::size_t within = count_within(page.records);
  if (records_ < plan_.limit) {
    TRY(turn(answered));
    return Step(std::move(page));
  }
  ended_ = true;
  const Result<Turn> turn_after = pager_->after(answered);
  const bool is_last = turn_after.ok() && std::holds_alternative<End>(*turn_after);
  whole_ = is_last && within == page.records.size();
  page.records = page.records.first(within);
  return Step(std::move(page));
}

Result<net::Response> Listing::ask(const base::Stop& stop) {
  PageOptions options{.in_chain = plan_.parent_key.empty(), .is_first = pages_ == 0};
  if (smaller_page() > 0) options.most_failures = request_.paging.smaller_after;
  while (!older_paths_.empty()) {  // it is not known yet which path the source has
    options.may_be_unknown = true;
    Result<net::Response> response = session_.get(request_, next_url_, stop, options);
    if (response.ok() || response.error().reason != "unknown_path") return response;
    request_.path = older_paths_.front();
    older_paths_.erase(older_paths_.begin());
    TRY(go_to_first());
  }
  options.may_be_unknown = plan_.has_other && pages_ == 0;
  if (ahead_ && !options.may_be_unknown) return ahead_->get(next_url_, options, stop);
  return session_.get(request_, next_url_, stop, options);
}

std::uint32_t Listing::smaller_page() const {
  const catalogue::Paging& paging = request_.paging;
  if (paging.smaller_after == 0 || paging.size_parameter.empty()) return 0;
  if (halvings_ == kMaxHalvings) return 0;
  const std::uint64_t size =
      plan_.limit == 0 ? paging.page_size : std::min<std::uint64_t>(paging.page_size, plan_.limit);
  const auto half = static_cast<std::uint32_t>(size / 2);
  return half < paging.smallest_page ? 0 : half;
}

// Counts records up to the limit, those of overlapping pages once; how many from the first on that
// takes.
std::size_t Listing::count_within(std::span<const json::Value> records) {
  const json::Path path = plan_.key;
  std::size_t within = 0;
  for (; within < records.size() && records_ < plan_.limit; ++within) {
    const json::Value* key = path.text().empty() ? nullptr : path.first(records[within]);
    const std::string_view text = key == nullptr ? std::string_view() : key->text();
    if (text.empty() || seen_keys_.insert(crypto::keyed_hash({}, text)).second) ++records_;
  }
  return within;
}

base::Status Listing::prepare() {
  if (plan_.filter != nullptr && !plan_.filter_text.empty() && plan_.filter->parameter.empty()) {
    return Error{ErrorKind::kSettings, "filter",
                 "The source cannot filter this; use `where` instead of `filter`.", plan_.name};
  }
  pager_ = make_pager(request_.paging, plan_.limit, plan_.key);
  seen_urls_.clear();
  seen_keys_.clear();
  pages_ = 0;
  records_ = 0;
  older_paths_ = session_.paths_of(*plan_.request);
  request_.path = older_paths_.front();
  older_paths_.erase(older_paths_.begin());
  return go_to_first();
}

base::Status Listing::go_to_first() {
  const Parameters parameters = TRY(page_parameters(session_, plan_, pager_->first_page()));
  return follow(TRY(session_.url(request_, parameters, plan_.parent_key)));
}

base::Status Listing::turn(const AnsweredPage& page) {
  Turn turn = TRY(pager_->after(page));
  if (std::holds_alternative<End>(turn)) {
    ended_ = true;
    return {};
  }
  if (const Unstable* unstable = std::get_if<Unstable>(&turn)) {
    unstable_ = unstable->what;
    return {};
  }
  if (Link* link = std::get_if<Link>(&turn)) {
    return follow(TRY(resolve_link(session_.origin(request_.address), std::move(link->url))));
  }
  const Parameters parameters =
      TRY(page_parameters(session_, plan_, std::get<Position>(std::move(turn))));
  return follow(TRY(session_.url(request_, parameters, plan_.parent_key)));
}

base::Status Listing::follow(std::string url) {
  if (!seen_urls_.insert(std::hash<std::string>()(url)).second) {
    return Error{ErrorKind::kMalformed, "source_protocol",
                 fmt::format("Page {} links to a page that was read before: the list would never "
                             "end.",
                             pages_)};
  }
  next_url_ = std::move(url);
  return {};
}

Result<Step> Listing::begin_again(std::string why, std::string_view details, std::uint32_t& times,
                                  std::uint32_t most) {
  if (times == most) {
    return Error{ErrorKind::kUnavailable, "source_incomplete",
                 fmt::format("The list could not be read in one piece, although it was begun again "
                             "{}. The last time: {}",
                             base::count_of(most, "time"), details),
                 plan_.name};
  }
  ++times;
  session_.logger().warn("{}: begins again after page {}: {}", plan_.name, pages_, details);
  unstable_.clear();
  next_url_.clear();
  pages_ = 0;
  records_ = 0;
  return Step(Restart{std::move(why)});
}

}  // namespace muster::source
