// Result<T>: a value or an Error. Must be looked at.
//
//   Result<Page> read();
//   Result<int> count() {
//     Page page = TRY(read());              // passes the error up
//     TRY_AT(check(page), "users");         // ... and says where
//     return page.size();
//   }
//
// What a passing Result gives away is a value of its own: `for (auto& x : f().value())` is safe.
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/error.h"

namespace muster::base {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit on purpose
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT
  template <typename U>
  requires(std::is_convertible_v<U&&, T> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
           !std::is_same_v<std::remove_cvref_t<U>, T> &&
           !std::is_same_v<std::remove_cvref_t<U>, Error>) Result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return expect_value(), std::get<0>(state_); }
  const T& value() const& { return expect_value(), std::get<0>(state_); }
  T value() && { return expect_value(), std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & { return expect_error(), std::get<1>(state_); }
  const Error& error() const& { return expect_error(), std::get<1>(state_); }
  Error error() && { return expect_error(), std::get<1>(std::move(state_)); }

 private:
  void expect_value() const { MUSTER_CHECK(ok(), "a Result was read as a value without looking"); }
  void expect_error() const {
    MUSTER_CHECK(!ok(), "a Result was read as an error without looking");
  }

  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : failed_(true), error_(std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return !failed_; }
  explicit operator bool() const { return ok(); }
  void value() const { MUSTER_CHECK(ok(), "a Result was read as a value without looking"); }
  Error& error() & { return error_; }
  const Error& error() const& { return error_; }
  Error error() && { return std::move(error_); }

 private:
  bool failed_ = false;
  Error error_;
};

using Status = Result<void>;

// For TRY, which knows that the Result lives until the value has been moved out of it. (Of a value
// that passes by itself g++ 12 believes that it frees what was never allocated.)
template <typename T>
T&& value_of(Result<T>& result) {
  return std::move(result.value());
}
inline void value_of(Result<void>&) {}

}  // namespace muster::base

#define TRY(expression)                      \
  ({                                         \
    auto try_result_ = (expression);         \
    if (!try_result_.ok()) [[unlikely]]      \
      return std::move(try_result_.error()); \
    ::muster::base::value_of(try_result_);   \
  })

#define TRY_AT(expression, place)                      \
  ({                                                   \
    auto try_result_ = (expression);                   \
    if (!try_result_.ok()) [[unlikely]]                \
      return std::move(try_result_.error()).at(place); \
    ::muster::base::value_of(try_result_);             \
  })
