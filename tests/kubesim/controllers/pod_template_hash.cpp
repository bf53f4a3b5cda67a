#include "tests/kubesim/controllers/pod_template_hash.hpp"

#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/go_structs.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace kubesim::control {
namespace {

constexpr std::string_view letters = "bcdfghjklmnpqrstvwxz2456789";

std::uint32_t fnv_1a(std::string_view text, std::uint32_t state = 0x811c9dc5) {
  for (const char c : text)
    state = (state ^ static_cast<unsigned char>(c)) * 0x01000193;
  return state;
}

std::string in_letters(std::uint32_t number) {
  std::string text;
  for (const char digit : std::to_string(number))
    text += letters[static_cast<unsigned char>(digit) % letters.size()];
  return text;
}

void dump(std::string& out, std::string_view type, const json& value);

void dump_list(std::string& out, std::string_view item_type, const json& value) {
  out += '[';
  bool is_first = true;
  for (const auto& item : value) {
    if (!std::exchange(is_first, false))
      out += ' ';
    dump(out, item_type, item);
  }
  out += ']';
}

void dump_map(std::string& out, std::string_view value_type, const json& value) {
  out += "map[";
  bool is_first = true;
  for (const auto& [key, item] : value.items()) {
    if (!std::exchange(is_first, false))
      out += ' ';
    out += key;
    out += ':';
    dump(out, value_type, item);
  }
  out += ']';
}

void dump_struct(std::string& out, const go_struct& type, const json& value) {
  out += '{';
  bool is_first = true;
  for (const auto& member : type) {
    if (!std::exchange(is_first, false))
      out += ' ';
    out.append(member.name).append(":(").append(member.type).append(")");
    dump(out, member.type, member.is_embedded ? value : field(value, {member.json_name}));
  }
  out += '}';
}

struct suffix {
  std::string_view text;
  int decimal_exponent, binary_shift;
};

suffix suffix_of(std::string_view quantity) {
  static constexpr std::array<suffix, 16> known{{{"Ki", 0, 10},
                                                 {"Mi", 0, 20},
                                                 {"Gi", 0, 30},
                                                 {"Ti", 0, 40},
                                                 {"Pi", 0, 50},
                                                 {"Ei", 0, 60},
                                                 {"n", -9, 0},
                                                 {"u", -6, 0},
                                                 {"m", -3, 0},
                                                 {"k", 3, 0},
                                                 {"M", 6, 0},
                                                 {"G", 9, 0},
                                                 {"T", 12, 0},
                                                 {"P", 15, 0},
                                                 {"E", 18, 0},
                                                 {"", 0, 0}}};
  return *std::find_if(known.begin(), known.end(),
                       [&](const suffix& one) { return quantity.ends_with(one.text); });
}

/// Canonical text of a quantity that fits 64 bits, as all that we meet.
void dump_quantity(std::string& out, const std::string& text) {
  const auto unit = suffix_of(text);
  const auto mantissa = std::strtoll(text.c_str(), nullptr, 10) * (1LL << unit.binary_shift);
  out += "{i:(resource.int64Amount){value:(int64)" + std::to_string(mantissa)
         + " scale:(resource.Scale)" + std::to_string(unit.decimal_exponent)
         + "} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string)" + text
         + " Format:(resource.Format)" + (unit.binary_shift ? "BinarySI" : "DecimalSI") + "}";
}

void dump_int_or_string(std::string& out, const json& value) {
  const bool is_text = value.is_string();
  out += std::string{"{Type:(intstr.Type)"} + (is_text ? "1" : "0") + " IntVal:(int32)"
         + (is_text ? "0" : value.dump()) + " StrVal:(string)"
         + (is_text ? value.get<std::string>() : "") + "}";
}

void dump_scalar(std::string& out, std::string_view type, const json& value) {
  if (type == "bool")
    out += value.is_boolean() && value.get<bool>() ? "true" : "false";
  else if (type.find("int") != type.npos)
    out += value.is_number() ? value.dump() : "0";
  else if (value.is_string())
    out += value.get_ref<const std::string&>();
  else if (!value.is_null())
    out += value.dump();
}

void dump(std::string& out, std::string_view type, const json& value) {
  const bool is_reference
      = type.starts_with('*') || type.starts_with("[]") || type.starts_with("map[");
  if (value.is_null() && (is_reference || type == "v1.ResourceList")) {
    out += "<nil>";
    return;
  }
  if (type.starts_with('*'))
    return dump(out, type.substr(1), value);
  if (type.starts_with("[]"))
    return dump_list(out, type.substr(2), value);
  if (type.starts_with("map["))
    return dump_map(out, type.substr(type.find(']') + 1), value);
  if (type == "v1.ResourceList")
    return dump_map(out, "resource.Quantity", value);
  if (type == "resource.Quantity" && value.is_string())
    return dump_quantity(out, value.get_ref<const std::string&>());
  if (type == "intstr.IntOrString")
    return dump_int_or_string(out, value);
  if (const auto* structure = find_go_struct(type))
    return dump_struct(out, *structure, value);
  dump_scalar(out, type, value);
}

} // namespace

std::string go_text_of_template(const json& pod_template) {
  std::string text = "(v1.PodTemplateSpec)";
  dump(text, "v1.PodTemplateSpec", pod_template);
  return text;
}

std::string pod_template_hash(const json& pod_template, std::optional<int> collisions) {
  auto state = fnv_1a(go_text_of_template(pod_template));
  if (collisions) {
    std::array<char, 8> little_endian{};
    for (std::size_t i = 0; i < 4; ++i)
      little_endian[i] = static_cast<char>(static_cast<std::uint32_t>(*collisions) >> (8 * i));
    state = fnv_1a({little_endian.data(), little_endian.size()}, state);
  }
  return in_letters(state);
}

std::string safe_hash_of(std::string_view text) {
  return in_letters(fnv_1a(text));
}

} // namespace kubesim::control
