// How much memory and time rows cost: PARENTS records with ROWS elements each, of which DISTINCT
// are different. The source is in this process and makes its pages as they are asked for.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "base/log.h"
#include "base/random.h"
#include "catalogue/loader.h"
#include "run/reading.h"

namespace {

using namespace muster;

constexpr const char* kCatalogue = R"(
name: fleet
title: Fleet
connection: { token: { type: secret } }
addresses: { api: { url: "https://fleet.test" } }
sign_in: { strategy: bearer, token: token }
lanes: { main: { units: 1000000 } }
defaults: { lane: main, records: results, key: id, label: name }
data_sets:
  computers:
    title: Computer
    path: /computers
    paging: { strategy: next_link, next: next }
    attributes: { id: text, name: text, serial: text, model: text }
    references:
      programs: { target: programs, path: "apps[]", compose: "{name} {version}" }
  programs:
    title: Program
    rows: { of: computers, path: "apps[]", when: exists(name) }
    attributes: { id: { compose: "{name} {version}" }, name: text, version: text, path: text }
)";

struct Sizes {
  std::uint64_t parents, rows, distinct;
};

class Fleet final : public net::HttpClient {
 public:
  explicit Fleet(const Sizes& sizes) : sizes_(sizes) {}

  base::Result<net::Response> send(const net::Request& request, const base::Stop&) override {
    constexpr std::uint64_t kPage = 100;
    const std::size_t at = request.url.find("from=");
    const std::uint64_t begin =
        at == std::string::npos ? 0 : std::strtoull(request.url.c_str() + at + 5, nullptr, 10);
    const std::uint64_t end = std::min(begin + kPage, sizes_.parents);
    net::Response response{.status = 200};
    response.headers = {{"Content-Type", "application/json"}};
    std::string& body = response.body = "{\"results\":[";
    for (std::uint64_t parent = begin; parent < end; ++parent) {
      body += fmt::format(
          R"({}{{"id":"c-{}","name":"Mac {}","serial":"C02{:08x}","model":"Mac14,7","apps":[)",
          parent == begin ? "" : ",", parent, parent, parent * 2654435761U);
      for (std::uint64_t row = 0; row < sizes_.rows; ++row) {
        const std::uint64_t which = (parent * sizes_.rows + row) * 7919 % sizes_.distinct;
        body += fmt::format(
            R"({}{{"name":"Program Number {}","version":"{}.{}.1","path":"/Applications/{}.app"}})",
            row == 0 ? "" : ",", which / 4, which % 4, which % 97, which);
      }
      body += "]}";
    }
    body += "]";
    if (end < sizes_.parents) {
      body += fmt::format(R"(,"next":"https://fleet.test/computers?from={}")", end);
    }
    body += "}";
    response.wire_bytes = body.size();
    return response;
  }

 private:
  const Sizes sizes_;
};

int measure(const Sizes& sizes) {
  const auto loaded = catalogue::load_source(kCatalogue, "fleet.yaml", {});
  for (const auto& finding : loaded.findings) std::fprintf(stderr, "%s\n", finding.text().c_str());
  if (loaded.source == nullptr) return 1;
  mapping::Plan plan;
  mapping::make_plan(loaded.source, {}, "fleet", "fleet.yaml", plan);
  const auto scheduler = base::make_real_scheduler();
  const auto random = base::make_seeded_random(1);
  const auto logger = base::make_null_logger();
  Fleet fleet(sizes);
  source::ConnectionValues values;
  values.secrets.emplace("token", base::Secret("t"));
  values.trust = std::make_shared<net::Trust>();
  auto session =
      source::Session::open(loaded.source, values, {}, {*scheduler, fleet, *random, *logger});
  if (!session.ok()) return 1;
  run::Progress progress;
  run::ReadResult result;
  const auto begin = std::chrono::steady_clock::now();
  const base::Status status =
      run::read_everything(plan, {1, 2, 3}, 100, {*scheduler, **session, progress}, {}, result);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.error().text().c_str());
    return 1;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const run::Counts& programs = result.collections[1]->counts();
  std::printf("%llu rows, %llu different: %.1f s, at most %ld MiB\n",
              static_cast<unsigned long long>(programs.fetched + programs.repeated),
              static_cast<unsigned long long>(programs.formatted), took.count(),
              usage.ru_maxrss / 1024);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const auto number = [&](int at, std::uint64_t fallback) {
    return count > at ? std::strtoull(arguments[at], nullptr, 10) : fallback;
  };
  return measure({number(1, 20'000), number(2, 100), number(3, 20'000)});
}
