#include "service/foreign_definition.h"

#include <fmt/format.h>

namespace muster::service {
namespace {

base::Error operator_only(catalogue::Mark mark, std::string_view what) {
  return {base::ErrorKind::kSettings, "operator_only",
          fmt::format("Line {}: {} reaches into the machine that muster runs on; only an operator "
                      "may put that into an importer.",
                      mark.line, what)};
}

base::Status check_place(const run::SecretPlace& place) {
  if (place.env.empty() && place.file.empty()) return {};
  return operator_only(place.mark,
                       "a secret from a file or an environment variable (write { secret: NAME })");
}

base::Status check_trust(const run::TrustSettings& trust, catalogue::Mark mark) {
  if (!trust.ca_file.empty()) return operator_only(trust.ca_file_mark, "ca_file");
  if (trust.allow_private_address) return operator_only(mark, "allow_private_address");
  return {};
}

}  // namespace

base::Status check_foreign(const run::Importer& importer) {
  for (const auto& [field, place] : importer.secrets) TRY(check_place(place));
  TRY(check_place(importer.destination.token));
  TRY(check_trust(importer.trust, importer.mark));
  TRY(check_trust(importer.destination.trust, importer.mark));
  if (importer.destination.type == run::DestinationSettings::Type::kFiles) {
    return operator_only(importer.mark, "a folder as destination");
  }
  return {};
}

}  // namespace muster::service
