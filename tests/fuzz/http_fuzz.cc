// What arrives over HTTP: links and where credentials may go with them, packed bodies, heads of
// requests, dates, and what an answer says about waiting and costs.
#include "base/text.h"
#include "net/gzip.h"
#include "net/http_date.h"
#include "net/http_framing.h"
#include "net/lane.h"
#include "net/url.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace muster;
using fuzz::Input;
using fuzz::require;

// Every escape undone once, as a server would.
std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto digit = [&](std::size_t i) {
      const auto found = std::string_view("0123456789abcdef")
                             .find(base::to_lower_ascii(text.substr(i, 1)).append(1, '?')[0]);
      return found == std::string_view::npos ? -1 : static_cast<int>(found);
    };
    if (text[at] == '%' && at + 2 < text.size() && digit(at + 1) >= 0 && digit(at + 2) >= 0) {
      plain += static_cast<char>(digit(at + 1) * 16 + digit(at + 2));
      at += 2;
    } else {
      plain += text[at];
    }
  }
  return plain;
}

bool leads_upwards(std::string path) {
  for (char& c : path) c = c == '\\' ? '/' : c;
  for (const std::string_view segment : base::split(path, '/')) {
    const std::string_view name = segment.substr(0, segment.find(';'));
    if (name == "." || name == "..") return true;
  }
  return false;
}

// A link is refused, or goes to the very origin and path that the credential was issued for.
void try_link(Input& input) {
  const std::string home_text = input.part();
  const std::string link = input.rest();
  require(decoded(base::percent_encode(link)) == link);
  const auto target = net::parse_url(link);
  if (target.ok() && !target->user_info.empty()) {
    const auto shown = net::parse_url(net::without_query(link));
    require(shown.ok() && shown->user_info.empty() && shown->query.empty());
    require(shown->host == target->host && shown->port == target->port);
  }
  for (const std::string& base_url : {home_text, std::string("https://graph.microsoft.com/v1.0")}) {
    const auto status = net::check_same_origin(base_url, link);
    if (!status.ok()) {
      fuzz::require_printable(status.error().message);
      continue;
    }
    const auto home = net::parse_url(base_url);
    require(home.ok() && target.ok());
    require(target->scheme == home->scheme && target->host == home->host);
    require(target->port == home->port && target->user_info.empty());
    require(!leads_upwards(target->path) && !leads_upwards(decoded(target->path)));
    require(target->path.starts_with(home->path));
    const std::string further = target->path.substr(home->path.size());
    require(further.empty() || further.front() == '/' || home->path.back() == '/');
  }
}

// No packed body grows beyond its limit, and what was packed here comes back.
void try_gzip(Input& input) {
  const std::size_t limit = std::size_t{1} << (input.byte() % 21);
  const std::string body = input.rest();
  const auto plain = net::gunzip(body, limit);
  const std::string beginning = net::gunzip_beginning(body, 4096);
  require(beginning.size() <= 4096);
  if (plain.ok()) require(plain->size() <= limit && plain->starts_with(beginning));
  require(*net::gunzip(net::gzip(body), body.size()) == body);
  (void)net::accepts_gzip(body);
}

// A head that passes has one reading only, however its bytes arrive.
void try_head(Input& input) {
  using Outcome = net::HeadScanner::Outcome;
  const std::size_t step = 1 + input.byte() % 64;
  const std::string text = input.rest();
  net::HeadScanner whole, stepwise;
  const Outcome outcome = whole.scan(text);
  Outcome seen = Outcome::kIncomplete;
  for (std::size_t at = 0; at < text.size() && seen == Outcome::kIncomplete;) {
    at = std::min(at + step, text.size());
    seen = stepwise.scan(std::string_view(text).substr(0, at));
  }
  require(seen == outcome);
  if (outcome != Outcome::kComplete) return;
  require(whole.length() == stepwise.length() && whole.length() <= text.size());
  const std::string head = text.substr(0, whole.length());
  require(head.ends_with("\r\n"));
  if (net::check_head(head)) return;
  int hosts = 0, framings = 0;
  for (const std::string_view line : base::split(head, '\n')) {
    require(line.empty() || (line.back() == '\r' && line.find('\r') == line.size() - 1));
    require(!line.starts_with(' ') && !line.starts_with('\t'));
    const std::string name = base::to_lower_ascii(line.substr(0, line.find(':')));
    if (name.find_first_of(" \t") != std::string::npos) continue;  // the request line
    hosts += name == "host";
    framings += name == "content-length" || name == "transfer-encoding";
  }
  require(hosts == 1 && framings <= 1);
}

void try_date(Input& input) {
  const base::WallTime now{std::chrono::seconds(1'790'000'000)};
  const std::string text = input.rest();
  const auto date = net::parse_http_date(text);
  // A leap second may begin the year 10000, which has no such form.
  if (date && *date < std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1)) {
    const auto again = net::parse_http_date(net::format_http_date(*date));
    require(again && *again == *date);
  }
  const auto wait = net::parse_retry_after(text, now);
  if (wait) require(*wait >= base::Duration(0) && *wait <= std::chrono::hours(24));
  const std::string date_alone(base::trim(text));
  if (const auto until = net::parse_http_date(date_alone)) {
    require(wait.has_value());
    require((*wait > base::Duration(0)) == (*until > now));
    require((*wait == std::chrono::hours(24)) == (*until - now >= std::chrono::hours(24)));
  }
}

class Scripted final : public net::HttpClient {
 public:
  explicit Scripted(net::Response answer) : answer_(std::move(answer)) {}
  base::Result<net::Response> send(const net::Request&, const base::Stop&) override {
    return answer_;
  }

 private:
  const net::Response answer_;
};

// Whatever the headers of an answer say, nobody waits for ever and no counter runs away.
void try_pacing(Input& input) {
  constexpr int kStatuses[] = {200, 429, 503, 500, 403};
  net::Response answer;
  answer.status = kStatuses[input.choice(5)];
  for (const char* name : {"Retry-After", "Date", "cost", "pressure"}) {
    const std::string value = input.part();
    if (!value.empty()) answer.headers.push_back({name, value});
  }
  const auto scheduler = base::make_simulated_scheduler(1);
  const auto random = base::make_seeded_random(1);
  const auto logger = base::make_null_logger();
  Scripted client(answer);
  net::Lane lane({.name = "fuzz",
                  .units = 100,
                  .window = std::chrono::seconds(10),
                  .attempts = 3,
                  .cost_header = "cost",
                  .pressure_header = input.choice(2) == 0 ? "pressure" : ""},
                 {*scheduler, client, *random, *logger});
  const net::Request request{.url = "https://api.test/"};
  const base::Instant begun = scheduler->now();
  for (int i = 0; i < 4; ++i) {
    const auto outcome = lane.send(request, {.units = 5}, {});
    if (!outcome.ok()) fuzz::require_printable(outcome.error().message);
  }
  require(scheduler->now() - begun < std::chrono::hours(4));
  require(lane.counters().resource_units <= lane.counters().requests * 1'000'000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  switch (input.choice(5)) {
    case 0: try_link(input); break;
    case 1: try_gzip(input); break;
    case 2: try_head(input); break;
    case 3: try_date(input); break;
    default: try_pacing(input);
  }
  return 0;
}
