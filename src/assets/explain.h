// What Assets said, in words that a person can act on. Its answers come in several shapes, and from
// gateways in others still, so everything here reads defensively and never fails.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalogue/object_type.h"
#include "json/value.h"
#include "net/http.h"

namespace muster::assets {

// The text of a member; empty when there is none.
std::string text_at(const json::Value& object, std::string_view key);

inline constexpr std::string_view kWhereImportsAre =
    "Assets > object schema > Schema configuration > Import";

// Texts of a member that may be absent, null, a text, a list or an object of texts.
std::vector<std::string> texts_of(const json::Value* value);
std::string joined(const std::vector<std::string>& texts);

// An answer nobody will repeat: kDenied (404: kMissing) `destination_rejected`. The message holds
// the status and the codes; other texts, which may repeat an object's values, are in `heard`.
base::Error refused(std::string_view doing, const net::Response& response);
// With what was heard in the message: for answers to what holds no object, such as the mapping.
base::Error with_words(base::Error error);
// 401: kDenied `destination_token`.
base::Error token_refused();
// A 2xx answer that is a web page: something between us and Assets answered instead.
base::Error not_from_assets(std::string_view doing);
bool is_web_page(std::string_view body);
base::Error cancelled();
// An error of the lane or the client in the destination's words: `destination_certificate`,
// `destination_address`, `destination_unavailable`.
base::Error unreachable(std::string_view doing, base::Error error);

// Why a mapping with references to what other importers send may have been refused; empty when it
// has none.
std::string links_text(const catalogue::ObjectSchema& schema);
// Why the mapping was refused: what of `wanted` contradicts `existing` (a schema-and-mapping
// document as Assets gives it out), one sentence each. Empty when nothing does.
std::vector<std::string> frozen_differences(const catalogue::ObjectSchema& wanted,
                                            const json::Value& existing);
// kConflict `schema_frozen`.
base::Error schema_frozen(const std::vector<std::string>& differences);

}  // namespace muster::assets
