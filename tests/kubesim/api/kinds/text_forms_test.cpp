#include "tests/kubesim/api/kinds/base64.hpp"
#include "tests/kubesim/api/kinds/json_path.hpp"
#include "tests/kubesim/api/kinds/quantity.hpp"
#include "tests/kubesim/api/kinds/time_text.hpp"

#include <gtest/gtest.h>

namespace kubesim::kinds {
namespace {

using namespace std::chrono_literals;

TEST(quantity, reads_what_users_write) {
  EXPECT_EQ(parse_quantity("16Mi")->thousandths, 16LL * 1024 * 1024 * 1000);
  EXPECT_EQ(parse_quantity("0.5")->thousandths, 500);
  EXPECT_EQ(parse_quantity("100m")->thousandths, 100);
  EXPECT_EQ(parse_quantity("-1")->thousandths, -1000);
  EXPECT_EQ(parse_quantity("1e3")->thousandths, 1'000'000);
}

TEST(quantity, refuses_what_is_none) {
  for (const auto* text : {"", "abc", "1X", "Mi", "1 Mi", "--1", "1-2", "99999999P"})
    EXPECT_FALSE(parse_quantity(text)) << text;
}

TEST(quantity, is_written_in_its_shortest_form) {
  EXPECT_EQ(canonical_quantity("1024Mi"), "1Gi");
  EXPECT_EQ(canonical_quantity("1.5Gi"), "1536Mi");
  EXPECT_EQ(canonical_quantity("1000m"), "1");
  EXPECT_EQ(canonical_quantity("0.5"), "500m");
  EXPECT_EQ(canonical_quantity("16Mi"), "16Mi");
  EXPECT_EQ(canonical_quantity("1500"), "1500");
}

TEST(time_text, survives_a_round_trip) {
  const auto time = parse_time("2026-11-22T22:07:33Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(format_time(*time), "2026-11-22T22:07:33Z");
  EXPECT_EQ(parse_time("2026-11-23T00:07:33.5+02:00"), *time + 500ms);
}

TEST(time_text, refuses_days_that_do_not_exist_and_other_text) {
  for (const auto* text : {"yesterday", "2026-02-30T00:00:00Z", "2026-11-22", ""})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(human_duration, looks_as_in_kubectl) {
  EXPECT_EQ(human_duration(0s), "0s");
  EXPECT_EQ(human_duration(119s), "119s");
  EXPECT_EQ(human_duration(200s), "3m20s");
  EXPECT_EQ(human_duration(20min), "20m");
  EXPECT_EQ(human_duration(5h), "5h");
  EXPECT_EQ(human_duration(5h + 7min), "5h7m");
  EXPECT_EQ(human_duration(47h), "47h");
  EXPECT_EQ(human_duration(52h), "2d4h");
  EXPECT_EQ(human_duration(24h * 400), "400d");
}

TEST(base64, pads_to_groups_of_four) {
  EXPECT_EQ(encode_base64(""), "");
  EXPECT_EQ(encode_base64("x"), "eA==");
  EXPECT_EQ(encode_base64("he"), "aGU=");
  EXPECT_EQ(encode_base64("hello"), "aGVsbG8=");
}

const json widget{
    {"spec", {{"size", 3}, {"items", {{{"name", "a"}}, {{"name", "b"}}}}, {"odd.key", "x"}}},
    {"status",
     {{"conditions",
       {{{"type", "Ready"}, {"status", "True"}}, {{"type", "Synced"}, {"status", "False"}}}}}}};

TEST(json_path, follows_names_indices_and_wildcards) {
  EXPECT_EQ(find_json_path(widget, ".spec.size"), std::vector<json>{3});
  EXPECT_EQ(find_json_path(widget, "{.spec.size}"), std::vector<json>{3});
  EXPECT_EQ(find_json_path(widget, ".spec.items[1].name"), std::vector<json>{"b"});
  EXPECT_EQ(find_json_path(widget, ".spec.items[-1].name"), std::vector<json>{"b"});
  EXPECT_EQ(find_json_path(widget, ".spec.items[*].name"), (std::vector<json>{"a", "b"}));
  EXPECT_EQ(find_json_path(widget, ".spec.odd\\.key"), std::vector<json>{"x"});
  EXPECT_EQ(find_json_path(widget, ".spec['odd.key']"), std::vector<json>{"x"});
}

TEST(json_path, filters_by_a_member) {
  EXPECT_EQ(find_json_path(widget, R"(.status.conditions[?(@.type=="Synced")].status)"),
            std::vector<json>{"False"});
  EXPECT_EQ(find_json_path(widget, ".status.conditions[?(@.type == 'Ready')].status"),
            std::vector<json>{"True"});
}

TEST(json_path, finds_nothing_where_nothing_is) {
  for (const auto* path : {".spec.missing", ".spec.size.more", ".spec.items[7]", ".spec.items[",
                           R"(.status.conditions[?(@.type=="Gone")].status)"})
    EXPECT_TRUE(find_json_path(widget, path).empty()) << path;
}

} // namespace
} // namespace kubesim::kinds
