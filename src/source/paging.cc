#include "source/paging.h"

#include <unordered_set>

#include "base/text.h"
#include "json/writer.h"

namespace muster::source {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using Strategy = catalogue::Paging::Strategy;

Error protocol(std::string message) {
  return Error{ErrorKind::kMalformed, "source_protocol", std::move(message)};
}

// Smaller than usual when fewer records are wanted than fit on a page.
std::uint64_t size_of_page(const catalogue::Paging& paging, std::uint64_t limit) {
  if (limit == 0) return paging.page_size;
  return std::min<std::uint64_t>(paging.page_size,
                                 std::max<std::uint64_t>(limit, paging.smallest_page));
}

Position size_parameters(const catalogue::Paging& paging, std::uint64_t limit) {
  if (paging.size_parameter.empty() || paging.page_size == 0) return {};
  return {{{paging.size_parameter, std::to_string(size_of_page(paging, limit))}}};
}

class SinglePage final : public Pager {
 public:
  SinglePage(const catalogue::Paging& paging, std::uint64_t limit)
      : size_(size_parameters(paging, limit)), most_(paging.page_size) {}

  Position first_page() const override { return size_; }

  Result<Turn> after(const AnsweredPage& page) override {
    if (!size_.parameters.empty() && page.records.size() >= most_) {
      return Error{ErrorKind::kLimit, "source_incomplete",
                   fmt::format("The only page is full with {}: there may be more, but no way to "
                               "ask for them.",
                               base::count_of(page.records.size(), "record"))};
    }
    return Turn(End{});
  }

 private:
  const Position size_;
  const std::uint64_t most_;
};

// Absent, null and "" all mean that there is no next page.
Result<std::string> read_token(const json::Path& path, const json::Value& root) {
  const json::Value* token = path.first(root);
  if (token == nullptr || token->is_null()) return std::string();
  if (!token->is_string() && !token->is_number()) {
    return protocol(fmt::format("The answer's \"{}\" is neither text nor null.", path.text()));
  }
  return std::string(token->text());
}

class NextLink final : public Pager {
 public:
  NextLink(const catalogue::Paging& paging, std::uint64_t limit)
      : size_(size_parameters(paging, limit)), next_(paging.next) {}

  Position first_page() const override { return size_; }

  Result<Turn> after(const AnsweredPage& page) override {
    std::string url = TRY(read_token(next_, page.root));
    if (url.empty()) return Turn(End{});
    return Turn(Link{std::move(url)});
  }

 private:
  const Position size_;
  const json::Path next_;
};

class LinkHeader final : public Pager {
 public:
  LinkHeader(const catalogue::Paging& paging, std::uint64_t limit)
      : size_(size_parameters(paging, limit)) {}

  Position first_page() const override { return size_; }

  Result<Turn> after(const AnsweredPage& page) override {
    std::string url = find_next_link(page.headers);
    if (url.empty()) return Turn(End{});
    return Turn(Link{std::move(url)});
  }

 private:
  const Position size_;
};

class Cursor final : public Pager {
 public:
  Cursor(const catalogue::Paging& paging, std::uint64_t limit)
      : size_(size_parameters(paging, limit)),
        parameter_(paging.position_parameter),
        next_(paging.next) {}

  Position first_page() const override { return size_; }

  Result<Turn> after(const AnsweredPage& page) override {
    std::string token = TRY(read_token(next_, page.root));
    if (token.empty()) return Turn(End{});
    Position position = size_;
    position.parameters.emplace_back(parameter_, std::move(token));
    return Turn(std::move(position));
  }

 private:
  const Position size_;
  const std::string parameter_;
  const json::Path next_;
};

// A short page is the last one only when full ones came before: a source that cuts every page to a
// size of its own sends none. An empty page always is.
class ShortEnd {
 public:
  ShortEnd(const catalogue::Paging& paging, std::uint64_t limit)
      : full_(size_of_page(paging, limit)) {}

  bool is_last(std::size_t records) {
    if (records >= full_) was_full_ = true;
    return records == 0 || (records < full_ && was_full_);
  }

 private:
  const std::uint64_t full_;
  bool was_full_ = false;
};

std::uint64_t hash_of(const json::Value& record, const json::Path& key_path) {
  const json::Value* key = key_path.text().empty() ? nullptr : key_path.first(record);
  if (key != nullptr && !key->text().empty()) return std::hash<std::string_view>()(key->text());
  std::string whole;
  json::Writer(whole).value(record);
  return std::hash<std::string>()(whole);
}

Result<std::uint64_t> read_total(const json::Path& path, const json::Value& root) {
  const json::Value* told = path.first(root);
  const auto total = told == nullptr ? std::nullopt : told->integer();
  if (total && *total >= 0) return static_cast<std::uint64_t>(*total);
  return protocol(fmt::format("The answer's \"{}\" is no number of records.", path.text()));
}

// Some count only so far and say whether a total is the real one.
bool is_exact(const json::Path& path, const json::Value& root) {
  if (path.text().empty()) return true;
  const json::Value* said = path.first(root);
  return said != nullptr && (said->boolean() || said->text() == "true");
}

// By the key of the last record. Ends with an empty page.
class LastKey final : public Pager {
 public:
  LastKey(const catalogue::Paging& paging, std::uint64_t limit)
      : size_(size_parameters(paging, limit)),
        parameter_(paging.position_parameter),
        key_(paging.key_path),
        first_key_(paging.first_key) {}

  Position first_page() const override {
    Position position = size_;
    if (!first_key_.empty()) position.parameters.emplace_back(parameter_, first_key_);
    return position;
  }

  Result<Turn> after(const AnsweredPage& page) override {
    if (page.records.empty()) return Turn(End{});
    const json::Value* key = key_.first(page.records.back());
    if (key == nullptr || key->text().empty()) {
      return protocol(fmt::format(
          "The last record has no \"{}\", after which the next page begins.", key_.text()));
    }
    Position position = size_;
    position.parameters.emplace_back(parameter_, std::string(key->text()));
    return Turn(std::move(position));
  }

 private:
  const Position size_;
  const std::string parameter_;
  const json::Path key_;
  const std::string first_key_;
};

// A strategy that would go on although something else proves the end.
class EndedEarlier final : public Pager {
 public:
  EndedEarlier(const catalogue::Paging& paging, std::uint64_t limit, json::Path key,
               std::unique_ptr<Pager> way)
      : end_(paging.end),
        total_(paging.total),
        key_(std::move(key)),
        short_(paging, limit),
        way_(std::move(way)) {}

  Position first_page() const override { return way_->first_page(); }

  Result<Turn> after(const AnsweredPage& page) override {
    Turn turn = TRY(way_->after(page));
    switch (end_) {
      case catalogue::Paging::End::kUsual: break;
      case catalogue::Paging::End::kEmpty:
        if (page.records.empty()) return Turn(End{});
        break;
      case catalogue::Paging::End::kShort:
        if (short_.is_last(page.records.size())) return Turn(End{});
        break;
      case catalogue::Paging::End::kTotal: return judge(page, std::move(turn));
    }
    return turn;
  }

 private:
  Result<Turn> judge(const AnsweredPage& page, Turn turn) {
    for (const json::Value& record : page.records) seen_.insert(hash_of(record, key_));
    const std::uint64_t total = TRY(read_total(total_, page.root));
    if (announced_ && total != *announced_) return Turn(Unstable{"the announced total changed"});
    announced_ = total;
    if (seen_.size() > total) return Turn(Unstable{"more records came than were announced"});
    if (seen_.size() == total) return Turn(End{});
    if (std::holds_alternative<End>(turn)) {
      return Turn(Unstable{"fewer records came than were announced"});
    }
    return turn;
  }

  const catalogue::Paging::End end_;
  const json::Path total_;
  const json::Path key_;
  ShortEnd short_;
  const std::unique_ptr<Pager> way_;
  std::optional<std::uint64_t> announced_;
  std::unordered_set<std::uint64_t> seen_;
};

// A list that ends by itself and says beside it how many there are
// (https://docs.oasis-open.org/odata/odata/v4.01/, $count: on the first page alone). More may come
// than were announced, because some services count what is on the page.
class Announced final : public Pager {
 public:
  Announced(const catalogue::Paging& paging, json::Path key, std::unique_ptr<Pager> way)
      : total_(paging.total),
        total_is_exact_(paging.total_is_exact),
        key_(std::move(key)),
        way_(std::move(way)) {}

  Position first_page() const override { return way_->first_page(); }

  Result<Turn> after(const AnsweredPage& page) override {
    Turn turn = TRY(way_->after(page));
    if (++pages_ == 1) note(page.root);
    if (!announced_) return turn;
    for (const json::Value& record : page.records) seen_.insert(hash_of(record, key_));
    if (std::holds_alternative<End>(turn) && is_short()) {
      return Turn(Unstable{fmt::format("{} were announced and {} came",
                                       base::count_of(*announced_, "record"),
                                       base::with_thousands(seen_.size()))});
    }
    return turn;
  }

  std::optional<Shortfall> shortfall() const override {
    if (!announced_ || seen_.size() >= *announced_) return std::nullopt;
    return Shortfall{*announced_, seen_.size()};
  }

 private:
  void note(const json::Value& root) {
    if (!is_exact(total_is_exact_, root)) return;
    const json::Value* told = total_.first(root);
    const auto total = told == nullptr ? std::nullopt : told->integer();
    if (total && *total >= 0) announced_ = static_cast<std::uint64_t>(*total);
  }

  // Between two pages records may be deleted; within one answer nothing changes.
  bool is_short() const {
    constexpr std::uint64_t kMayChange = 100;  // one in so many
    const std::uint64_t tolerated = pages_ == 1 ? 0 : (*announced_ + kMayChange - 1) / kMayChange;
    return seen_.size() + tolerated < *announced_;
  }

  const json::Path total_;
  const json::Path total_is_exact_;
  const json::Path key_;
  const std::unique_ptr<Pager> way_;
  std::uint64_t pages_ = 0;
  std::optional<std::uint64_t> announced_;
  std::unordered_set<std::uint64_t> seen_;
};

// By page number or by offset. Nothing in an answer says which list it was cut from, so that the
// end needs proof: the announced total reached by a page that was not full, or an empty page. Where
// the source says that its total is none to count on, a short page after full ones is the end, too.
class Counted final : public Pager {
 public:
  Counted(const catalogue::Paging& paging, std::uint64_t limit, json::Path key)
      : size_(size_parameters(paging, limit)),
        parameter_(paging.position_parameter),
        by_page_(paging.strategy == Strategy::kPageNumber),
        first_page_(paging.first_page),
        repeats_(paging.repeats),
        end_(usual_end(paging)),
        total_(paging.total),
        total_is_exact_(paging.total_is_exact),
        key_(paging.key_path.text().empty() ? std::move(key) : paging.key_path),
        short_(paging, limit) {
    if (!size_.parameters.empty()) full_page_ = *base::parse_int(size_.parameters[0].second);
  }

  Position first_page() const override { return here(); }

  Result<Turn> after(const AnsweredPage& page) override {
    bool is_news = page.records.empty();
    for (const json::Value& record : page.records) {
      const bool is_new = seen_.insert(hash_of(record, key_)).second;
      if (!is_new && !repeats_) return Turn(Unstable{"a record came twice"});
      is_news = is_news || is_new;
    }
    ++pages_;
    counts_to_total_ = counts_to_total_ && is_exact(total_is_exact_, page.root);
    if (!is_news && counts_to_total_ && seen_.size() < announced_) {
      return Turn(Unstable{"a page brought nothing new although more records were announced"});
    }
    if (counts_to_total_) return judge(TRY(read_total(total_, page.root)), page.records.size());
    largest_ = std::max(largest_, page.records.size());
    if (!is_news) {
      // Who counts from 1 sends the last record once more where we look for the next.
      const bool is_rest = page.records.size() == 1 || page.records.size() < largest_;
      return is_rest ? Turn(End{}) : Turn(Unstable{"a page brought nothing new"});
    }
    const bool is_last = end_ == catalogue::Paging::End::kEmpty
                             ? page.records.empty()
                             : short_.is_last(page.records.size());
    return is_last ? Turn(End{}) : Turn(here());
  }

 private:
  static catalogue::Paging::End usual_end(const catalogue::Paging& paging) {
    using Way = catalogue::Paging::End;
    if (paging.end != Way::kUsual) return paging.end;
    return paging.total.text().empty() ? Way::kEmpty : Way::kTotal;
  }

  Turn judge(std::uint64_t total, std::size_t records) {
    if (pages_ > 1 && total != announced_) return Unstable{"the announced total changed"};
    announced_ = total;
    if (seen_.size() > total) return Unstable{"more records came than were announced"};
    if (seen_.size() < total) {
      if (records == 0) return Unstable{"fewer records came than were announced"};
      return here();
    }
    // A total that is too low would cut the list where a page ends: one look further.
    const bool maybe_cut = full_page_ != 0 && records == full_page_;
    if (maybe_cut) return here();
    return End{};
  }

  Position here() const {
    Position position = size_;
    const std::uint64_t place = by_page_ ? first_page_ + pages_ : seen_.size();
    position.parameters.emplace_back(parameter_, std::to_string(place));
    return position;
  }

  const Position size_;
  const std::string parameter_;
  const bool by_page_;
  const std::uint64_t first_page_;
  const bool repeats_;
  const catalogue::Paging::End end_;
  const json::Path total_;
  const json::Path total_is_exact_;
  bool counts_to_total_ = end_ == catalogue::Paging::End::kTotal;
  const json::Path key_;
  ShortEnd short_;
  std::uint64_t full_page_ = 0;
  std::uint64_t pages_ = 0;
  std::size_t largest_ = 0;  // page
  std::uint64_t announced_ = 0;
  std::unordered_set<std::uint64_t> seen_;
};

// Takes one link-value's parameters apart: `; rel="next"; title=x` with the comma before the next.
bool has_relation_next(std::string_view parameters) {
  while (!parameters.empty() && (parameters.back() == ',' || parameters.back() == ' ')) {
    parameters.remove_suffix(1);
  }
  for (const std::string_view parameter : base::split(parameters, ';')) {
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = base::trim(parameter.substr(0, equals));
    std::string_view value = base::trim(parameter.substr(equals + 1));
    if (!base::equals_ignoring_case(name, "rel")) continue;
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    for (const std::string_view relation : base::split(value, ' ')) {
      if (base::equals_ignoring_case(relation, "next")) return true;
    }
  }
  return false;
}

}  // namespace

std::unique_ptr<Pager> make_pager(const catalogue::Paging& paging, std::uint64_t limit,
                                  const json::Path& key) {
  std::unique_ptr<Pager> way;
  switch (paging.strategy) {
    case Strategy::kSingle:
    case Strategy::kExportJob:  // Listing reads it by itself
      return std::make_unique<SinglePage>(paging, limit);
    case Strategy::kPageNumber:
    case Strategy::kOffset: return std::make_unique<Counted>(paging, limit, key);
    case Strategy::kNextLink: way = std::make_unique<NextLink>(paging, limit); break;
    case Strategy::kLinkHeader: way = std::make_unique<LinkHeader>(paging, limit); break;
    case Strategy::kCursor: way = std::make_unique<Cursor>(paging, limit); break;
    case Strategy::kLastKey: way = std::make_unique<LastKey>(paging, limit); break;
  }
  if (paging.end == catalogue::Paging::End::kUsual) {
    if (paging.total.text().empty()) return way;
    return std::make_unique<Announced>(paging, key, std::move(way));
  }
  return std::make_unique<EndedEarlier>(paging, limit, key, std::move(way));
}

std::string find_next_link(const std::vector<net::Header>& headers) {
  for (const net::Header& header : headers) {
    if (!base::equals_ignoring_case(header.name, "Link")) continue;
    std::string_view rest = header.value;
    // Commas and semicolons may stand inside <...>, so that links are cut at their brackets.
    for (std::size_t open = rest.find('<'); open != std::string_view::npos; open = rest.find('<')) {
      const std::size_t close = rest.find('>', open);
      if (close == std::string_view::npos) break;
      const std::string_view target = rest.substr(open + 1, close - open - 1);
      rest.remove_prefix(close + 1);
      if (has_relation_next(rest.substr(0, rest.find('<')))) return std::string(target);
    }
  }
  return {};
}

}  // namespace muster::source
