#include "actors/volume_backup/next_step.hpp"
#include "actors/volume_backup/pod_session.hpp"
#include "tests/support/backup_world.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tuple>
#include <variant>

/// Every knob of `spec.timeouts` bounds its own step and no other.
namespace {

using namespace actors;
using support::at;
using support::backup_world;
using namespace std::chrono_literals;

/// Longer than anything here lasts.
constexpr auto ages = 1000h;

struct knob {
  const char* name;
  void (*set)(backup_plan& plan, std::chrono::milliseconds limit);
};

struct stage {
  const char* name;
  backup_world (*reached)();
  /// The knobs that end a backup here, each with its reason.
  std::map<std::string, std::string> ended_by;
};

const knob knobs[] = {
    {"freeze",
     [](backup_plan& plan, std::chrono::milliseconds limit) {
       plan.timeouts.freeze = limit;
       for (auto& pod : plan.pods)
         pod.freeze_timeout = limit;
     }},
    {"maxFreeze", [](backup_plan& plan, auto limit) { plan.timeouts.max_freeze = limit; }},
    {"thaw", [](backup_plan& plan, auto limit) { plan.timeouts.thaw = limit; }},
    {"ready", [](backup_plan& plan, auto limit) { plan.timeouts.ready = limit; }},
    {"total", [](backup_plan& plan, auto limit) { plan.timeouts.total = limit; }},
};

backup_world looked(backup_world world) {
  world.seen().looked = at(30min); // what the watch may have missed was read before the end
  return world;
}

const stage stages[] = {
    {"queued",
     [] {
       auto world = backup_world{}.planned(1, 2);
       world.seen().turn = turn_state::delayed;
       world.seen().turn_asked = at(1s);
       world.seen().queued_status = persisted::accepted;
       return world;
     },
     {{"total", "TotalTimeout"}}},
    {"freezing",
     [] { return backup_world{}.planned(1, 2).freezing(); },
     {{"freeze", "FreezeTimeout"}, {"maxFreeze", "FreezeExpired"}, {"total", "TotalTimeout"}}},
    {"frozen",
     [] { return looked(backup_world{}.planned(1, 2).freezing().frozen().requested()); },
     {{"maxFreeze", "FreezeExpired"}, {"total", "TotalTimeout"}}},
    {"thawing",
     [] {
       return looked(
           backup_world{}.planned(1, 2).freezing().frozen().requested().cut().ready().thawing());
     },
     {{"total", "TotalTimeout"}}},
    {"becoming_ready",
     [] { return looked(backup_world{}.planned(1, 2).thawed_well().uploading()); },
     {{"ready", "ReadyTimeout"}, {"total", "TotalTimeout"}}},
    {"cut_without_hooks",
     [] { return looked(backup_world{}.planned(0, 2).prepared().requested()); },
     {{"ready", "ReadyTimeout"}, {"total", "TotalTimeout"}}},
};

class timeouts : public ::testing::TestWithParam<std::tuple<stage, knob>> {};

TEST_P(timeouts, bound_their_own_step) {
  const auto& [reached, shortened] = GetParam();
  auto world = reached.reached();
  auto& plan = *world.seen().plan;
  for (const auto& each : knobs)
    each.set(plan, ages);
  EXPECT_EQ(to_string(decide(world, at(1h))).find("give up"), std::string::npos);
  shortened.set(plan, 1min);
  const auto then = decide(world, at(1h));
  const auto reason = reached.ended_by.find(shortened.name);
  if (reason == reached.ended_by.end()) {
    EXPECT_EQ(to_string(then).find("give up"), std::string::npos) << to_string(then);
    return;
  }
  ASSERT_EQ(to_string(then), "give up: " + reason->second);
  const auto& message = std::get<step::give_up>(then).ending.message;
  EXPECT_NE(message.find(std::string{"timeouts."} + shortened.name), std::string::npos) << message;
  EXPECT_NE(message.find("1m"), std::string::npos) << "the value in force: " << message;
}

INSTANTIATE_TEST_SUITE_P(every_stage, timeouts,
                         ::testing::Combine(::testing::ValuesIn(stages),
                                            ::testing::ValuesIn(knobs)),
                         [](const auto& tested) {
                           return std::string{std::get<0>(tested.param).name} + "_"
                                  + std::get<1>(tested.param).name;
                         });

TEST(thaw_timeout, bounds_the_post_hook_and_the_wait_for_its_confirmation) {
  auto world = backup_world{}.planned(1, 1);
  world.seen().plan->timeouts.thaw = 7s;
  const auto session = session_of(world, 0);
  EXPECT_EQ(session.thaw_limit, 7s);
  EXPECT_EQ(session.plan.post_limit, 7s);
}

TEST(freeze_timeout, names_the_pod_that_is_late_and_its_own_limit) {
  auto world = backup_world{}.planned(2, 1).freezing();
  world.seen().pods[0].frozen = at(2s);
  world.seen().plan->pods[1].freeze_timeout = 4s;
  const auto then = decide(world, at(5s));
  ASSERT_EQ(to_string(then), "give up: FreezeTimeout");
  const auto& message = std::get<step::give_up>(then).ending.message;
  EXPECT_NE(message.find("pod-1 (4s)"), std::string::npos) << message;
  EXPECT_EQ(message.find("pod-0"), std::string::npos) << message;
}

} // namespace
