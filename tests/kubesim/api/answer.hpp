#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace kubesim {

using json = nlohmann::json;

/// A refusal as the API server words it: a `Status` object with its HTTP code and extra headers.
struct refusal {
  int code = 500;
  json status;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// What a verb answers.
template <class T>
class [[nodiscard]] answer {
public:
  answer(T value) : outcome_{std::in_place_index<0>, std::move(value)} {}
  answer(kubesim::refusal why) : outcome_{std::in_place_index<1>, std::move(why)} {}

  explicit operator bool() const { return outcome_.index() == 0; }
  T& operator*() { return std::get<0>(outcome_); }
  const T& operator*() const { return std::get<0>(outcome_); }
  T* operator->() { return &std::get<0>(outcome_); }
  const T* operator->() const { return &std::get<0>(outcome_); }
  kubesim::refusal& refusal() { return std::get<1>(outcome_); }
  const kubesim::refusal& refusal() const { return std::get<1>(outcome_); }

private:
  std::variant<T, kubesim::refusal> outcome_;
};

} // namespace kubesim
