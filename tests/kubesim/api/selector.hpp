#pragma once

#include "tests/kubesim/api/kind_rules.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace kubesim {

/// A parsed `labelSelector` query parameter.
class label_selector {
public:
  /// Refused by 400 in the server's words.
  static answer<label_selector> parse(std::string_view text);

  bool matches(const json& object) const;
  bool empty() const { return requirements_.empty(); }

private:
  enum class relation { exists, not_exists, in, not_in, greater, less };
  struct requirement {
    std::string key;
    relation how;
    std::vector<std::string> values;
  };
  class parser;

  static bool holds(const requirement& wanted, const json& labels);

  std::vector<requirement> requirements_;
};

/// A parsed `fieldSelector` query parameter.
class field_selector {
public:
  static answer<field_selector> parse(std::string_view text, const kind_rules& rules);
  /// Selects one object by name, as the deprecated watch path does.
  static field_selector by_name(std::string name);

  bool matches(const json& object) const;
  bool empty() const { return terms_.empty(); }
  void also(const field_selector& other);

private:
  struct term {
    std::function<std::string(const json& object)> value_of;
    std::string wanted;
    bool is_equal;
  };
  std::vector<term> terms_;
};

} // namespace kubesim
