#pragma once

#include "k8s/error.hpp"

#include <functional>
#include <utility>
#include <variant>

namespace k8s {

/// A value or the error that came instead; the only way in which this library fails.
template <class T>
class [[nodiscard]] result {
public:
  result(T value) : outcome_{std::in_place_index<0>, std::move(value)} {}
  result(k8s::error failure) : outcome_{std::in_place_index<1>, std::move(failure)} {}

  bool has_value() const { return outcome_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return std::get<0>(outcome_); }
  const T& value() const& { return std::get<0>(outcome_); }
  T&& value() && { return std::get<0>(std::move(outcome_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  k8s::error& error() & { return std::get<1>(outcome_); }
  const k8s::error& error() const& { return std::get<1>(outcome_); }
  k8s::error&& error() && { return std::get<1>(std::move(outcome_)); }

private:
  std::variant<T, k8s::error> outcome_;
};

/// Success without a value.
struct done {};

/// Called once, on the loop's thread.
template <class T>
using callback = std::function<void(result<T>)>;

} // namespace k8s
