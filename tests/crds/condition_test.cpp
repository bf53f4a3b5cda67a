#include "crds/condition.hpp"
#include "k8s/json_reader.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace crds {
namespace {

using namespace std::chrono_literals;

const k8s::timestamp noon{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 12h};

condition frozen(condition_status status, k8s::timestamp at,
                 std::string reason = "HooksSucceeded") {
  return {.type = "PodsFrozen",
          .status = status,
          .reason = std::move(reason),
          .message = "all of them",
          .observed_generation = 1,
          .last_transition_time = at};
}

condition named(std::string type, condition_status status = condition_status::unknown) {
  auto made = frozen(status, noon, "Reason");
  made.type = std::move(type);
  return made;
}

TEST(condition, is_added_when_it_is_new) {
  std::vector<condition> conditions;
  set_condition(conditions, frozen(condition_status::is_true, noon));
  ASSERT_EQ(conditions.size(), 1U);
  EXPECT_EQ(conditions[0], frozen(condition_status::is_true, noon));
}

TEST(condition, is_replaced_in_its_place_when_it_is_known) {
  std::vector<condition> conditions{named("A"), frozen(condition_status::unknown, noon),
                                    named("B")};
  set_condition(conditions, frozen(condition_status::is_true, noon + 5s));
  ASSERT_EQ(conditions.size(), 3U);
  EXPECT_EQ(conditions[1], frozen(condition_status::is_true, noon + 5s));
}

TEST(condition, keeps_its_transition_time_while_its_status_stays) {
  std::vector<condition> conditions{frozen(condition_status::is_false, noon, "HookFailed")};
  set_condition(conditions, frozen(condition_status::is_false, noon + 5s, "FreezeExpired"));
  EXPECT_EQ(conditions[0].last_transition_time, noon);
  EXPECT_EQ(conditions[0].reason, "FreezeExpired");
}

TEST(condition, moves_its_transition_time_with_its_status) {
  std::vector<condition> conditions{frozen(condition_status::is_false, noon)};
  set_condition(conditions, frozen(condition_status::is_true, noon + 5s));
  EXPECT_EQ(conditions[0].last_transition_time, noon + 5s);
}

TEST(condition, is_found_by_its_type) {
  const std::vector<condition> conditions{frozen(condition_status::is_true, noon)};
  EXPECT_EQ(find_condition(conditions, "PodsFrozen"), &conditions[0]);
  EXPECT_EQ(find_condition(conditions, "PodsThawed"), nullptr);
}

TEST(condition, is_written_with_all_fields_that_the_schema_requires) {
  EXPECT_EQ(encode({frozen(condition_status::is_true, noon)}), nlohmann::json::parse(R"([{
    "type": "PodsFrozen", "status": "True", "reason": "HooksSucceeded", "message": "all of them",
    "observedGeneration": 1, "lastTransitionTime": "2026-01-02T12:00:00.000000Z"}])"));
}

TEST(condition, list_without_conditions_is_written_as_null) {
  EXPECT_TRUE(encode(std::vector<condition>{}).is_null());
}

TEST(condition, survives_writing_and_reading) {
  const std::vector<condition> conditions{frozen(condition_status::is_true, noon + 123456us),
                                          named("B", condition_status::is_false), named("C")};
  const nlohmann::json status{{"conditions", encode(conditions)}};
  std::optional<k8s::error> failure;
  EXPECT_EQ(read_conditions(k8s::json_reader{status, failure}), conditions);
  EXPECT_FALSE(failure);
}

} // namespace
} // namespace crds
