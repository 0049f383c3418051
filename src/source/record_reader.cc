#include "source/record_reader.h"

#include <algorithm>

#include "base/text.h"
#include "json/writer.h"
#include "source/addresses.h"
#include "source/whole_answer.h"

namespace muster::source {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

constexpr json::Limits kExpectedBody{.max_bytes = std::size_t{1} << 20};

json::Path key_of(const catalogue::DataSet& data_set) {
  const catalogue::Attribute* key = data_set.find_attribute(data_set.key);
  return key == nullptr ? json::Path() : key->path;
}

// The filter of an importer and that of a pass, both of which must hold.
std::string joined(std::string join, const std::string& filter, const std::string& pass) {
  if (filter.empty() || pass.empty()) return filter + pass;
  std::string text;
  std::string_view rest = join;
  for (std::size_t open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    const std::size_t close = rest.find('}', open);
    text += rest.substr(0, open);
    text += rest.substr(open, close - open) == "{pass" ? pass : filter;
    rest.remove_prefix(close + 1);
  }
  return text.append(rest);
}

// Whoever cannot read one data set may still import the others.
Error with_way_out(const catalogue::DataSet& data_set, Error error) {
  if (error.reason == "source_permission" && !data_set.absent.empty()) {
    error.message += fmt::format(" If it is granted already: {}", data_set.absent);
  } else if (error.reason != "not_available") {
    return error;
  }
  error.message +=
      fmt::format(" To import the rest, write `{}: off` under `data_sets`.", data_set.name);
  return error;
}

}  // namespace

RecordReader::RecordReader(Session& session, const catalogue::DataSet& data_set, RecordsPlan plan)
    : session_(session), data_set_(data_set), plan_(std::move(plan)), key_(key_of(data_set)) {
  if (data_set.passes.empty()) passes_.push_back({data_set.request, plan_.filter_text});
  for (const catalogue::Pass& pass : data_set.passes) {
    PassPlan planned{data_set.request,
                     joined(data_set.filter.join, plan_.filter_text, pass.filter)};
    for (const auto& [name, value] : pass.parameters) planned.request.parameters[name] = value;
    passes_.push_back(std::move(planned));
  }
  if (plan_.needs_detail) {
    details_ = std::make_unique<DetailReader>(session, data_set.name, data_set.detail, key_,
                                              plan_.detail_fields);
  }
}

Result<Step> RecordReader::next(const base::Stop& stop) {
  for (;;) {
    if (undetailed_) return next_details(stop);
    if (listing_ == nullptr) {
      if (pass_ == 0 && expects()) told_before_ = TRY(ask_expected(stop));
      begin_pass();
    }
    Result<Step> read = listing_->next(stop);
    if (!read.ok() && read.error().reason == "unknown_path") {
      TRY(turn_to_older());
      continue;
    }
    if (!read.ok()) return with_way_out(data_set_, std::move(read).error());
    Step step = std::move(read).value();
    if (Page* page = std::get_if<Page>(&step)) {
      note_keys(page->records);
      if (!details_ || page->records.empty()) return take(std::move(*page));
      undetailed_ = std::move(*page);
      detailed_ = 0;
    } else if (Restart* restart = std::get_if<Restart>(&step)) {
      if (pass_ == 0) {  // this listing goes on by itself
        forget();
        return step;
      }
      if (++restarts_ > kMaxRestarts) {
        return Error{ErrorKind::kUnavailable, "source_incomplete",
                     fmt::format("The passes could not be read in one piece, although they were "
                                 "begun again {}.",
                                 base::count_of(kMaxRestarts, "time")),
                     data_set_.name};
      }
      return begin_again(std::move(restart->why));
    } else {
      std::optional<Step> last = TRY(pass_ended(std::get<Complete>(step), stop));
      if (last) return *std::move(last);
    }
  }
}

void RecordReader::begin_pass() {
  ListingPlan plan;
  plan.request = &passes_[pass_].request;
  plan.name = data_set_.name;
  plan.fields = plan_.fields;
  plan.filter = &data_set_.filter;
  plan.filter_text = passes_[pass_].filter_text;
  if (plan_.limit != 0) plan.limit = plan_.limit - records_;
  plan.key = key_;
  plan.absent = data_set_.absent;
  plan.has_other = data_set_.has_older() && !is_older_ && pass_ == 0;
  if (is_older_) plan.fields.clear();
  listing_ = std::make_unique<Listing>(session_, std::move(plan));
}

// The source knows none of the paths.
base::Status RecordReader::turn_to_older() {
  listing_.reset();
  if (!plan_.filter_text.empty()) {
    return Error{ErrorKind::kSettings, "filter",
                 "This source is too old to filter this; use `where` instead of `filter`.",
                 data_set_.name};
  }
  session_.logger().warn("{}: the source is older and has no {}; read from {} instead",
                         data_set_.name, data_set_.request.path, data_set_.older.request.path);
  is_older_ = true;
  passes_.clear();
  passes_.push_back({data_set_.older.request, ""});
  details_.reset();
  if (!data_set_.older.detail.request.path.empty()) {
    details_ = std::make_unique<DetailReader>(session_, data_set_.name, data_set_.older.detail,
                                              key_, std::vector<std::string>());
  }
  return {};
}

Result<Step> RecordReader::take(Page page) {
  page.number = ++pages_;
  return Step(std::move(page));
}

// nullopt: the next pass follows.
Result<std::optional<Step>> RecordReader::pass_ended(const Complete& complete,
                                                     const base::Stop& stop) {
  records_ += complete.records();
  whole_ = whole_ && complete.is_whole();
  if (complete.shortfall()) shortfall_ = complete.shortfall();
  listing_.reset();
  const bool is_last = ++pass_ == passes_.size();
  const bool is_full = plan_.limit != 0 && records_ >= plan_.limit;
  if (!is_last && !is_full) return std::optional<Step>();
  if (!is_last) whole_ = false;
  if (const auto missing = TRY(find_missing(stop))) {
    if (was_short_) {
      return Error{ErrorKind::kMalformed, "source_incomplete",
                   *missing + " twice: it does not send all of them. Run again later.",
                   data_set_.name};
    }
    was_short_ = true;
    return std::optional(begin_again(*missing));
  }
  if (details_) TRY(details_->finish(stop));
  Complete all(data_set_.name, whole_, records_, pages_);
  if (details_) all.gone_ = details_->gone();
  all.shortfall_ = shortfall_;
  return std::optional(Step(std::move(all)));
}

Result<Step> RecordReader::next_details(const base::Stop& stop) {
  Detailed some = TRY(details_->read(undetailed_->records.subspan(detailed_), stop));
  detailed_ += some.taken;
  if (detailed_ == undetailed_->records.size()) undetailed_.reset();
  Page page{std::move(some.document), {}, 0};
  page.records = page.document.root().items();
  return take(std::move(page));
}

Step RecordReader::begin_again(std::string why) {
  session_.logger().warn("{}: all is read again from the first page: {}", data_set_.name, why);
  pass_ = 0;
  listing_.reset();
  forget();
  return Restart{std::move(why)};
}

void RecordReader::forget() {
  undetailed_.reset();
  records_ = 0;
  pages_ = 0;
  whole_ = true;
  keys_.clear();
  shortfall_.reset();
  if (details_) details_->restart();
}

// With a filter or a limit nobody knows how many should come.
bool RecordReader::expects() const {
  return !data_set_.expected.request.path.empty() && plan_.filter_text.empty() && plan_.limit == 0;
}

Result<std::uint64_t> RecordReader::ask_expected(const base::Stop& stop) const {
  const std::string place = data_set_.name + ": expected number";
  const WholeAnswer answer = TRY_AT(
      get_whole(session_, data_set_.expected.request, {}, "", place, kExpectedBody, stop), place);
  const json::Path path = data_set_.expected.value;
  const json::Value* value = path.first(answer.document.root());
  const auto number = value == nullptr ? std::nullopt : base::parse_int(value->text());
  if (number && *number >= 0) return static_cast<std::uint64_t>(*number);
  return Error{ErrorKind::kMalformed, "source_protocol",
               fmt::format("The answer's \"{}\" is no number of records.", path.text()), place};
}

// What is wrong when fewer records came than the source tells of. Records that are made or deleted
// while it is read change the number, so that the smaller one counts of before and after.
Result<std::optional<std::string>> RecordReader::find_missing(const base::Stop& stop) {
  if (!told_before_) return std::optional<std::string>();
  const std::uint64_t told = std::min(*told_before_, TRY(ask_expected(stop)));
  std::sort(keys_.begin(), keys_.end());
  const auto distinct = static_cast<std::uint64_t>(
      std::distance(keys_.begin(), std::unique(keys_.begin(), keys_.end())));
  keys_.clear();
  const double enough = static_cast<double>(told) * data_set_.expected.at_least;
  if (static_cast<double>(distinct) >= enough) {
    if (distinct < told) shortfall_ = Shortfall{told, distinct};
    return std::optional<std::string>();
  }
  return std::optional(fmt::format("the source tells of {} and sent {}",
                                   base::count_of(told, "record"), base::with_thousands(distinct)));
}

void RecordReader::note_keys(std::span<const json::Value> records) {
  if (!told_before_) return;
  for (const json::Value& record : records) {
    const json::Value* key = key_.text().empty() ? nullptr : key_.first(record);
    if (key != nullptr && !key->text().empty()) {
      keys_.push_back(std::hash<std::string_view>()(key->text()));
      continue;
    }
    std::string whole;
    json::Writer(whole).value(record);
    keys_.push_back(std::hash<std::string>()(whole));
  }
}

}  // namespace muster::source
