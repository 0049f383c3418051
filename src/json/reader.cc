#include "json/reader.h"

#include "base/text.h"
#include "json/parser.h"
#include "json/repairer.h"

namespace muster::json {
namespace {

std::vector<std::string> keys_of(std::string_view path) {
  if (path.empty()) return {};
  const std::vector<std::string_view> keys = base::split(path, '.');
  return {keys.begin(), keys.end()};
}

}  // namespace

struct Reader::State {
  State(std::string_view path, RecordSink sink, const Limits& accepted)
      : limits(accepted),
        outlet{keys_of(path), std::move(sink)},
        builder(envelope, {}, &outlet),
        parser(builder, accepted) {}

  base::Status write(std::string_view bytes, bool last) {
    received += bytes.size();
    if (received > limits.max_bytes) return too_long(limits);
    std::string_view text = repairer.repair(bytes, last);
    // An unfinished character waits in the repairer, so that the mark always comes in one piece.
    if (at_start && !text.empty()) {
      at_start = false;
      if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    }
    return parser.write(text, last);
  }

  const Limits limits;
  std::size_t received = 0;
  bool at_start = true;
  Repairer repairer;
  Arena envelope;
  RecordOutlet outlet;
  TreeBuilder builder;
  Parser parser;
  std::optional<base::Error> failure;
};

Reader::Reader(std::string records_path, RecordSink sink, const Limits& limits)
    : state_(std::make_unique<State>(records_path, std::move(sink), limits)) {}

Reader::~Reader() = default;

base::Status Reader::write(std::string_view bytes) {
  if (state_->failure) return *state_->failure;
  base::Status status = state_->write(bytes, false);
  if (!status.ok()) state_->failure = status.error();
  return status;
}

base::Result<Value> Reader::finish() {
  if (state_->failure) return *state_->failure;
  TRY(state_->write({}, true));
  return state_->builder.root();
}

bool Reader::found_array() const { return state_->outlet.found; }
std::uint64_t Reader::records() const { return state_->outlet.records; }

}  // namespace muster::json
