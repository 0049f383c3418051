#include "source/presence.h"

#include <fmt/format.h>

#include "base/text.h"
#include "source/addresses.h"
#include "source/whole_answer.h"

namespace muster::source {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

constexpr json::Limits kRecordBody{.max_bytes = std::size_t{16} << 20};

Result<bool> is_present(Session& session, const catalogue::Request& record,
                        const Parameters& fields, const std::string& key, const std::string& place,
                        const base::Stop& stop) {
  if (key == "." || key == "..") {  // would not stay one segment of the path
    return Error{ErrorKind::kMalformed, "source_protocol",
                 "A record with this key cannot be asked for.", place};
  }
  const Result<WholeAnswer> answer =
      get_whole(session, record, fields, key, place, kRecordBody, stop);
  if (answer.ok()) return true;
  if (answer.error().reason == "gone") return false;
  return Error(answer.error()).at(place);
}

}  // namespace

Result<std::uint64_t> count_present(Session& session, const catalogue::DataSet& data_set,
                                    std::span<const std::string> keys, const base::Stop& stop) {
  const catalogue::Request& record = data_set.record;
  const Parameters fields = field_parameters(record, record.fields_always);
  std::uint64_t present = 0;
  for (const std::string& key : keys) {
    const std::string place = fmt::format("{}: record {}", data_set.name, base::printable(key, 80));
    if (TRY(is_present(session, record, fields, key, place, stop))) ++present;
  }
  return present;
}

}  // namespace muster::source
