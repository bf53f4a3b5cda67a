#include "tests/kubesim/api/kinds/protobuf.hpp"

#include "tests/kubesim/api/kinds/base64.hpp"
#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/protobuf_tables.hpp"
#include "tests/kubesim/api/kinds/schema.hpp"
#include "tests/kubesim/api/kinds/time_text.hpp"

#include <chrono>

namespace kubesim::kinds {

namespace {

/// One field as it stands in a message: a number, or content with a length.
struct wire_field {
  std::uint64_t number = 0;
  bool has_content = false;
  std::uint64_t value = 0;
  std::string_view content;
};

std::optional<std::uint64_t> take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto next = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(next & 0x7FU) << shift;
    if (next < 0x80U)
      return value;
  }
  return std::nullopt;
}

/// Kubernetes uses only numbers and content, no fixed widths.
std::optional<wire_field> take_field(std::string_view& bytes) {
  constexpr std::uint64_t varint = 0, with_length = 2;
  const auto tag = take_varint(bytes);
  const auto value = tag ? take_varint(bytes) : std::nullopt;
  if (!value)
    return std::nullopt;
  const auto wire_type = *tag & 7U;
  wire_field field{.number = *tag >> 3U,
                   .has_content = wire_type == with_length,
                   .value = *value,
                   .content = {}};
  if (wire_type == varint)
    return field;
  if (wire_type != with_length || *value > bytes.size())
    return std::nullopt;
  field.content = bytes.substr(0, *value);
  bytes.remove_prefix(*value);
  return field;
}

/// The fields of a small message by number; those that come twice keep the last.
std::optional<std::map<std::uint64_t, wire_field>> fields_of(std::string_view bytes) {
  std::map<std::uint64_t, wire_field> all;
  while (!bytes.empty()) {
    const auto field = take_field(bytes);
    if (!field)
      return std::nullopt;
    all[field->number] = *field;
  }
  return all;
}

std::optional<json> decode_message(const struct_type& type, std::string_view bytes);

std::optional<json> decode_time(std::string_view bytes) {
  const auto parts = fields_of(bytes);
  if (!parts)
    return std::nullopt;
  const auto seconds = parts->find(1);
  if (seconds == parts->end())
    return json(nullptr);
  return json(format_time(std::chrono::system_clock::time_point{
      std::chrono::seconds{static_cast<std::int64_t>(seconds->second.value)}}));
}

std::optional<json> decode_int_or_string(std::string_view bytes) {
  const auto parts = fields_of(bytes);
  if (!parts)
    return std::nullopt;
  const auto is_text = parts->find(1);
  if (is_text != parts->end() && is_text->second.value == 1)
    return json(std::string{parts->contains(3) ? parts->at(3).content : ""});
  return json(parts->contains(2) ? static_cast<std::int32_t>(parts->at(2).value) : 0);
}

std::optional<json> decode_quantity(std::string_view bytes) {
  const auto parts = fields_of(bytes);
  if (!parts || !parts->contains(1))
    return std::nullopt;
  return json(std::string{parts->at(1).content});
}

std::optional<json> decode_content(const field& known, std::string_view content) {
  switch (known.type) {
  case value_type::string:
    return json(std::string{content});
  case value_type::bytes:
    return json(encode_base64(content));
  case value_type::quantity:
    return decode_quantity(content);
  case value_type::int_or_string:
    return decode_int_or_string(content);
  case value_type::time:
  case value_type::micro_time:
    return decode_time(content);
  case value_type::object:
    return decode_message(*known.object, content);
  default:
    return std::nullopt;
  }
}

std::optional<json> decode_single(const field& known, const wire_field& found) {
  if (found.has_content)
    return decode_content(known, found.content);
  switch (known.type) {
  case value_type::boolean:
    return json(found.value != 0);
  case value_type::int32:
    return json(static_cast<std::int32_t>(found.value));
  case value_type::int64:
    return json(static_cast<std::int64_t>(found.value));
  default:
    return std::nullopt;
  }
}

bool add_entry(const field& known, const wire_field& found, json& map) {
  const auto entry = fields_of(found.content);
  if (!found.has_content || !entry || !entry->contains(1))
    return false;
  const auto value = entry->find(2);
  auto decoded
      = value == entry->end() ? decode_content(known, "") : decode_single(known, value->second);
  if (!decoded)
    return false;
  map[std::string{entry->at(1).content}] = std::move(*decoded);
  return true;
}

bool add_field(const field& known, const wire_field& found, json& object) {
  if (known.shape == shape::map)
    return add_entry(known, found, object[known.name]);
  auto value = decode_single(known, found);
  if (!value)
    return false;
  if (known.shape == shape::list)
    object[known.name].push_back(std::move(*value));
  else
    object[known.name] = std::move(*value);
  return true;
}

std::optional<json> decode_message(const struct_type& type, std::string_view bytes) {
  json object = json::object();
  const auto* numbers = numbers_of(type.name);
  while (!bytes.empty()) {
    const auto found = take_field(bytes);
    if (!found || !numbers)
      return std::nullopt;
    const auto name = numbers->find(found->number);
    if (name == numbers->end())
      return std::nullopt;
    if (name->second.empty())
      continue;
    const auto* known = type.find(name->second);
    if (!known || !add_field(*known, *found, object))
      return std::nullopt;
  }
  return object;
}

} // namespace

std::optional<json> decode_protobuf(std::string_view body) {
  constexpr std::string_view magic{"k8s\0", 4};
  if (!body.starts_with(magic))
    return std::nullopt;
  // runtime.Unknown: 1 its apiVersion and kind, 2 the object
  const auto envelope = fields_of(body.substr(magic.size()));
  if (!envelope || !envelope->contains(1) || !envelope->contains(2))
    return std::nullopt;
  const auto names = fields_of(envelope->at(1).content);
  if (!names || !names->contains(1) || !names->contains(2))
    return std::nullopt;
  const std::string kind{names->at(2).content};
  if (!numbers_of(kind))
    return std::nullopt;
  const auto& type = builtin_schema().at(kind);
  auto object = decode_message(type, envelope->at(2).content);
  if (!object)
    return std::nullopt;
  normalize(type, *object);
  (*object)["apiVersion"] = std::string{names->at(1).content};
  (*object)["kind"] = kind;
  return object;
}

} // namespace kubesim::kinds
