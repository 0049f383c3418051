// The query of one call, read strictly: a parameter nobody knows or of the wrong type is a 400.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "sandbox/service.h"

namespace muster::sandbox::datadog {

class Query {
 public:
  Query(const Call& call, std::initializer_list<std::string_view> known);

  // `least`..`most`; `otherwise` when it is not given.
  std::uint64_t number(std::string_view name, std::uint64_t otherwise, std::uint64_t least,
                       std::uint64_t most);
  bool flag(std::string_view name, bool otherwise);
  // One of `values`, separated by `|`.
  std::string choice(std::string_view name, std::string_view values, std::string_view otherwise);
  std::string text(std::string_view name) const;
  bool has(std::string_view name) const { return call_.parameter(name).has_value(); }

  // The first mistake, once everything was read.
  const std::optional<std::string>& mistake() const { return mistake_; }

 private:
  void wrong(std::string message);

  const Call& call_;
  std::optional<std::string> mistake_;
};

}  // namespace muster::sandbox::datadog
