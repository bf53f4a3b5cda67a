#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/patch.hpp"

#include <gtest/gtest.h>

namespace kubesim {

namespace {

const merge_keys keys{{"spec.volumes", "name"},
                      {"spec.containers", "name"},
                      {"spec.containers.env", "name"},
                      {"spec.tags", ""}};

json spec(json content) {
  return {{"spec", std::move(content)}};
}

json merged(const json& target, const json& patch) {
  auto result = apply_strategic_merge(target, patch, keys);
  return result ? *result : result.refusal().status;
}

json volumes(std::vector<std::string> names) {
  json list = json::array();
  for (auto& name : names)
    list.push_back({{"name", std::move(name)}});
  return spec({{"volumes", std::move(list)}});
}

TEST(merge_patch, null_removes_and_lists_are_replaced) {
  auto result = apply_merge_patch(json::parse(R"({"a":1,"b":{"c":1,"d":2},"l":[1,2]})"),
                                  json::parse(R"({"a":null,"b":{"c":null},"l":[3]})"));
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, json::parse(R"({"b":{"d":2},"l":[3]})"));
}

TEST(merge_patch, that_is_no_object_is_refused) {
  auto result = apply_merge_patch(json::object(), json::array());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.refusal().code, 400);
}

TEST(json_patch, is_refused_as_a_whole_without_a_reason) {
  const json target{{"a", {{"x", "1"}}}};
  for (const char* patch :
       {R"([{"op":"test","path":"/a/x","value":"2"}])", R"([{"op":"remove","path":"/a/none"}])",
        R"([{"op":"replace","path":"/none/x","value":1}])", R"([{"op":"nonsense","path":"/a"}])",
        R"([{"op":"add"}])", R"(["x"])"}) {
    auto result = apply_json_patch(target, json::parse(patch));
    ASSERT_FALSE(result) << patch;
    EXPECT_EQ(result.refusal().code, 422) << patch;
    EXPECT_EQ(result.refusal().status.at("details"), json::object());
  }
}

TEST(json_patch, applies_its_steps_in_order) {
  auto result = apply_json_patch({{"a", {{"x", "1"}}}}, json::parse(R"([
      {"op":"test","path":"/a/x","value":"1"}, {"op":"add","path":"/a/y~1z","value":2},
      {"op":"move","from":"/a/x","path":"/b"}])"));
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, json::parse(R"({"a":{"y/z":2},"b":"1"})"));
}

TEST(strategic_merge, merges_list_items_by_their_key_and_puts_new_ones_in_front) {
  auto before = spec({{"volumes", json::parse(R"([{"name":"a","x":1},{"name":"b"}])")}});
  auto after = merged(before, spec({{"volumes", json::parse(R"([{"name":"a","y":2}])")}}));
  EXPECT_EQ(after.at("spec").at("volumes"),
            json::parse(R"([{"name":"a","x":1,"y":2},{"name":"b"}])"));
  EXPECT_EQ(merged(volumes({"a", "b"}), volumes({"c"})), volumes({"c", "a", "b"}));
}

TEST(strategic_merge, keeps_the_relative_order_of_what_was_there) {
  EXPECT_EQ(merged(volumes({"a", "b", "c"}), volumes({"b"})), volumes({"a", "b", "c"}));
  EXPECT_EQ(merged(volumes({"a", "b", "c"}), volumes({"c", "a"})), volumes({"b", "c", "a"}));
}

TEST(strategic_merge, follows_the_order_that_the_patch_asks_for) {
  auto patch = volumes({"c"});
  patch["spec"]["$setElementOrder/volumes"] = volumes({"a", "b", "c"}).at("spec").at("volumes");
  EXPECT_EQ(merged(volumes({"a", "b"}), patch), volumes({"a", "b", "c"}));
}

TEST(strategic_merge, deletes_and_replaces_items_on_demand) {
  auto patch = spec({{"volumes", json::parse(R"([{"name":"a","$patch":"delete"},{"name":"c"}])")}});
  EXPECT_EQ(merged(volumes({"a", "b"}), patch), volumes({"c", "b"}));
  patch = spec({{"volumes", json::parse(R"([{"$patch":"replace"},{"name":"only"}])")}});
  EXPECT_EQ(merged(volumes({"a", "b"}), patch), volumes({"only"}));
}

TEST(strategic_merge, drops_members_that_retain_keys_does_not_name) {
  auto before = spec({{"volumes", json::parse(R"([{"name":"a","disk":{},"size":1}])")}});
  auto patch
      = spec({{"volumes", json::parse(R"([{"name":"a","$retainKeys":["name","net"],"net":{}}])")}});
  EXPECT_EQ(merged(before, patch).at("spec").at("volumes"),
            json::parse(R"([{"name":"a","net":{}}])"));
}

TEST(strategic_merge, merges_plain_values_as_a_set_and_deletes_from_it) {
  auto before = spec({{"tags", {"a", "b"}}});
  EXPECT_EQ(merged(before, spec({{"tags", {"c", "a"}}})).at("spec").at("tags"),
            json({"c", "a", "b"}));
  EXPECT_EQ(merged(before, spec({{"$deleteFromPrimitiveList/tags", {"a"}}})).at("spec").at("tags"),
            json({"b"}));
}

TEST(strategic_merge, replaces_lists_that_have_no_merge_key) {
  EXPECT_EQ(merged(spec({{"args", {"a", "b"}}}), spec({{"args", {"c"}}})), spec({{"args", {"c"}}}));
}

TEST(strategic_merge, refuses_an_item_without_its_key) {
  auto status = merged(volumes({"a"}), spec({{"volumes", json::parse(R"([{"x":1}])")}}));
  EXPECT_EQ(status.at("code"), 500);
  EXPECT_NE(text_at(status, {"message"}).find("does not contain declared merge key: name"),
            std::string::npos);
}

} // namespace

} // namespace kubesim
