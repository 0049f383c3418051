#include "source/whole_answer.h"

#include "source/addresses.h"
#include "source/answers.h"

namespace muster::source {

using base::ErrorKind;
using base::Result;

namespace {

// What these say of lists means nothing about what is none.
base::Error of_no_list(base::Error error) {
  if (error.reason == "restart_listing" || error.reason == "end_of_list") {
    error.kind = ErrorKind::kMalformed;
    error.reason = "source_protocol";
  }
  return error;
}

}  // namespace

Result<WholeAnswer> ask_for_whole(Session& session, const catalogue::Request& request,
                                  std::string_view what, const json::Limits& limits,
                                  const base::Stop& stop,
                                  const std::function<Result<net::Response>()>& ask) {
  for (std::uint32_t times = 1;; ++times) {
    net::Response response = TRY(ask());
    Result<json::Document> document = read_document(std::move(response.body), limits);
    if (document.ok()) {
      return WholeAnswer{std::move(document).value(), std::move(response.headers)};
    }
    if (document.error().kind != ErrorKind::kMalformed || times == kMaxBrokenAnswers) {
      return std::move(document).error();
    }
    session.logger().warn("{} is damaged and asked for again: {}", what, document.error().message);
    base::sleep_for(session.scheduler(), session.lane(request.lane).backoff(times), stop);
  }
}

Result<Parameters> filled_parameters(const Session& session, const catalogue::Request& request,
                                     std::string_view key) {
  constexpr std::string_view kKey = "{key}";
  Parameters parameters;
  for (const auto& [name, text] : request.parameters) {
    // Piece by piece, because a key may hold braces itself.
    std::string value;
    std::string_view rest = text;
    for (std::size_t at = rest.find(kKey); at != std::string_view::npos; at = rest.find(kKey)) {
      value += TRY(session.filled(rest.substr(0, at)));
      value += key;
      rest.remove_prefix(at + kKey.size());
    }
    value += TRY(session.filled(rest));
    parameters.emplace_back(name, std::move(value));
  }
  return parameters;
}

Result<WholeAnswer> get_whole(Session& session, const catalogue::Request& request,
                              const Parameters& fields, std::string_view key, std::string_view what,
                              const json::Limits& limits, const base::Stop& stop) {
  Parameters parameters = TRY(filled_parameters(session, request, key));
  parameters.insert(parameters.end(), fields.begin(), fields.end());
  catalogue::Request asked = request;
  const std::vector<std::string> paths = session.paths_of(request);
  for (std::size_t i = 0;; ++i) {
    const bool is_last = i + 1 == paths.size();
    asked.path = paths[i];
    const std::string url = TRY(session.url(asked, parameters, key));
    Result<WholeAnswer> answer = ask_for_whole(session, asked, what, limits, stop, [&] {
      return session.get(asked, url, stop, {.may_be_unknown = !is_last});
    });
    if (answer.ok()) session.remember_path(request, asked.path);
    if (answer.ok()) return answer;
    if (is_last || answer.error().reason != "unknown_path")
      return of_no_list(std::move(answer).error());
  }
}

}  // namespace muster::source
