#include "json/parser.h"
#include "json/repairer.h"
#include "json/value.h"

namespace muster::json {

struct Document::State {
  explicit State(std::string body) : text(std::move(body)), arena(text.size()) {}

  const std::string text;
  Arena arena;
  Value root;
  std::vector<const void*> repeating;
  std::uint32_t repaired = 0;
  std::size_t bytes = text.size();

  base::Status parse(const Limits& limits) {
    std::string_view body = text;
    const std::size_t skipped = body.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    TreeBuilder builder(arena, body);
    Parser parser(builder, limits, skipped);
    TRY(parser.write(body.substr(skipped), true));
    root = builder.root();
    repeating = builder.take_repeating();
    return {};
  }
};

base::Result<Document> Document::parse(std::string text, const Limits& limits) {
  if (text.size() > limits.max_bytes) return too_long(limits);
  auto state = std::make_unique<State>(std::move(text));
  base::Status status = state->parse(limits);
  if (!status.ok() && status.error().kind == base::ErrorKind::kMalformed) {
    // Looking for broken characters first would cost every good page; so only bad ones pay.
    Repairer repairer;
    std::string repaired(repairer.repair(state->text, true));
    if (repairer.repaired() > 0) {
      const std::size_t bytes = state->bytes;
      state = std::make_unique<State>(std::move(repaired));
      state->repaired = repairer.repaired();
      state->bytes = bytes;
      status = state->parse(limits);
    }
  }
  if (!status.ok()) return std::move(status).error();
  return Document(std::move(state));
}

Document::Document(std::unique_ptr<State> state) : state_(std::move(state)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

const Value& Document::root() const { return state_->root; }
bool Document::repeats_a_key(const Value& object) const {
  const void* const members = object.members().data();
  return object.is_object() &&
         std::ranges::find(state_->repeating, members) != state_->repeating.end();
}
std::uint32_t Document::repaired() const { return state_->repaired; }
std::size_t Document::bytes() const { return state_->bytes; }

}  // namespace muster::json
