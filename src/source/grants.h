// What an access token allows, compared with what a catalogue says is needed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/model.h"

namespace muster::source {

class Grants {
 public:
  // `granted`: nullopt when the token does not tell (Session::granted).
  Grants(const catalogue::Source& source, std::optional<std::vector<std::string>> granted)
      : source_(source), granted_(std::move(granted)) {}

  bool known() const { return granted_.has_value(); }
  // The permission itself or a broader one that covers it. When nothing is known: true.
  bool has(std::string_view permission) const;
  // Those of `needed` that lack; all of them when nothing is known.
  std::vector<std::string> missing(const std::vector<std::string>& needed) const;
  // Granted, and not what gives any of `needed`. Empty when nothing is known.
  std::vector<std::string> superfluous(const std::vector<std::string>& needed) const;
  // What to do about the refusal of a request that needs these: " Grant Device.Read.All (or
  // Directory.Read.All) and give consent..."; "" when the catalogue names none.
  std::string advice(const std::vector<std::string>& needed) const;

 private:
  const catalogue::Source& source_;
  const std::optional<std::vector<std::string>> granted_;
};

// An attribute that needs a permission beyond those of its data set: without it the source leaves
// it empty, or refuses the reading.
struct MissingField {
  std::string attribute;
  std::string permission;
};

// Those among what is asked for: `fields` in the listing, `detail_fields` record by record.
std::vector<MissingField> guarded_fields(const catalogue::DataSet& data_set,
                                         const std::vector<std::string>& fields,
                                         const std::vector<std::string>& detail_fields);
// What the source is asked for to get it.
std::string requested_field(const catalogue::Attribute& attribute);

}  // namespace muster::source
