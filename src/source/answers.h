// What a source's answers mean, by its catalogue's error rules. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/redactor.h"
#include "base/result.h"
#include "base/scheduler.h"
#include "catalogue/model.h"
#include "json/value.h"
#include "net/http.h"

namespace muster::source {

// An answer as far as its meaning goes; items inside a batch have one too.
struct Answer {
  int status = 0;
  std::string_view body;
  const std::vector<net::Header>& headers;
  bool is_first = false;  // no page came before it
};

// The rule that fits best: one for the code before one for the status alone, one with both before
// one with the code alone. `codes` come most specific first; `text` is the message, or the body
// when there is none. Without a page before nothing can have expired: `restart` does not fit then.
// nullptr: none.
const catalogue::ErrorRule* find_rule(const std::vector<catalogue::ErrorRule>& rules, int status,
                                      const std::vector<std::string>& codes,
                                      std::string_view text = {}, bool is_first = false);

// The codes an error answer names, most specific first: OData nests further codes in `innerError`
// (https://docs.oasis-open.org/odata/odata-json-format/v4.01/, section 21.1).
std::vector<std::string> find_codes(const json::Value& body, const json::Path& code);

// An answer without success, as an Error; see Session::get for the kinds. The message holds the
// status, the code and the request's id; the free text, which may repeat a record, is in `heard`.
// Nothing shows what `redactor` knows.
base::Error explain_answer(const catalogue::Source& source, const Answer& answer,
                           std::string_view where, base::WallTime now,
                           const base::Redactor& redactor);

// A success must carry JSON: kMalformed `source_protocol` for anything else, such as the page of a
// sign-in form. An empty body is none; plain text that begins as JSON is taken for it.
base::Status expect_json(const net::Response& response);

// The JSON of a success; an answer that breaks off is told as one.
base::Result<json::Document> read_document(std::string body, const json::Limits& limits = {});

// kMalformed `source_protocol` naming the host a redirect points to; redirects are never followed.
base::Error refuse_redirect(int status, const std::vector<net::Header>& headers);

// The milliseconds of a wait, rounded up, as errors carry it.
std::optional<std::chrono::milliseconds> retry_after_of(const std::vector<net::Header>& headers,
                                                        base::WallTime now);

}  // namespace muster::source
