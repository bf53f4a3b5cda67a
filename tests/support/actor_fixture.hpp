#pragma once

#include "actors/context.hpp"

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <gtest/gtest.h>

namespace support {

/// Single-threaded actors on a clock that the test moves. Nothing runs until `run` or `advance`.
class actor_fixture : public ::testing::Test {
public:
  actor_fixture() {
    context.metrics = std::make_shared<actors::metrics>();
    context.wall = [this] { return k8s::timestamp{noon + (steady() - start_)}; };
  }

  ~actor_fixture() override {
    for (const auto& actor : tracked_)
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    tracked_.clear();
    context = {};
    scheduler.run();
    scheduler.clock().cancel_all(); // pending timers own their actors
    scheduler.run();
    EXPECT_EQ(system.registry().running(), 0U) << "actors leaked by the test";
    system.await_actors_before_shutdown(system.registry().running() == 0);
  }

  /// Ends with the test.
  template <class Handle>
  Handle track(Handle actor) {
    tracked_.push_back(caf::actor_cast<caf::strong_actor_ptr>(actor));
    return actor;
  }

  void run() { scheduler.run(); }

  /// Moves the clock, firing one timer after the other, so that re-armed ones are exact.
  void advance(std::chrono::nanoseconds span) {
    auto& clock = scheduler.clock();
    const auto end = clock.now() + span;
    run();
    while (!clock.schedule().empty() && clock.schedule().begin()->first <= end) {
      const auto due = clock.schedule().begin()->first;
      scheduler.advance_time(std::max(due - clock.now(), caf::timespan{0}));
      run();
    }
    if (clock.now() < end)
      scheduler.advance_time(end - clock.now());
    run();
  }

  std::chrono::steady_clock::time_point steady() const { return scheduler.clock().now(); }

  struct test_config : caf::actor_system_config {
    test_config() {
      set("scheduler.policy", caf::atom("testing"));
      set("logger.file-verbosity", caf::atom("quiet"));
    }
  };

  static constexpr k8s::timestamp noon{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2}
                                       + std::chrono::hours{12}};

  test_config config;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler
      = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  actors::operator_context context;

private:
  std::vector<caf::strong_actor_ptr> tracked_;
  std::chrono::steady_clock::time_point start_ = scheduler.clock().now();
};

} // namespace support
