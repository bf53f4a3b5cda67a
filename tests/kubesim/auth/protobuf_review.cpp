#include "tests/kubesim/auth/reviews.hpp"

#include <map>

// Reads the few messages of k8s.io/api/authorization/v1 and authentication/v1 that clients send as
// protobuf.

namespace kubesim {

namespace {

struct message_type;

struct message_field {
  const char* name;
  const message_type* message = nullptr; ///< null: text
  bool is_repeated = false;
};

struct message_type {
  std::map<std::uint64_t, message_field> fields;
};

const message_type resource_attributes{{{1, {"namespace"}},
                                        {2, {"verb"}},
                                        {3, {"group"}},
                                        {4, {"version"}},
                                        {5, {"resource"}},
                                        {6, {"subresource"}},
                                        {7, {"name"}}}};
const message_type path_attributes{{{1, {"path"}}, {2, {"verb"}}}};
const message_type object_meta{{{1, {"name"}}, {3, {"namespace"}}}};
const message_type access_spec{{{1, {"resourceAttributes", &resource_attributes}},
                                {2, {"nonResourceAttributes", &path_attributes}},
                                {3, {"user"}},
                                {4, {"groups", nullptr, true}},
                                {6, {"uid"}}}};
const message_type rules_spec{{{1, {"namespace"}}}};
const message_type token_spec{{{1, {"token"}}, {2, {"audiences", nullptr, true}}}};
const message_type access_review{{{1, {"metadata", &object_meta}}, {2, {"spec", &access_spec}}}};
const message_type rules_review{{{1, {"metadata", &object_meta}}, {2, {"spec", &rules_spec}}}};
const message_type token_review{{{1, {"metadata", &object_meta}}, {2, {"spec", &token_spec}}}};
const message_type subject_review{{{1, {"metadata", &object_meta}}}};
const message_type type_meta{{{1, {"apiVersion"}}, {2, {"kind"}}}};
/// runtime.Unknown: the envelope of every object.
const message_type envelope{{{1, {"typeMeta", &type_meta}}, {2, {"raw"}}}};

const message_type* message_of(const std::string& kind) {
  static const std::map<std::string, const message_type*> known{
      {"SelfSubjectAccessReview", &access_review},
      {"SubjectAccessReview", &access_review},
      {"LocalSubjectAccessReview", &access_review},
      {"SelfSubjectRulesReview", &rules_review},
      {"TokenReview", &token_review},
      {"SelfSubjectReview", &subject_review}};
  const auto found = known.find(kind);
  return found == known.end() ? nullptr : found->second;
}

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

/// A field of one of the wire types; only those with a length have content.
std::optional<std::string_view> take_content(std::string_view& bytes, std::uint64_t wire_type) {
  constexpr std::uint64_t varint = 0, eight_bytes = 1, with_length = 2, four_bytes = 5;
  std::uint64_t length = 0;
  if (wire_type == varint)
    return take_varint(bytes) ? std::optional{std::string_view{}} : std::nullopt;
  if (wire_type == with_length) {
    const auto stated = take_varint(bytes);
    if (!stated)
      return std::nullopt;
    length = *stated;
  } else if (wire_type == eight_bytes || wire_type == four_bytes) {
    length = wire_type == eight_bytes ? 8 : 4;
  } else {
    return std::nullopt;
  }
  if (length > bytes.size())
    return std::nullopt;
  const auto content = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return wire_type == with_length ? content : std::string_view{};
}

std::optional<json> decode(const message_type& type, std::string_view bytes) {
  json object = json::object();
  while (!bytes.empty()) {
    const auto tag = take_varint(bytes);
    const auto content = tag ? take_content(bytes, *tag & 7U) : std::nullopt;
    if (!content)
      return std::nullopt;
    const auto known = type.fields.find(*tag >> 3U);
    if (known == type.fields.end())
      continue;
    const auto& field = known->second;
    auto value = field.message ? decode(*field.message, *content)
                               : std::optional{json(std::string{*content})};
    if (!value)
      return std::nullopt;
    if (field.is_repeated)
      object[field.name].push_back(std::move(*value));
    else if (*value != "")
      object[field.name] = std::move(*value);
  }
  return object;
}

} // namespace

std::optional<json> decode_protobuf_review(std::string_view body) {
  constexpr std::string_view magic{"k8s\0", 4};
  if (!body.starts_with(magic))
    return std::nullopt;
  const auto outer = decode(envelope, body.substr(magic.size()));
  if (!outer || !outer->contains("typeMeta"))
    return std::nullopt;
  const auto& meta = outer->at("typeMeta");
  const auto kind = meta.value("kind", "");
  const auto* type = message_of(kind);
  if (!type)
    return std::nullopt;
  auto object = decode(*type, outer->value("raw", ""));
  if (object) {
    (*object)["apiVersion"] = meta.value("apiVersion", "");
    (*object)["kind"] = kind;
  }
  return object;
}

} // namespace kubesim
