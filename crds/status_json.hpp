#pragma once

#include "k8s/object_meta.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// What the statuses of all kinds are written with: absent fields are explicit nulls, so that a
/// JSON merge patch removes what an earlier write left there.
namespace crds::status_json {

/// Leaves room for spec and metadata in an object that shall stay below 256 KiB.
inline constexpr std::size_t longest_status = 192 * 1024;
inline constexpr std::size_t longest_message = 4096;

nlohmann::json text_or_null(const std::string& text);
nlohmann::json time_or_null(const std::optional<k8s::timestamp>& at);

/// A list is replaced as a whole by a merge patch, so its entries leave out what is absent; nulls
/// there would be kept, and refused by the schema.
nlohmann::json without_nulls(nlohmann::json entry);

template <class Entry>
nlohmann::json list_or_null(const std::vector<Entry>& entries,
                            nlohmann::json (*encode_entry)(const Entry&)) {
  if (entries.empty())
    return nullptr;
  auto list = nlohmann::json::array();
  for (const auto& each : entries)
    list.push_back(encode_entry(each));
  return list;
}

} // namespace crds::status_json
