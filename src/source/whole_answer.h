// Answers that arrived damaged are asked for again: well framed and cut off all the same, what
// stands between us and the source did that.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalogue/model.h"
#include "json/value.h"
#include "net/http.h"
#include "source/session.h"

namespace muster::source {

inline constexpr std::uint32_t kMaxBrokenAnswers = 3;  // of one question, in a row

struct WholeAnswer {
  json::Document document;
  std::vector<net::Header> headers;
};

// `ask` sends the request; `what` names it in the log. Errors: those of `ask`, and read_document().
base::Result<WholeAnswer> ask_for_whole(Session& session, const catalogue::Request& request,
                                        std::string_view what, const json::Limits& limits,
                                        const base::Stop& stop,
                                        const std::function<base::Result<net::Response>()>& ask);

// The parameters of a request with what stands for {field}, {ago:field} and {key} in them.
// kSettings when a field is not filled in.
base::Result<std::vector<std::pair<std::string, std::string>>> filled_parameters(
    const Session& session, const catalogue::Request& request, std::string_view key);

// One GET that is no page of a list. Of several paths the newest that the source has is taken, as
// in a Listing; `key` stands for "{key}". An answer that only means something in a list is
// kMalformed `source_protocol`.
base::Result<WholeAnswer> get_whole(Session& session, const catalogue::Request& request,
                                    const std::vector<std::pair<std::string, std::string>>& fields,
                                    std::string_view key, std::string_view what,
                                    const json::Limits& limits, const base::Stop& stop);

}  // namespace muster::source
