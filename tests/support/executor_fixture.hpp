#pragma once

#include "tests/support/actor_fixture.hpp"
#include "tests/support/scripted_exec.hpp"

namespace support {

using namespace actors;
using namespace std::chrono_literals;

/// What the executor told its supervisor.
struct told {
  std::vector<pod_frozen> frozen;
  std::vector<session_lost> lost;
  std::vector<pod_released> released;
};

/// An executor of one pod between a supervisor that takes notes and a scripted container.
struct executor_fixture : actor_fixture {
  std::shared_ptr<scripted_exec> exec = std::make_shared<scripted_exec>();
  told heard;
  supervisor_actor parent = track(
      system.spawn([this](supervisor_actor::pointer self) -> supervisor_actor::behavior_type {
        harden(self);
        return {[](const backup_changed&) {},
                [](const backup_removed&) {},
                [](const turn_granted&) {},
                [](const turn_delayed&) {},
                [](const pod_probed&) {},
                [this](const pod_frozen& fact) { heard.frozen.push_back(fact); },
                [this](const session_lost& fact) { heard.lost.push_back(fact); },
                [this](const pod_released& fact) { heard.released.push_back(fact); },
                [](const snapshot_cut&) {},
                [](const snapshot_troubled&) {},
                [](const snapshot_lost&) {},
                [](const snapshot_became_ready&) {},
                [](const deadline_passed&) {},
                [](const create_due&) {},
                [](const stop_work&) {}};
      }));
  hook_executor_actor executor;

  executor_fixture() { context.exec = exec; }

  ~executor_fixture() override {
    executor = nullptr;
    parent = nullptr;
  }

  static pod_session session_of_pod() {
    pod_session session;
    session.pod = 3;
    session.key = {"shop", "mysql-0"};
    session.container = "main";
    session.id = "uid-1.1.3";
    session.plan.max_freeze = 60s;
    session.plan.pre = "freeze it";
    session.plan.post = "thaw it";
    session.thaw_limit = 30s;
    return session;
  }

  void freeze() {
    caf::anon_send(executor, freeze_pod{noon + 30s});
    run();
  }

  void thaw() {
    caf::anon_send(executor, thaw_pod{});
    run();
  }

  scripted_exec::session& session(std::size_t number = 0) { return *exec->sessions.at(number); }

  void session_says(std::initializer_list<const char*> lines, std::size_t number = 0) {
    for (const auto* line : lines)
      session(number).says(line);
    run();
  }

  void session_ends(k8s::exec_outcome outcome, std::size_t number = 0) {
    session(number).ends(std::move(outcome));
    run();
  }

  const pod_released& last_word() {
    EXPECT_EQ(heard.released.size(), 1U) << "exactly one last word";
    static const pod_released none;
    return heard.released.empty() ? none : heard.released.front();
  }
};

} // namespace support
