#include "k8s/object_meta.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace k8s {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

timestamp at_utc(std::chrono::year_month_day day, std::chrono::nanoseconds since_midnight) {
  return timestamp{std::chrono::sys_days{day}.time_since_epoch() + since_midnight};
}

using namespace std::chrono;
constexpr year_month_day second_of_january{2026y, January, 2d};

TEST(parse_timestamp, reads_every_form_of_rfc_3339) {
  const std::map<std::string, timestamp> table{
      {"2026-01-02T03:04:05Z", at_utc(second_of_january, 3h + 4min + 5s)},
      {"2026-01-02t03:04:05z", at_utc(second_of_january, 3h + 4min + 5s)},
      {"2026-01-02T03:04:05.6Z", at_utc(second_of_january, 3h + 4min + 5s + 600ms)},
      {"2026-01-02T03:04:05.678901Z", at_utc(second_of_january, 3h + 4min + 5s + 678901us)},
      {"2026-01-02T03:04:05.123456789Z", at_utc(second_of_january, 3h + 4min + 5s + 123456789ns)},
      {"2026-01-02T03:04:05.123456789999Z",
       at_utc(second_of_january, 3h + 4min + 5s + 123456789ns)},
      {"2026-01-02T03:04:05+02:00", at_utc(second_of_january, 1h + 4min + 5s)},
      {"2026-01-02T03:04:05-05:30", at_utc(second_of_january, 8h + 34min + 5s)},
      {"2026-01-01T23:59:60Z", at_utc(second_of_january, 0s)},
      {"2024-02-29T00:00:00Z", at_utc({2024y, February, 29d}, 0s)},
      {"1970-01-01T00:00:00Z", timestamp{}},
      {"1969-12-31T23:59:59Z", timestamp{-1s}},
  };
  for (const auto& [text, wanted] : table) {
    const auto parsed = parse_timestamp(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, wanted) << text;
  }
}

TEST(parse_timestamp, refuses_what_is_no_time) {
  for (const char* text :
       {"", "now", "2026-01-02", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z",
        "2026-02-29T03:04:05Z", "2026-01-02T24:04:05Z", "2026-01-02T03:60:05Z",
        "2026-01-02T03:04:61Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05Zz",
        "2026-01-02T03:04:05+0200", "26-01-02T03:04:05Z", "2026-01-02T03:04:05+02",
        "9999-01-02T03:04:05Z", "0001-01-01T00:00:00Z", "2026-01-02T-3:04:05Z"}) {
    const auto parsed = parse_timestamp(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, errc::protocol);
    EXPECT_THAT(parsed.error().detail, HasSubstr(text));
  }
}

TEST(to_rfc3339, writes_what_the_server_accepts) {
  const auto when = at_utc(second_of_january, 3h + 4min + 5s + 678901us);
  EXPECT_EQ(to_rfc3339_micro(when), "2026-01-02T03:04:05.678901Z");
  EXPECT_EQ(to_rfc3339(when), "2026-01-02T03:04:05Z");
  EXPECT_EQ(to_rfc3339_micro(at_utc(second_of_january, 0s)), "2026-01-02T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339_micro(timestamp{-1ns}), "1969-12-31T23:59:59.999999Z");
}

TEST(object_meta, is_read_from_metadata) {
  const auto meta = decode_object_meta(nlohmann::json::parse(R"({"metadata": {
    "name": "a", "namespace": "shop", "uid": "u", "resourceVersion": "7", "generation": 3,
    "labels": {"app": "db"}, "annotations": null, "finalizers": ["f"], "unknown": [],
    "creationTimestamp": "2026-01-02T03:04:05Z", "deletionTimestamp": "2026-01-02T03:04:06Z",
    "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "s", "uid": "o", "controller": true}]}})"));
  ASSERT_TRUE(meta) << to_string(meta.error());
  EXPECT_EQ(to_string(meta->key()), "shop/a");
  EXPECT_EQ(meta->generation, 3);
  EXPECT_EQ(meta->labels.at("app"), "db");
  EXPECT_TRUE(meta->annotations.empty());
  EXPECT_TRUE(meta->has_finalizer("f"));
  EXPECT_FALSE(meta->has_finalizer("g"));
  EXPECT_TRUE(meta->is_owned_by("o"));
  EXPECT_FALSE(meta->is_owned_by("u"));
  EXPECT_TRUE(meta->is_being_deleted());
  EXPECT_EQ(*meta->deletion_timestamp - *meta->creation_timestamp, 1s);
}

TEST(object_meta, a_field_of_the_wrong_type_is_named) {
  const std::map<std::string, std::string> table{
      {R"({"metadata": {"name": 7}})", "metadata.name is number where a string belongs"},
      {R"({"metadata": []})", "metadata is array where an object belongs"},
      {R"({"metadata": {"labels": {"app": 1}}})",
       "metadata.labels.app is number where a string belongs"},
      {R"({"metadata": {"finalizers": "f"}})",
       "metadata.finalizers is string where a list belongs"},
      {R"({"metadata": {"generation": "3"}})",
       "metadata.generation is string where an integer belongs"},
      {R"({"metadata": {"ownerReferences": [{"controller": "yes"}]}})",
       "metadata.ownerReferences[0].controller is string where a boolean belongs"},
      {R"({"metadata": {"creationTimestamp": "soon"}})",
       "metadata.creationTimestamp: \"soon\" is not an RFC 3339 time"},
      {"[]", "it is array where an object belongs"},
  };
  for (const auto& [text, wanted] : table) {
    const auto meta = decode_object_meta(nlohmann::json::parse(text));
    ASSERT_FALSE(meta) << text;
    EXPECT_EQ(meta.error().code, errc::protocol);
    EXPECT_EQ(meta.error().detail, wanted);
  }
}

TEST(object_meta, is_written_without_what_only_the_server_sets) {
  object_meta meta;
  meta.name = "a";
  meta.name_space = "shop";
  meta.generation = 3;
  meta.creation_timestamp = timestamp{};
  meta.owner_references
      = {{.api_version = "v1", .kind = "Pod", .name = "p", .uid = "o", .controller = true}};
  EXPECT_EQ(encode(meta),
            nlohmann::json::parse(R"({"name": "a", "namespace": "shop", "ownerReferences":
    [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "o", "controller": true}]})"));
  EXPECT_EQ(encode(object_meta{}), nlohmann::json::object());
}

} // namespace
} // namespace k8s
