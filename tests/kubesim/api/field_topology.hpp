#pragma once

#include "tests/kubesim/api/field_set.hpp"
#include "tests/kubesim/api/kind_rules.hpp"

#include <string>
#include <vector>

namespace kubesim {

/// How the lists and maps of a kind come apart: by member, by key, by value or not at all.
class field_topology {
public:
  explicit field_topology(const kind_rules& rules) : rules_{rules} {}

  struct shape {
    enum class sort { scalar, atomic, map, keyed_list, set } is = sort::scalar;
    std::vector<std::string> keys; ///< of a keyed list
  };
  shape of(const json& value, const std::string& path) const;
  /// How `managedFields` names an item of such a list.
  static std::string element(const shape& list, const json& item);

  /// All fields of an applied object.
  field_set fields_of(const json& object) const;

  struct difference {
    field_set added, changed, removed;
    /// What is not as it was, or was not there.
    field_set written() const;
  };
  difference compare(const json& before, const json& after) const;

  /// `after` laid over `before`: maps by member, keyed lists by key, all else replaced.
  json merged(const json& before, const json& after) const;
  /// Without the members of a set.
  json without(const json& object, const field_set& gone) const;

private:
  bool exists_when_empty(const std::string& path) const;
  void collect(const json& value, const std::string& path, field_set& into) const;
  void compare(const json* before, const json* after, const std::string& path,
               difference& into) const;
  void compare_members(const json& before, const json& after, const std::string& path,
                       difference& into) const;
  void compare_items(const shape& list, const json& before, const json& after,
                     const std::string& path, difference& into) const;
  void note_all(const json& value, const std::string& path, field_set& into) const;
  json merged_at(const json& before, const json& after, const std::string& path) const;
  json without_at(const json& value, const field_set& gone, const std::string& path) const;

  const kind_rules& rules_;
};

} // namespace kubesim
