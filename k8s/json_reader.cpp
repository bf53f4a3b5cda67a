#include "k8s/json_reader.hpp"

namespace k8s {

namespace {

const nlohmann::json nothing = nlohmann::json::object();

std::string text_or_empty(const nlohmann::json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

} // namespace

json_reader::json_reader(const nlohmann::json& value, std::optional<error>& first_failure,
                         std::string path)
    : value_{&value}, failure_{&first_failure}, path_{std::move(path)} {
  if (value.is_object())
    return;
  refuse({}, value, "an object");
  value_ = &nothing;
}

const nlohmann::json* json_reader::find(std::string_view field) const {
  const auto found = value_->find(field);
  return found == value_->end() || found->is_null() ? nullptr : &*found;
}

std::string json_reader::path_of(std::string_view field) const {
  if (path_.empty() || field.empty())
    return path_.empty() ? std::string{field} : path_;
  return path_ + '.' + std::string{field};
}

void json_reader::refuse(std::string_view field, const nlohmann::json& found,
                         std::string_view wanted) const {
  if (*failure_)
    return;
  std::string detail = path_of(field);
  detail += detail.empty() ? "it is " : " is ";
  detail.append(found.type_name()).append(" where ").append(wanted).append(" belongs");
  *failure_ = error{.code = errc::protocol, .detail = std::move(detail)};
}

bool json_reader::has(std::string_view field) const {
  return find(field) != nullptr;
}

std::string json_reader::text(std::string_view field) const {
  const auto* found = find(field);
  if (found && found->is_string())
    return found->get<std::string>();
  if (found)
    refuse(field, *found, "a string");
  return {};
}

std::optional<std::int64_t> json_reader::optional_integer(std::string_view field) const {
  const auto* found = find(field);
  if (found && found->is_number_integer())
    return found->get<std::int64_t>();
  if (found)
    refuse(field, *found, "an integer");
  return std::nullopt;
}

std::int64_t json_reader::integer(std::string_view field) const {
  return optional_integer(field).value_or(0);
}

bool json_reader::flag(std::string_view field) const {
  const auto* found = find(field);
  if (found && found->is_boolean())
    return found->get<bool>();
  if (found)
    refuse(field, *found, "a boolean");
  return false;
}

std::optional<timestamp> json_reader::time(std::string_view field) const {
  const std::string written = text(field);
  if (written.empty())
    return std::nullopt;
  auto at = parse_timestamp(written);
  if (at)
    return *at;
  if (!*failure_)
    *failure_ = error{.code = errc::protocol, .detail = path_of(field) + ": " + at.error().detail};
  return std::nullopt;
}

std::map<std::string, std::string> json_reader::text_map(std::string_view field) const {
  std::map<std::string, std::string> entries;
  const json_reader map = child(field);
  for (const auto& [key, value] : map.value_->items()) {
    if (value.is_string())
      entries.emplace(key, value.get<std::string>());
    else
      map.refuse(key, value, "a string");
  }
  return entries;
}

std::vector<std::string> json_reader::text_list(std::string_view field) const {
  std::vector<std::string> entries;
  const auto* found = find(field);
  if (!found)
    return entries;
  if (!found->is_array()) {
    refuse(field, *found, "a list");
    return entries;
  }
  for (const auto& entry : *found) {
    if (entry.is_string())
      entries.push_back(entry.get<std::string>());
    else
      refuse(field, entry, "a string");
  }
  return entries;
}

json_reader json_reader::child(std::string_view field) const {
  const auto* found = find(field);
  return {found ? *found : nothing, *failure_, path_of(field)};
}

std::vector<json_reader> json_reader::items(std::string_view field) const {
  std::vector<json_reader> readers;
  const auto* found = find(field);
  if (!found)
    return readers;
  if (!found->is_array()) {
    refuse(field, *found, "a list");
    return readers;
  }
  readers.reserve(found->size());
  for (const auto& entry : *found)
    readers.emplace_back(entry, *failure_,
                         path_of(field) + '[' + std::to_string(readers.size()) + ']');
  return readers;
}

error decode_error(const nlohmann::json& object, std::string_view kind, std::string detail) {
  std::string attempted = "reading a " + std::string{kind};
  if (object.is_object()) {
    const auto metadata = object.find("metadata");
    if (metadata != object.end() && metadata->is_object())
      attempted = "reading " + std::string{kind} + ' '
                  + to_string(object_key{text_or_empty(*metadata, "namespace"),
                                         text_or_empty(*metadata, "name")});
  }
  return {.code = errc::protocol, .attempted = std::move(attempted), .detail = std::move(detail)};
}

} // namespace k8s
