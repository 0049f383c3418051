#include "sandbox/assets/packed_values.h"

namespace muster::sandbox::assets {

void PackedReader::load() {
  if (at_ == end_) return;
  slot_ = packed::load<std::uint16_t>(at_);
  values_ = Values(at_ + sizeof(std::uint16_t) + sizeof(std::uint32_t),
                   packed::load<std::uint32_t>(at_ + sizeof(std::uint16_t)));
}

void PackedReader::next() {
  Values::Iterator value = values_.begin();
  for (std::uint32_t i = 0; i < values_.size(); ++i) ++value;
  at_ = value.position();
  load();
}

PackedWriter& PackedWriter::begin(std::uint16_t slot) {
  packed::store(out_, slot);
  count_at_ = out_.size();
  count_ = 0;
  packed::store(out_, count_);
  return *this;
}

PackedWriter& PackedWriter::add(std::string_view value) {
  packed::store(out_, static_cast<std::uint32_t>(value.size()));
  out_.append(value);
  ++count_;
  return *this;
}

void PackedWriter::end() { std::memcpy(out_.data() + count_at_, &count_, sizeof count_); }

void PackedWriter::copy(std::uint16_t slot, const Values& values) {
  begin(slot);
  for (std::string_view value : values) add(value);
  end();
}

Values values_at(std::string_view packed, std::uint16_t slot) {
  for (PackedReader entry(packed); !entry.done(); entry.next())
    if (entry.slot() == slot) return entry.values();
  return {};
}

}  // namespace muster::sandbox::assets
