// Secret: a string that cannot be printed by accident and is wiped when it goes.
//
// fmt, logs and error texts show "[secret]". Only reveal() gives the bytes; grep for it in reviews.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace muster::base {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  std::string_view reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  friend bool operator==(const Secret& a, const Secret& b) { return a.value_ == b.value_; }

 private:
  void wipe() noexcept;
  std::string value_;
};

}  // namespace muster::base

template <>
struct fmt::formatter<muster::base::Secret> : fmt::formatter<std::string_view> {
  auto format(const muster::base::Secret&, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format("[secret]", context);
  }
};
