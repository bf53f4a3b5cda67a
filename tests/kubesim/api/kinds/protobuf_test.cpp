#include "tests/kubesim/api/kinds/protobuf.hpp"
#include "tests/kubesim/api/kinds/protobuf_tables.hpp"
#include "tests/kubesim/api/kinds/schema.hpp"

#include <gtest/gtest.h>

namespace kubesim::kinds {
namespace {

std::string content(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2)} + static_cast<char>(bytes.size()) + bytes;
}

std::string varint(int number, int value) {
  return {static_cast<char>(number << 3), static_cast<char>(value)};
}

std::string body_of(const std::string& version, const std::string& kind, const std::string& raw) {
  return std::string{"k8s\0", 4} + content(1, content(1, version) + content(2, kind))
         + content(2, raw) + content(3, "") + content(4, "");
}

TEST(protobuf, reads_a_config_map) {
  const auto meta = content(1, "a") + content(2, "") + content(8, "")
                    + content(11, content(1, "app") + content(2, "x"));
  const auto raw = content(1, meta) + content(2, content(1, "k") + content(2, "v")) + varint(4, 1);
  EXPECT_EQ(decode_protobuf(body_of("v1", "ConfigMap", raw)),
            (json{{"apiVersion", "v1"},
                  {"kind", "ConfigMap"},
                  {"metadata", {{"name", "a"}, {"labels", {{"app", "x"}}}}},
                  {"data", {{"k", "v"}}},
                  {"immutable", true}}));
}

TEST(protobuf, reads_bytes_as_base64_and_numbers) {
  const auto raw = content(1, content(1, "s")) + content(2, content(1, "k") + content(2, "x"));
  EXPECT_EQ((*decode_protobuf(body_of("v1", "Secret", raw)))["data"], (json{{"k", "eA=="}}));
  const auto request
      = content(1, "") + content(2, content(1, "aud") + varint(4, 100)) + content(3, "");
  const auto read = decode_protobuf(body_of("authentication.k8s.io/v1", "TokenRequest", request));
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)["spec"], (json{{"audiences", {"aud"}}, {"expirationSeconds", 100}}));
}

TEST(protobuf, reads_the_limits_of_a_quota) {
  const auto limit = content(1, "persistentvolumeclaims") + content(2, content(1, "20"));
  const auto raw = content(1, content(1, "q")) + content(2, content(1, limit)) + content(3, "");
  EXPECT_EQ((*decode_protobuf(body_of("v1", "ResourceQuota", raw)))["spec"]["hard"],
            (json{{"persistentvolumeclaims", "20"}}));
}

TEST(protobuf, refuses_rather_than_loses_what_it_does_not_know) {
  EXPECT_FALSE(decode_protobuf(body_of("v1", "ConfigMap", content(9, "new field"))));
  EXPECT_FALSE(decode_protobuf(body_of("v1", "Unheard", "")));
  EXPECT_FALSE(
      decode_protobuf(body_of("v1", "ConfigMap", content(1, content(1, "a")) + "\x12\x7f")));
  EXPECT_FALSE(decode_protobuf("{}"));
}

TEST(protobuf, numbers_only_fields_that_the_structures_have) {
  for (const auto& [name, type] : builtin_schema().types()) {
    const auto* numbers = numbers_of(name);
    for (const auto& [number, field] : numbers ? *numbers : field_numbers{})
      EXPECT_TRUE(field.empty() || type.find(field)) << name << " " << field;
  }
}

} // namespace
} // namespace kubesim::kinds
