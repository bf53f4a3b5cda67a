#include "tests/kubesim/api/field_managers.hpp"
#include "tests/kubesim/api/fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kubesim {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

kind_rules deployment_like() {
  kind_rules rules;
  rules.type.version = "v1";
  rules.merge_keys = {{"spec.volumes", "name"}};
  return rules;
}

json config(json values) {
  return {{"data", std::move(values)}};
}

/// An object that managers write one after the other.
class shared_object {
public:
  json apply(const std::string& manager, const json& wanted,
             on_conflict policy = on_conflict::refuse) {
    auto result = server_side_apply(rules_, object_.is_null() ? nullptr : &object_, wanted,
                                    {manager, {}, "t"}, policy);
    if (!result)
      return result.refusal().status;
    object_ = result->object;
    object_["metadata"]["managedFields"] = result->managed;
    return content();
  }

  json update(const std::string& manager, json after) {
    auto managed = managed_after_update(rules_, object_.is_null() ? nullptr : &object_, after,
                                        {manager, {}, "t"});
    object_ = std::move(after);
    object_["metadata"]["managedFields"] = std::move(managed);
    return content();
  }

  json content() const {
    auto plain = object_;
    plain.erase("metadata");
    return plain;
  }

  /// `one Apply {"f:data":...}`
  std::vector<std::string> managers() const {
    std::vector<std::string> found;
    for (const auto& one : items_at(object_, {"metadata", "managedFields"}))
      found.push_back(text_at(one, {"manager"}) + " " + text_at(one, {"operation"}) + " "
                      + one.at("fieldsV1").dump());
    return found;
  }

private:
  kind_rules rules_ = deployment_like();
  json object_;
};

TEST(field_managers, own_what_they_apply) {
  shared_object object;
  object.apply("one", config({{"x", "1"}, {"y", "1"}}));
  EXPECT_THAT(object.managers(), ElementsAre(R"(one Apply {"f:data":{"f:x":{},"f:y":{}}})"));
}

TEST(field_managers, own_what_they_update_with_the_maps_that_came_new) {
  shared_object object;
  object.update("creator", config({{"x", "1"}}));
  EXPECT_THAT(object.managers(), ElementsAre(R"(creator Update {"f:data":{".":{},"f:x":{}}})"));
  object.update("other", config({{"x", "2"}, {"y", "1"}}));
  EXPECT_THAT(object.managers(), ElementsAre(R"(creator Update {"f:data":{}})",
                                             R"(other Update {"f:data":{"f:x":{},"f:y":{}}})"));
}

TEST(field_managers, are_named_when_an_apply_would_change_what_is_theirs) {
  shared_object object;
  object.apply("one", config({{"x", "1"}, {"y", "1"}}));
  auto status = object.apply("two", config({{"x", "2"}}));
  EXPECT_EQ(status.at("code"), 409);
  EXPECT_EQ(status.at("message"), "Apply failed with 1 conflict: conflict with \"one\": .data.x");
  EXPECT_EQ(status.at("details").at("causes").at(0).at("field"), ".data.x");
  status = object.apply("two", config({{"x", "2"}, {"y", "2"}}));
  EXPECT_EQ(status.at("message"), "Apply failed with 2 conflicts: conflicts with \"one\":\n"
                                  "- .data.x\n- .data.y");
}

TEST(field_managers, of_an_update_are_named_with_their_version) {
  shared_object object;
  object.update("creator", config({{"x", "1"}}));
  EXPECT_THAT(object.apply("two", config({{"x", "2"}})).at("message").get<std::string>(),
              HasSubstr("conflict with \"creator\" using v1"));
}

TEST(field_managers, lose_what_another_takes_by_force) {
  shared_object object;
  object.apply("one", config({{"x", "1"}, {"y", "1"}}));
  EXPECT_EQ(object.apply("two", config({{"x", "2"}}), on_conflict::take_over),
            config({{"x", "2"}, {"y", "1"}}));
  EXPECT_THAT(object.managers(), ElementsAre(R"(one Apply {"f:data":{"f:y":{}}})",
                                             R"(two Apply {"f:data":{"f:x":{}}})"));
}

TEST(field_managers, share_a_field_and_only_the_last_one_to_drop_it_removes_it) {
  shared_object object;
  object.apply("one", config({{"x", "1"}, {"y", "1"}}));
  object.apply("two", config({{"y", "1"}, {"z", "1"}}));
  EXPECT_EQ(object.apply("one", config({{"x", "1"}})),
            config({{"x", "1"}, {"y", "1"}, {"z", "1"}}));
  EXPECT_EQ(object.apply("two", config({{"z", "1"}})), config({{"x", "1"}, {"z", "1"}}));
}

TEST(field_managers, merge_keyed_lists_item_by_item) {
  auto volumes = [](std::vector<const char*> names) {
    json list = json::array();
    for (const auto* name : names)
      list.push_back({{"name", name}, {"emptyDir", json::object()}});
    return json{{"spec", {{"volumes", std::move(list)}}}};
  };
  shared_object object;
  object.apply("one", volumes({"a"}));
  EXPECT_EQ(object.apply("two", volumes({"b"})), volumes({"a", "b"}));
  EXPECT_EQ(object.apply("one", volumes({"c"})), volumes({"b", "c"}));
}

TEST(field_managers, replace_lists_without_a_key_as_a_whole) {
  shared_object object;
  object.apply("one", {{"spec", {{"args", {"a", "b"}}}}});
  EXPECT_EQ(object.apply("one", {{"spec", {{"args", {"c"}}}}}),
            json({{"spec", {{"args", {"c"}}}}}));
  EXPECT_EQ(object.apply("two", {{"spec", {{"args", {"d"}}}}}).at("code"), 409);
}

TEST(field_managers, follow_the_list_types_of_a_custom_schema) {
  kind_rules rules;
  rules.type.is_custom = true;
  rules.schema = std::make_shared<const json>(json::parse(R"({"properties":{"status":{"properties":{
      "conditions":{"x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["type"],
                    "items":{"properties":{"type":{},"status":{}}}}}}}})"));
  auto condition = [](const char* type) {
    return json{{"status", {{"conditions", json::array({{{"type", type}, {"status", "True"}}})}}}};
  };
  auto first
      = server_side_apply(rules, nullptr, condition("A"), {"one", {}, "t"}, on_conflict::refuse);
  ASSERT_TRUE(first);
  auto live = first->object;
  live["metadata"]["managedFields"] = first->managed;
  auto second
      = server_side_apply(rules, &live, condition("B"), {"two", {}, "t"}, on_conflict::refuse);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->object.at("status").at("conditions").size(), 2U);
}

TEST(field_set, survives_the_way_to_text_and_back) {
  auto fields = json::parse(R"({"f:spec":{".":{},"f:list":{"k:{\"name\":\"a\"}":{".":{},"f:x":{}},
                                "v:\"b\"":{}}}})");
  auto set = field_set::from_json(fields);
  EXPECT_EQ(set.to_json(), fields);
  EXPECT_THAT(set.paths(), ElementsAre(".spec", R"(.spec.list[name="a"])",
                                       R"(.spec.list[name="a"].x)", R"(.spec.list[="b"])"));
}

TEST(field_set, ignores_what_is_no_set) {
  EXPECT_TRUE(field_set::from_json("text").empty());
  EXPECT_EQ(field_set::from_json(json::parse(R"({"x":{}})")).children.size(), 0U);
}

} // namespace

} // namespace kubesim
