#include "source/detail_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "json/writer.h"
#include "source/addresses.h"
#include "source/fan_out.h"
#include "source/listing.h"
#include "source/whole_answer.h"

namespace muster::source {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

constexpr std::size_t kMostAtOnce = 500;
constexpr std::size_t kMostBytes = std::size_t{8} << 20;  // then no more are begun
constexpr std::size_t kMostThreads = 16;
constexpr json::Limits kDetailBody{.max_bytes = std::size_t{16} << 20};
constexpr std::size_t kMostListBytes = kDetailBody.max_bytes;  // of all pages of one record
// What is under way when kMostBytes is reached comes on top, and the listed records.
constexpr json::Limits kTogether{.max_bytes = std::size_t{384} << 20};

// As for relations: more than this many, and this share of all, are no deletions during one run.
constexpr std::uint64_t kMostGone = 10;
constexpr std::uint64_t kMostGonePercent = 5;
constexpr std::uint64_t kHopelessPercent = 50;  // not even worth reading on
constexpr std::size_t kGoneRemembered = 20;

std::string text_of(const json::Value& record) {
  std::string text;
  json::Writer(text).value(record);
  return text;
}

// The listed record's members, but those of the detail where both have them.
std::string merged(const json::Value& record, const json::Value& detail) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object();
  for (const json::Member& member : record.members()) {
    if (detail.find(member.key) == nullptr) writer.key(member.key).value(member.value);
  }
  for (const json::Member& member : detail.members()) writer.key(member.key).value(member.value);
  writer.end_object();
  return text;
}

std::string with_member(const json::Value& record, std::string_view name,
                        const json::Value& value) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object();
  for (const json::Member& member : record.members()) {
    if (member.key != name) writer.key(member.key).value(member.value);
  }
  writer.key(name).value(value).end_object();
  return text;
}

}  // namespace

// Records are taken in order, so that those that were taken when no more fit are the first ones.
struct DetailReader::Batch {
  Batch(base::Scheduler& scheduler, std::span<const json::Value> all)
      : monitor(scheduler), records(all), texts(all.size()) {}

  std::optional<std::size_t> take() {
    base::Monitor::Lock lock(monitor);
    if (next == records.size() || bytes >= kMostBytes) return std::nullopt;
    return next++;
  }
  void put(std::size_t at, std::string text, bool is_gone) {
    base::Monitor::Lock lock(monitor);
    bytes += text.size();
    texts[at] = std::move(text);
    if (is_gone) gone.push_back(at);
  }

  base::Monitor monitor;  // guards all below
  const std::span<const json::Value> records;
  std::vector<std::string> texts;
  std::vector<std::size_t> gone;
  std::size_t next = 0;
  std::size_t bytes = 0;
};

DetailReader::DetailReader(Session& session, std::string name, const catalogue::Detail& detail,
                           const json::Path& key, const std::vector<std::string>& fields)
    : session_(session),
      name_(std::move(name)),
      detail_(detail),
      fields_(fields),
      field_parameters_(field_parameters(detail.request, fields)),
      asks_by_key_(key.text() == detail.key_path.text()) {}

Result<Detailed> DetailReader::read(std::span<const json::Value> records, const base::Stop& stop) {
  Batch batch(session_.scheduler(), records.first(std::min(records.size(), kMostAtOnce)));
  const std::size_t lane_width = session_.lane(detail_.request.lane).settings().max_in_flight;
  Crew crew(session_.scheduler(), stop);
  crew.start(name_ + " details",
             std::min({batch.records.size(), std::max<std::size_t>(lane_width, 1), kMostThreads}),
             [&](const base::Stop& crew_stop) { return work(batch, crew_stop); });
  TRY(crew.wait());

  const json::Path key_path = detail_.key_path;
  asked_ += batch.next;
  gone_ += batch.gone.size();
  for (const std::size_t at : batch.gone) {
    if (gone_keys_.size() < kGoneRemembered) {
      gone_keys_.emplace_back(key_path.first(batch.records[at])->text());
    }
  }
  TRY(doubt_gone(kHopelessPercent));
  std::string together = "[";
  for (std::string& text : batch.texts) {
    if (text.empty()) continue;  // gone, or not taken
    if (together.size() > 1) together += ',';
    together += text;
    text = {};
  }
  together += ']';
  return Detailed{TRY(json::Document::parse(std::move(together), kTogether)), batch.next};
}

base::Status DetailReader::work(Batch& batch, const base::Stop& stop) {
  const json::Path key_path = detail_.key_path;  // a Path is for one thread
  const json::Path inside = detail_.record;
  const catalogue::Where when = detail_.when.clone();
  while (!stop.stop_requested()) {
    const std::optional<std::size_t> at = batch.take();
    if (!at) return {};
    const json::Value& record = batch.records[*at];
    bool is_gone = false;
    if (record.is_object() && !when.matches(record)) {
      batch.put(*at, text_of(record), is_gone);
      continue;
    }
    std::string text = TRY(read_one(record, key_path, inside, is_gone, stop));
    batch.put(*at, std::move(text), is_gone);
  }
  return {};
}

Result<std::string> DetailReader::read_one(const json::Value& record, const json::Path& key_path,
                                           const json::Path& inside, bool& is_gone,
                                           const base::Stop& stop) {
  const json::Value* key = record.is_object() ? key_path.first(record) : nullptr;
  if (key == nullptr || key->text().empty()) {
    if (!record.is_object() || asks_by_key_) return text_of(record);  // will be parked
    return Error{
        ErrorKind::kMalformed, "source_protocol",
        fmt::format("A record has no \"{}\", by which its details are asked for.", key_path.text()),
        fmt::format("{}: details", name_)};
  }
  Result<json::Document> answer = ask(key->text(), stop);
  if (!answer.ok() && answer.error().reason == "gone") {
    is_gone = true;
    return std::string();
  }
  const json::Document document = TRY(std::move(answer));
  const json::Value* detail = inside.first(document.root());
  if (detail != nullptr && !detail_.into.empty()) {
    return with_member(record, detail_.into, *detail);
  }
  if (detail == nullptr || !detail->is_object()) {
    const std::string& name = inside.text();
    return Error{ErrorKind::kMalformed, "source_protocol",
                 name.empty()
                     ? "The answer about one record is no object."
                     : fmt::format("The answer about one record has no object \"{}\".", name),
                 fmt::format("{}: details", name_)};
  }
  return merged(record, *detail);
}

Result<json::Document> DetailReader::ask(std::string_view key, const base::Stop& stop) {
  const std::string place = fmt::format("{}: details of {}", name_, base::printable(key, 80));
  if (key == "." || key == "..") {  // would not stay one segment of the path
    return Error{ErrorKind::kMalformed, "source_protocol",
                 "A record with this key cannot be asked for.", place};
  }
  if (detail_.is_list) return ask_list(key, place, stop);
  Result<WholeAnswer> answer =
      get_whole(session_, detail_.request, field_parameters_, key, place, kDetailBody, stop);
  if (answer.ok()) return std::move(answer->document);
  return std::move(answer).error().at(place);
}

Result<json::Document> DetailReader::ask_list(std::string_view key, const std::string& place,
                                              const base::Stop& stop) {
  Listing listing(session_, {.request = &detail_.request,
                             .name = place,
                             .fields = fields_,
                             .parent_key = std::string(key)});
  const std::string nothing = "[";
  for (std::string all = nothing;;) {
    const Step step = TRY(listing.next(stop));
    if (std::holds_alternative<Complete>(step)) return json::Document::parse(all + "]");
    const Page* page = std::get_if<Page>(&step);
    if (page == nullptr) {
      all = nothing;
      continue;
    }
    for (const json::Value& record : page->records) {
      if (all.size() > nothing.size()) all += ',';
      json::Writer(all).value(record);
      if (all.size() > kMostListBytes) {
        return Error{ErrorKind::kLimit, "source_protocol",
                     fmt::format("What belongs to one record is more than {}.",
                                 base::format_bytes(kMostListBytes)),
                     place};
      }
    }
  }
}

void DetailReader::restart() {
  asked_ = 0;
  gone_ = 0;
  gone_keys_.clear();
}

base::Status DetailReader::doubt_gone(std::uint64_t percent) const {
  if (gone_ <= kMostGone || gone_ * 100 <= asked_ * percent) return {};
  return Error{
      ErrorKind::kMalformed, "source_incomplete",
      fmt::format(
          "The source answers 404 for the details of {} of {}. So many are not deleted "
          "during one run: part of the source does not work at the moment. Run again later.",
          base::with_thousands(gone_), base::count_of(asked_, "record")),
      name_};
}

base::Status DetailReader::finish(const base::Stop& stop) {
  TRY(doubt_gone(kMostGonePercent));
  for (const std::string& key : gone_keys_) {
    const Result<json::Document> again = ask(key, stop);
    if (again.ok()) {
      return Error{ErrorKind::kMalformed, "source_incomplete",
                   fmt::format("The source answered 404 for the details of {}, although that is "
                               "still there. Run again later.",
                               base::printable(key, 80)),
                   name_};
    }
    if (again.error().reason != "gone") return again.error();
  }
  return {};
}

}  // namespace muster::source
