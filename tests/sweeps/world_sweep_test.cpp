#include "tests/sweeps/world_events.hpp"

#include <chrono>
#include <iostream>
#include <map>

namespace sweeps {
namespace {

using namespace scenarios;
using namespace std::chrono_literals;
using crds::backup_phase;

/// Somebody else does something at a certain moment of a backup.
class world_sweep : public world_events {
protected:
  struct moment {
    std::string name;
    std::function<bool()> has_come;
    std::function<void()> begin; ///< makes `nightly` and whatever brings the moment about
  };

  std::vector<moment> moments() {
    const auto begin = [this] { back_up_with_short_timeouts("nightly"); };
    return {
        {"in preflight", [this] { return was_hit(1); },
         [=, this] { begin_slowly("list", "pods"); }},
        {"about to freeze", [this] { return was_hit(1); },
         [=, this] { begin_slowly("patch", "volumebackups"); }},
        {"queued", [this] { return phase_of_nightly() == backup_phase::queued; },
         [this] { begin_behind_another(); }},
        {"frozen", [this] { return is_frozen(); }, begin},
        {"snapshots created", [this] { return count(kinds::snapshot) == 2; }, begin},
        {"uploading", [this] { return phase_of_nightly() == backup_phase::uploading; }, begin},
    };
  }

  /// Time enough for each moment.
  static void SetUpTestSuite() {
    start_cluster_with_classes({"--cut-latency", "700", "--ready-latency", "700"});
  }

  backup_phase phase_of_nightly() { return status("nightly").status.phase; }

  /// The first request of that kind takes a second.
  void begin_slowly(const char* verb, const char* resource) {
    add_fault({{"at", "request"},
               {"user", operator_user},
               {"verb", verb},
               {"resource", resource},
               {"namespace", name_space_},
               {"times", 1},
               {"action", {{"delay", 1'000}}}});
    back_up_with_short_timeouts("nightly");
  }

  void begin_behind_another() {
    back_up_with_short_timeouts("earlier");
    ASSERT_TRUE(await([this] { return is_frozen() || is_final("earlier"); }));
    back_up_behind_others("nightly");
  }

  bool is_there(const std::string& name) { return !is_gone(crds::volume_backup::kind, name); }

  /// Deleted, and either gone already or about to go.
  bool is_going() {
    const auto found
        = cluster().ask(k8s::get_request(crds::volume_backup::kind, {name_space_, "nightly"}));
    return !found || found->at("metadata").contains("deletionTimestamp");
  }

  void expect_end() {
    if (is_namespace_going())
      return expect_end_of_the_namespace();
    expect_end_of_the_other();
    if (is_going()) {
      EXPECT_TRUE(await([this] { return is_gone(crds::volume_backup::kind, "nightly"); }));
      EXPECT_TRUE(await([this] { return !is_frozen(); }, max_freeze + 1s));
      EXPECT_TRUE(await([this] { return count(kinds::snapshot) == 0; })) << "I4";
      return;
    }
    expect_invariants("nightly");
    expect_nothing_left("nightly");
  }

  /// It goes first, as a whole set is looked for in all that is there.
  void expect_end_of_the_other() {
    if (!is_there("earlier"))
      return;
    EXPECT_TRUE(await([this] { return is_settled("earlier"); }, total + 10s)) << "I5";
    const auto uid = status("earlier").metadata.uid;
    delete_backup("earlier");
    EXPECT_TRUE(await([&] { return snapshots_of(uid) == 0; })) << "I4";
  }

  /// Its volumes go with it, and what the hooks told.
  void expect_end_of_the_namespace() {
    EXPECT_TRUE(await([this] { return is_namespace_gone(name_space_); }))
        << "the namespace does not vanish: "
        << cluster().must(k8s::get_request(kinds::name_space, {{}, name_space_})).dump(1);
    ended_namespaces_[name_space_] = std::chrono::steady_clock::now();
  }

  /// Nobody asks for what is in a namespace that is gone, however much happens afterwards.
  void expect_quiet_about_ended_namespaces() {
    for (const auto& [name, asked] : asked_)
      EXPECT_EQ(cluster().requests_of(operator_user, name), asked)
          << "the operator still asks about the namespace " << name << ", which is gone";
  }

  void survive(const moment& when, const event& what) {
    SCOPED_TRACE(what.name + " when " + when.name);
    when.begin();
    bool has_come = false;
    ASSERT_TRUE(await([&] { return (has_come = when.has_come()) || is_final("nightly"); }));
    came_[when.name] += has_come ? 1 : 0;
    what.happen();
    ASSERT_TRUE(await([this] { return is_final("nightly"); }, total + 10s)) << "I5";
    clear_faults();
    expect_end();
    mend_world(what.leaves);
    count_requests_about_ended_namespaces();
  }

  /// When the last request that was put off has long been made.
  void count_requests_about_ended_namespaces() {
    const auto long_ago = std::chrono::steady_clock::now() - longest_pause;
    for (const auto& [name, ended] : ended_namespaces_)
      if (ended < long_ago && !asked_.contains(name))
        asked_[name] = cluster().requests_of(operator_user, name);
  }

  std::map<std::string, int> came_; ///< how often, by moment
  /// A create that was not answered is looked for that long.
  static constexpr std::chrono::seconds longest_pause{40};
  std::map<std::string, std::chrono::steady_clock::time_point> ended_namespaces_;
  std::map<std::string, std::size_t> asked_; ///< requests about them when all was over
};

TEST_F(world_sweep, everything_at_every_moment) {
  keep_snapshot_class();
  const auto all_events = events();
  const auto all_moments = moments();
  const auto count = all_events.size() * all_moments.size();
  int cases = 0;
  // A moment for each event and then the next, so that a stride meets all of both.
  for (std::size_t i = 0; i < count && !HasFailure(); i += static_cast<std::size_t>(stride())) {
    const auto round = i / all_moments.size();
    survive(all_moments[i % all_moments.size()], all_events[round]);
    ++cases;
  }
  for (const auto& when : all_moments)
    EXPECT_TRUE(HasFailure() || came_[when.name] > 0) << when.name << " never came";
  expect_quiet_about_ended_namespaces();
  RecordProperty("cases", cases);
  std::cout << cases << " cases\n";
}

} // namespace
} // namespace sweeps
