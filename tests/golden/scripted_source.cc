#include "tests/golden/scripted_source.h"

#include <fmt/format.h>

#include <stdexcept>

#include "base/text.h"
#include "json/value.h"
#include "json/writer.h"

namespace muster::tests {
namespace {

constexpr std::string_view kBegin = "=== ";
constexpr std::string_view kBatch = "/$batch";

std::string plain(std::string_view encoded) {
  std::string text;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] == '%' && i + 2 < encoded.size()) {
      text += static_cast<char>(std::stoi(std::string(encoded.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      text += encoded[i] == '+' ? ' ' : encoded[i];
    }
  }
  return text;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// " [Name: value]" for every header that not every request has.
std::string special(const std::vector<net::Header>& headers) {
  std::string text;
  for (const net::Header& header : headers) {
    const auto is = [&](std::string_view name) {
      return base::equals_ignoring_case(header.name, name);
    };
    if (is("Accept") || is("User-Agent") || is("Authorization") || is("Content-Type")) continue;
    text += fmt::format(" [{}: {}]", header.name, header.value);
  }
  return text;
}

}  // namespace

ScriptedSource::ScriptedSource(base::Scheduler& scheduler, const std::string& answers,
                               std::string origin)
    : scheduler_(scheduler), origin_(std::move(origin)), monitor_(scheduler) {
  enum class Part { kComment, kStatus, kHeaders, kBody } part = Part::kComment;
  Answer* open = nullptr;
  int number = 0;
  for (const std::string_view line : base::split(answers, '\n')) {
    ++number;
    if (line.starts_with(kBegin)) {
      open = &answers_[std::string(base::trim(line.substr(kBegin.size())))].emplace_back();
      part = Part::kStatus;
    } else if (part == Part::kStatus) {
      const auto status = base::parse_int(base::trim(line));
      if (!status) throw std::runtime_error(fmt::format("answers.txt:{}: no status", number));
      open->response.status = static_cast<int>(*status);
      part = Part::kHeaders;
    } else if (part == Part::kHeaders && !line.empty()) {
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos) {
        throw std::runtime_error(fmt::format("answers.txt:{}: no header", number));
      }
      open->response.headers.push_back(
          {std::string(line.substr(0, colon)),
           replaced(std::string(base::trim(line.substr(colon + 1))), "{origin}", origin_)});
    } else if (part == Part::kHeaders) {
      part = Part::kBody;
    } else if (part == Part::kBody) {
      open->response.body += replaced(std::string(line), "{origin}", origin_) + "\n";
    }
  }
  for (auto& [request, queue] : answers_) {
    for (Answer& answer : queue) {
      if (net::find_header(answer.response.headers, "Content-Type") != nullptr) continue;
      answer.response.headers.push_back({"Content-Type", "application/json"});
    }
  }
}

base::Result<net::Response> ScriptedSource::send(const net::Request& request,
                                                 const base::Stop& stop) {
  if (!base::sleep_for(scheduler_, std::chrono::milliseconds(1), stop)) {
    return base::Error{base::ErrorKind::kCancelled, "cancelled", "Stopped.", ""};
  }
  if (!request.url.starts_with(origin_)) {
    return base::Error{base::ErrorKind::kUnavailable, "source_unavailable",
                       "no such host in this case", ""};
  }
  base::Monitor::Lock lock(monitor_);
  const std::string target = request.url.substr(origin_.size());
  const std::size_t batch = target.find(kBatch);
  if (batch != std::string::npos) return answer_batch(request, target.substr(0, batch));
  return answer(request.method, target, request.headers);
}

net::Response ScriptedSource::answer(const std::string& method, const std::string& target,
                                     const std::vector<net::Header>& headers) {
  const std::string whole = method + " " + plain(target);
  requests_.insert(whole + special(headers));
  auto found = answers_.find(whole);
  if (found == answers_.end()) found = answers_.find(whole.substr(0, whole.find('?')));
  if (found == answers_.end()) {
    return {.status = 404,
            .headers = {{"Content-Type", "application/json"}},
            .body = R"({"error":{"code":"NoSuchAnswer","message":"not in answers.txt"}})"};
  }
  std::deque<Answer>& queue = found->second;
  queue.front().is_asked = true;
  const net::Response response = queue.front().response;
  if (queue.size() > 1) queue.pop_front();
  return response;
}

net::Response ScriptedSource::answer_batch(const net::Request& request, const std::string& base) {
  auto own = answers_.find("POST " + base + std::string(kBatch));
  if (own != answers_.end() && !own->second.empty()) {
    requests_.insert(own->first);
    net::Response whole = std::move(own->second.front().response);
    own->second.pop_front();
    return whole;
  }
  net::Response response{.status = 200, .headers = {{"Content-Type", "application/json"}}};
  const auto document = json::Document::parse(request.body);
  json::Writer writer(response.body);
  writer.begin_object().key("responses").begin_array();
  for (const json::Value& item : document->root().find("requests")->items()) {
    std::vector<net::Header> headers;
    if (const json::Value* given = item.find("headers")) {
      for (const json::Member& header : given->members()) {
        headers.push_back({std::string(header.key), std::string(header.value.text())});
      }
    }
    const net::Response part = answer(std::string(item.find("method")->text()),
                                      base + std::string(item.find("url")->text()), headers);
    writer.begin_object().key("id").string(item.find("id")->text());
    writer.key("status").number(std::int64_t{part.status}).key("headers").begin_object();
    for (const net::Header& header : part.headers) writer.key(header.name).string(header.value);
    writer.end_object();
    if (!part.body.empty()) writer.key("body").raw(base::trim(part.body));
    writer.end_object();
  }
  writer.end_array().end_object();
  return response;
}

std::vector<std::string> ScriptedSource::unasked() const {
  std::vector<std::string> names;
  for (const auto& [request, queue] : answers_) {
    if (queue.empty()) continue;  // answers to whole batches are used up
    if (!queue.front().is_asked || queue.size() > 1) names.push_back(request);
  }
  return names;
}

}  // namespace muster::tests
