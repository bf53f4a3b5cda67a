#pragma once

#include "tests/kubesim/api/answer.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kubesim::kinds {

enum class value_type {
  string,
  boolean,
  int32,
  int64,
  quantity,
  time,
  micro_time,
  int_or_string,
  bytes,
  any,
  object
};

/// How a field stands in the encoded object.
enum class presence {
  omit_empty, ///< left out if zero; structs: left out only if absent
  pointer,    ///< left out only if absent
  always      ///< written even if zero: `""`, 0, null, `{}`
};

enum class shape { single, list, map };

struct struct_type;

struct field {
  std::string name;
  value_type type = value_type::string;
  kinds::shape shape = kinds::shape::single;
  kinds::presence presence = kinds::presence::omit_empty;
  const struct_type* object = nullptr; ///< for value_type::object
  bool is_merged = false;              ///< a patch merges the list instead of replacing it
  std::string merge_key;               ///< of its items; empty for a set of scalars
  bool retains_keys = false;           ///< a patch names what stays (`$retainKeys`)
};

struct struct_type {
  std::string name;
  std::vector<field> fields;

  const field* find(std::string_view name) const;
};

/// The structures of the built-in kinds, read from tables like
///
///     @ConfigMap: immutable bool*, data {}string, binaryData {}bytes
///     Container: name string!, ports []ContainerPort/containerPort, resources
///     ResourceRequirements!
///
/// `@`: has apiVersion, kind and metadata. Before a type: `[]` list, `{}` map. After it: `*`
/// pointer, `!` always written,
/// `/KEY` merged by that key, `~` retainKeys. A line that starts with a blank continues the one
/// before.
class schema {
public:
  explicit schema(const std::vector<std::string_view>& tables);
  schema(const schema&) = delete;
  schema& operator=(const schema&) = delete;

  /// Throws std::out_of_range for a name that no table has.
  const struct_type& at(std::string_view name) const;
  const std::map<std::string, struct_type, std::less<>>& types() const { return types_; }

private:
  void add_line(const std::string& line);
  struct_type& type_named(const std::string& name);

  std::map<std::string, struct_type, std::less<>> types_;
};

/// Of all built-in kinds.
const schema& builtin_schema();

/// Paths that the structure does not know: `spec.containers[0].bogus`.
std::vector<std::string> unknown_fields(const struct_type& type, const json& object);

/// The first wrong JSON type or malformed quantity, time or base64 text, in the server's words;
/// empty if there is none.
std::string decoding_problem(const struct_type& type, const json& object);

/// Leaves what decoding into the structure and encoding it again would leave.
void normalize(const struct_type& type, json& object);

/// (path without indices, merge key) of every list that a strategic patch merges.
std::vector<std::pair<std::string, std::string>> merge_keys(const struct_type& type);

} // namespace kubesim::kinds
