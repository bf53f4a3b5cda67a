#include "tests/kubesim/api/kinds/quantity.hpp"
#include "tests/kubesim/api/kinds/schema.hpp"
#include "tests/kubesim/api/kinds/time_text.hpp"

namespace kubesim::kinds {

namespace {

std::string scalar_type_name(const field& known) {
  switch (known.type) {
  case value_type::boolean:
    return "bool";
  case value_type::int32:
    return "int32";
  case value_type::int64:
    return "int64";
  case value_type::bytes:
    return "[]uint8";
  case value_type::object:
    return "v1." + known.object->name;
  case value_type::quantity:
    return "resource.Quantity";
  default:
    return "string";
  }
}

std::string type_name(const field& known) {
  const auto single = scalar_type_name(known);
  switch (known.shape) {
  case shape::list:
    return "[]" + single;
  case shape::map:
    return "map[string]" + single;
  default:
    return single;
  }
}

std::string json_type_name(const json& value) {
  switch (value.type()) {
  case json::value_t::object:
    return "object";
  case json::value_t::array:
    return "array";
  case json::value_t::string:
    return "string";
  case json::value_t::boolean:
    return "bool";
  case json::value_t::number_float:
    return "number " + value.dump();
  default:
    return "number";
  }
}

/// What the decoder has walked through: the innermost structure and the path of names from the
/// root.
struct position {
  const struct_type& type;
  std::string path;
};

std::string mismatch(const json& value, const position& where, const std::string& wanted) {
  return "json: cannot unmarshal " + json_type_name(value) + " into Go struct field "
         + where.type.name + "." + where.path + " of type " + wanted;
}

std::string find_problem(const struct_type& type, const json& object, const std::string& path);

std::string integer_problem(const field& known, const json& value, const position& where) {
  if (!value.is_number())
    return mismatch(value, where, scalar_type_name(known));
  if (!value.is_number_integer())
    return mismatch(value, where, scalar_type_name(known));
  constexpr std::int64_t largest = 2147483647;
  const bool fits
      = known.type == value_type::int64
        || (value.get<std::int64_t>() <= largest && value.get<std::int64_t>() >= -largest - 1);
  return fits ? std::string{}
              : "json: cannot unmarshal number " + value.dump() + " into Go struct field "
                    + where.type.name + "." + where.path + " of type int32";
}

std::string base64_problem(const std::string& text) {
  std::size_t meaningful = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto letter = text[i];
    if (letter == '\n' || letter == '\r')
      continue;
    const bool is_padding = letter == '=' && i + 2 >= text.size() && meaningful % 4 >= 2;
    const bool is_digit
        = std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '+' || letter == '/';
    if (!is_digit && !is_padding)
      return "illegal base64 data at input byte " + std::to_string(i);
    ++meaningful;
  }
  if (meaningful % 4 != 0)
    return "illegal base64 data at input byte " + std::to_string(text.size() / 4 * 4);
  return {};
}

std::string text_problem(const field& known, const json& value, const position& where) {
  if (known.type == value_type::quantity && value.is_number())
    return {};
  if (!value.is_string())
    return mismatch(value, where, scalar_type_name(known));
  const auto& text = value.get_ref<const std::string&>();
  switch (known.type) {
  case value_type::quantity:
    return parse_quantity(text) ? std::string{} : std::string{malformed_quantity};
  case value_type::time:
    return time_problem(text, time_layout::seconds);
  case value_type::micro_time:
    return time_problem(text, time_layout::microseconds);
  case value_type::bytes:
    return base64_problem(text);
  default:
    return {};
  }
}

std::string single_problem(const field& known, const json& value, const position& where) {
  if (value.is_null())
    return {};
  switch (known.type) {
  case value_type::any:
    return {};
  case value_type::object:
    if (!value.is_object())
      return mismatch(value, where, scalar_type_name(known));
    return find_problem(*known.object, value, where.path);
  case value_type::boolean:
    return value.is_boolean() ? std::string{} : mismatch(value, where, "bool");
  case value_type::int32:
  case value_type::int64:
    return integer_problem(known, value, where);
  case value_type::int_or_string:
    if (value.is_number_integer() || value.is_string())
      return {};
    return mismatch(value, where, "int32");
  default:
    return text_problem(known, value, where);
  }
}

std::string field_decoding_problem(const field& known, const json& value, const position& where) {
  if (value.is_null())
    return {};
  if (known.shape == shape::single)
    return single_problem(known, value, where);
  if (known.shape == shape::list ? !value.is_array() : !value.is_object())
    return mismatch(value, where, type_name(known));
  for (const auto& item : value)
    if (auto problem = single_problem(known, item, where); !problem.empty())
      return problem;
  return {};
}

std::string find_problem(const struct_type& type, const json& object, const std::string& path) {
  for (const auto& [key, value] : object.items()) {
    const auto* known = type.find(key);
    if (!known)
      continue;
    const position where{type, path.empty() ? key : path + "." + key};
    if (auto problem = field_decoding_problem(*known, value, where); !problem.empty())
      return problem;
  }
  return {};
}

bool is_zero(const field& known, const json& value) {
  if (value.is_null())
    return true;
  if (known.shape != shape::single)
    return value.empty();
  switch (known.type) {
  case value_type::object:
  case value_type::any:
  case value_type::quantity:
  case value_type::int_or_string:
    return false;
  case value_type::boolean:
    return value == false;
  case value_type::int32:
  case value_type::int64:
    return value == 0;
  default:
    return value == "";
  }
}

json zero_of(const field& known) {
  if (known.shape != shape::single)
    return nullptr;
  switch (known.type) {
  case value_type::object:
    return json::object();
  case value_type::boolean:
    return false;
  case value_type::int32:
  case value_type::int64:
    return 0;
  case value_type::string:
    return "";
  default:
    return nullptr;
  }
}

void normalize_single(const field& known, json& value) {
  if (known.type == value_type::object && value.is_object())
    normalize(*known.object, value);
  if (known.type == value_type::quantity)
    value = canonical_quantity(value.is_string() ? value.get<std::string>() : value.dump());
}

void normalize_field(const field& known, json& value) {
  if (known.shape == shape::single)
    return normalize_single(known, value);
  for (auto& item : value)
    normalize_single(known, item);
}

} // namespace

std::string decoding_problem(const struct_type& type, const json& object) {
  if (!object.is_object())
    return "json: cannot unmarshal " + json_type_name(object) + " into Go value of type v1."
           + type.name;
  return find_problem(type, object, {});
}

void normalize(const struct_type& type, json& object) {
  for (auto at = object.begin(); at != object.end();) {
    const auto* known = type.find(at.key());
    const bool stays = known && !at->is_null()
                       && (known->presence == presence::pointer || !is_zero(*known, *at));
    if (!stays) {
      at = object.erase(at);
      continue;
    }
    normalize_field(*known, *at);
    ++at;
  }
  for (const auto& each : type.fields) {
    if (each.presence != presence::always || object.contains(each.name))
      continue;
    auto& added = object[each.name] = zero_of(each);
    if (each.type == value_type::object && each.shape == shape::single)
      normalize(*each.object, added);
  }
}

} // namespace kubesim::kinds
