#include "tests/sweeps/restore_world_events.hpp"

#include <iostream>
#include <map>

namespace sweeps {
namespace {

using namespace scenarios;
using namespace std::chrono_literals;
using crds::restore_phase;

/// Somebody else does something at a certain moment of a restore.
class restore_world_sweep : public restore_world_events {
protected:
  struct moment {
    std::string name;
    std::function<bool()> has_come;
    bool is_on_the_way_back = false;
  };

  std::vector<moment> moments() {
    const auto in = [this](restore_phase phase) {
      return [this, phase] { return last_.status.phase == phase; };
    };
    std::vector<moment> all{
        {"in preflight", [this] { return was_hit(1, 0); }},
        {"about to begin", [this] { return was_hit(1, 1); }},
        {"provisioning", in(restore_phase::provisioning)},
        {"a claim is made", [this] { return see().claims.size() > before().claims.size(); }},
        {"switching", in(restore_phase::switching)},
        {"rolling out", in(restore_phase::rolling_out)},
        {"rolled out", [this] { return is_rolled_out(); }},
        {"rolling back", in(restore_phase::rolling_back), true},
    };
    if (application().strategy == crds::restore_strategy::replace_claim) {
      all.push_back({"stopped", [this] { return see().spec.value("replicas", 1) == 0; }});
      all.push_back({"a claim is exchanged", [this] { return is_a_claim_exchanged(); }});
      all.push_back(
          {"exchanging back", [this] { return is_a_claim_exchanged() && is_going_back(); }, true});
    }
    return all;
  }

  bool is_going_back() const { return last_.status.phase == restore_phase::rolling_back; }

  bool is_rolled_out() const {
    const auto* condition
        = find_condition(last_.status.conditions, crds::restore_condition::rolled_out);
    return condition && condition->status == crds::condition_status::is_true;
  }

  /// The application's name has another claim, or none.
  bool is_a_claim_exchanged() {
    const auto now = see();
    for (const auto& [name, claim] : before().claims)
      if (const auto found = now.claims.find(name);
          found == now.claims.end() || found->second.uid != claim.uid)
        return true;
    return false;
  }

  /// Slow enough that each moment is seen, and that what happens then meets writes under way.
  void begin(const moment& when) {
    for (const auto& [verb, resource] : {std::pair{"list", "pods"}, {"patch", "volumerestores"}})
      add_fault({{"at", "request"},
                 {"user", operator_user},
                 {"verb", verb},
                 {"resource", resource},
                 {"namespace", name_space_},
                 {"times", 1},
                 {"action", {{"delay", 700}}}});
    add_fault({{"at", "request"},
               {"user", operator_user},
               {"verb", "create|patch|delete"},
               {"resource", "(?!events).*"},
               {"action", {{"delay", 250}}}});
    restore("again", {{"timeouts", {{"provision", "8s"}, {"rollout", "12s"}, {"total", "60s"}}}});
    last_ = {};
    if (!when.is_on_the_way_back)
      return;
    EXPECT_TRUE(await([this] {
      look();
      return last_.status.phase == restore_phase::rolling_out || is_settled("again");
    }));
    cancel("again");
  }

  /// At the restore, as long as it is there.
  void look() {
    const auto found
        = cluster().ask(k8s::get_request(crds::volume_restore::kind, {name_space_, "again"}));
    if (found)
      last_ = *crds::volume_restore::decode(*found);
  }

  bool is_there() { return !is_gone(crds::volume_restore::kind, "again"); }

  /// I6 at each look, but for what somebody else destroyed.
  void await_end(const event& what) {
    std::vector<std::string> lost;
    const bool is_ours = what.leaves == event::end::whole || what.leaves == event::end::no_workload;
    EXPECT_TRUE(await(
        [&] {
          auto now = see(); // before the status, or it could have succeeded in between
          look();
          if (is_ours && lost.empty() && !is_rolled_out())
            lost = lost_data(before(), now);
          return is_settled("again");
        },
        75s))
        << "I5";
    EXPECT_EQ(lost, std::vector<std::string>{}) << "I6";
    look();
  }

  /// Without the claim that somebody deleted, and its volume: whether they are there is not ours to
  /// say. Nor can a pod be replaced that needs it, so ours may have to wait for that pod.
  void forget_deleted_claims(seen_world& world) const {
    const auto& [name, claim] = *before().claims.begin();
    world.claims.erase(name);
    world.volumes.erase(claim.volume);
    for (auto each = world.claims.begin(); each != world.claims.end();) {
      const bool is_going = each->second.is_going;
      if (is_going)
        world.volumes.erase(each->second.volume);
      each = is_going ? world.claims.erase(each) : std::next(each);
    }
  }

  std::vector<std::string> deviations(const event& what) {
    auto old = before(), now = see();
    if (what.leaves == event::end::no_workload)
      old.spec = now.spec = nullptr;
    if (what.leaves == event::end::no_claim)
      return deviations_without_claim(old, now);
    const auto undone = not_undone(old, now, application().strategy);
    if (last_.status.phase != restore_phase::completed && is_there())
      return undone;
    const auto uncompleted = not_completed(old, now, last_, saved());
    const bool may_be_undone = !is_there() && undone.empty();
    return may_be_undone ? undone : uncompleted;
  }

  /// If it completed, or there was nothing left to go back to, the application has the snapshot's
  /// data; if not, nothing of ours is left.
  std::vector<std::string> deviations_without_claim(seen_world old, seen_world now) {
    std::vector<std::string> found;
    const bool keeps_new = application().strategy == crds::restore_strategy::switch_claim
                           && last_.status.message.find("keeps claim") != std::string::npos;
    if (last_.status.phase == restore_phase::completed || keeps_new) {
      for (const auto& row : last_.status.claims)
        if (now.volumes[row.new_volume].data != saved().at(row.snapshot))
          found.push_back("claim " + row.new_claim + " does not have the snapshot's data");
      return found;
    }
    forget_deleted_claims(old);
    forget_deleted_claims(now);
    return not_undone(old, now, application().strategy);
  }

  void expect_end_state(const event& what) {
    if (what.leaves == event::end::nothing) {
      EXPECT_TRUE(await([this] { return is_namespace_gone(name_space_); }))
          << "the namespace does not vanish: "
          << cluster().must(k8s::get_request(kinds::name_space, {{}, name_space_})).dump(1);
      return;
    }
    SCOPED_TRACE(std::string{to_string(last_.status.phase)} + ", " + last_.status.reason + ": "
                 + last_.status.message);
    if (what.leaves == event::end::whole)
      expect_ready();
    std::vector<std::string> wrong;
    EXPECT_TRUE(await([&] { return (wrong = deviations(what)).empty(); })) << json(wrong).dump(1);
  }

  void survive(const moment& when, const event& what) {
    SCOPED_TRACE(what.name + " when " + when.name);
    begin(when);
    bool has_come = false;
    ASSERT_TRUE(await([&] {
      look();
      return (has_come = when.has_come()) || is_settled("again");
    }));
    came_[when.name] += has_come ? 1 : 0;
    what.happen();
    await_end(what);
    clear_faults();
    mend_world();
    expect_end_state(what);
    ++ended_[std::string{to_string(last_.status.phase)}];
    if (what.leaves_ruin)
      start_anew();
    else
      renew("again");
  }

  std::map<std::string, int> came_;  ///< how often, by moment
  std::map<std::string, int> ended_; ///< how often, by phase
  crds::volume_restore last_;        ///< as last seen
};

TEST_P(restore_world_sweep, everything_at_every_moment) {
  keep_storage_class();
  const auto all_events = events();
  const auto all_moments = moments();
  const auto count = all_events.size() * all_moments.size();
  const auto step = static_cast<std::size_t>(stride());
  int cases = 0;
  // A moment for each event and then the next, so that a stride meets all of both.
  for (std::size_t i = step / 2; i < count && cases < most_points() && !HasFailure(); i += step) {
    survive(all_moments[i % all_moments.size()], all_events[i / all_moments.size()]);
    ++cases;
  }
  for (const auto& when : all_moments)
    EXPECT_TRUE(HasFailure() || stride() > 1 || came_[when.name] > 0) << when.name << " never came";
  RecordProperty("cases", cases);
  std::cout << cases << " cases: " << json{ended_}.dump() << '\n';
}

INSTANTIATE_TEST_SUITE_P(of, restore_world_sweep, testing::Values(switched(), exchanged()),
                         [](const testing::TestParamInfo<restored_application>& of) {
                           return of.param.name;
                         });

} // namespace
} // namespace sweeps
