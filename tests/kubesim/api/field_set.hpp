#pragma once

#include "tests/kubesim/api/answer.hpp"

#include <map>
#include <string>
#include <vector>

namespace kubesim {

/// A set of the fields of an object, as `managedFields` writes them: `{"f:spec":{"f:size":{}}}`. A
/// node is in the set itself (`is_member`), or only on the way to others.
class field_set {
public:
  bool is_member = false;
  std::map<std::string, field_set> children;

  bool empty() const { return !is_member && children.empty(); }

  field_set& unite(const field_set& other);
  field_set& subtract(const field_set& other);
  field_set intersected(const field_set& other) const;
  bool operator==(const field_set&) const = default;

  /// `.spec.containers[name="main"].image` of every member.
  std::vector<std::string> paths() const;

  json to_json() const;
  static field_set from_json(const json& fields);
};

} // namespace kubesim
