// Values that are worked out from a record instead of copied: choices, sums, counts, the least and
// the greatest of several, the first of several that is there, texts made of several values,
// numbers and times in other forms, whole objects as JSON.
//
//   if (is_derived(attribute)) rule.derivation.emplace(attribute);
//   if (const auto text = rule.derivation->value(record)) ...
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalogue/model.h"
#include "json/value.h"

namespace muster::catalogue {

// A text made of several values of one record or element: "{name} {version}". A missing one gives
// nothing, and blanks are tidied. One object per thread.
class Composition {
 public:
  Composition(std::vector<Piece> pieces, std::vector<std::string> nulls)
      : pieces_(std::move(pieces)), nulls_(std::move(nulls)) {}

  // Replaces `text`; false when all the values are missing.
  bool compose(const json::Value& of, std::string& text) const;

 private:
  std::vector<Piece> pieces_;
  std::vector<std::string> nulls_;
};

// True: the value comes from a Derivation, not from Attribute::path as it is.
bool is_derived(const Attribute& attribute);

// Holds copies of the attribute's paths and conditions, which remember where keys stood: one object
// per thread.
class Derivation {
 public:
  explicit Derivation(const Attribute& attribute);

  // As text, still to be brought into the attribute's type; nullopt: the record has none. A count
  // is never none.
  std::optional<std::string> value(const json::Value& record) const;

 private:
  std::optional<std::string> chosen(const json::Value& record) const;
  std::optional<std::string> summed(const json::Value& record) const;
  std::string counted(const json::Value& record) const;
  std::optional<std::string> outermost(const json::Value& record) const;
  std::optional<std::string> as_json(const json::Value& record) const;
  std::optional<std::string> first_found(const json::Value& record) const;
  std::optional<std::string> prefixed(const json::Value& record) const;
  bool is_null(std::string_view text) const;

  std::vector<json::Path> first_of_;
  std::optional<Composition> composition_;
  Attribute::Format format_;
  std::int64_t divide_by_;
  std::string prefix_, join_;
  std::vector<std::string> nulls_;

  json::Path path_;
  Attribute::Combine combine_;
  std::vector<Term> sum_;
  std::vector<Choice> choices_;
};

}  // namespace muster::catalogue
