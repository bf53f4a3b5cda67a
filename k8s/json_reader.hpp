#pragma once

#include "k8s/object_meta.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k8s {

/// Reads the fields in use of one JSON object. A field that is missing or null reads as empty; one
/// of the wrong type is noted, the first of them becomes the error of `finish`. Readers made by
/// `child` and `items` note into the same place and must not outlive the root, nor the JSON.
class json_reader {
public:
  json_reader(const nlohmann::json& value, std::optional<error>& first_failure,
              std::string path = {});

  bool has(std::string_view field) const;
  std::string text(std::string_view field) const;
  std::int64_t integer(std::string_view field) const;
  std::optional<std::int64_t> optional_integer(std::string_view field) const;
  bool flag(std::string_view field) const;
  std::optional<timestamp> time(std::string_view field) const;
  std::map<std::string, std::string> text_map(std::string_view field) const;
  std::vector<std::string> text_list(std::string_view field) const;
  json_reader child(std::string_view field) const;
  std::vector<json_reader> items(std::string_view field) const;

private:
  const nlohmann::json* find(std::string_view field) const;
  std::string path_of(std::string_view field) const;
  void refuse(std::string_view field, const nlohmann::json& found, std::string_view wanted) const;

  const nlohmann::json* value_;
  std::optional<error>* failure_;
  std::string path_;
};

/// The error for an object that could not be decoded: `attempted` names it by kind and key as far
/// as these can be read.
error decode_error(const nlohmann::json& object, std::string_view kind, std::string detail);

/// Runs `fill(reader, target)` over one API object whose metadata is read first.
template <class T, class Fill>
result<T> decode_object(const nlohmann::json& object, std::string_view kind, Fill fill) {
  T target;
  auto metadata = decode_object_meta(object);
  if (!metadata)
    return decode_error(object, kind, std::move(metadata.error().detail));
  target.metadata = std::move(*metadata);
  std::optional<error> failure;
  fill(json_reader{object, failure}, target);
  if (failure)
    return decode_error(object, kind, std::move(failure->detail));
  return target;
}

} // namespace k8s
