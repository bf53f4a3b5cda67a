#include "actors/snapshot_feed.hpp"
#include "actors/turn_keeper.hpp"
#include "actors/volume_backup/supervisor.hpp"
#include "tests/actors/simulation/simulated_cluster.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/preflight_case.hpp"

#include <algorithm>
#include <iostream>
#include <sstream>

// One backup after another, with the real supervisor and executors, in a world in which everything
// that can break does so at random: streams, requests, hooks, pods, snapshots, the operator itself.
// A run is its seed: SIMULATION_SEED=n repeats one and tells its story; SIMULATION_RUNS=n makes n
// of them.
namespace simulation {
namespace {

using crds::backup_phase;

class run final : public support::actor_fixture {
public:
  explicit run(unsigned seed)
      : random_{seed},
        pods_{agenda_, [this] { return steady(); }, [this] { return context.wall(); }, random_},
        cluster_{agenda_, [this] { return steady(); }, [this] { return context.wall(); }, random_,
                 pods_} {
    draw_application();
    draw_mishaps();
    begins_ = steady();
  }

  ~run() override {
    crash();
    actor_fixture::run();
  }

  void TestBody() override {}

  void go() {
    start_operator();
    const auto end = steady() + 400s;
    agenda_.at(end, [] {});
    while (steady() < end) {
      actor_fixture::run(); // what it schedules is an event, too
      advance(next_event() - steady());
      while (agenda_.next() && *agenda_.next() <= steady()) {
        agenda_.take()();
      }
      note_settled();
    }
  }

  std::vector<std::string> wrongs() const {
    auto all = cluster_.wrongs;
    for (const auto& pod : pods_.all())
      check_pod(*pod, all);
    if (!settled_)
      all.push_back("I5: phase " + std::string{to_string(cluster_.backup.status.phase)} + " ("
                    + cluster_.backup.status.message + ") is where it ends");
    check_snapshots(all);
    return all;
  }

  std::string story() const {
    auto all = story_.str() + "ends " + outcome();
    for (const auto& line : cluster_.transcript)
      all += "\n  " + line;
    return all;
  }
  std::string outcome() const {
    const auto& status = cluster_.backup.status;
    return (cluster_.is_gone ? "gone " : "") + std::string{to_string(status.phase)}
           + (status.consistency ? " " + std::string{to_string(*status.consistency)} : "") + " "
           + status.reason;
  }

private:
  /// The world's or the actors', whichever is first. The agenda always has the end.
  instant next_event() const {
    const auto& timers = scheduler.clock().schedule();
    return timers.empty() ? *agenda_.next() : std::min(*agenda_.next(), timers.begin()->first);
  }

  static constexpr milliseconds max_freeze = 10s, total = 120s;

  // The world.

  void draw_application() {
    support::preflight_case world;
    cluster_.backup = world.backup;
    auto& backup = cluster_.backup;
    backup.metadata.resource_version = "1";
    backup.metadata.generation = 1;
    backup.spec.timeouts.freeze = 4s;
    backup.spec.timeouts.max_freeze = max_freeze;
    backup.spec.timeouts.thaw = 3s;
    backup.spec.timeouts.ready = 30s;
    backup.spec.timeouts.total = total;
    if (random_.chance(20))
      backup.spec.hooks.on_failure = crds::on_hook_failure::crash_consistent;
    backup.spec.dry_run = random_.chance(5);
    cluster_.facts = world.facts;
    const auto annotations = world.facts.pods[0].metadata.annotations;
    cluster_.facts.pods.clear();
    for (int i = random_.below(3); i >= 0; --i) {
      const auto name = "mysql-" + std::to_string(i);
      cluster_.facts.pods.push_back(support::preflight_case::pod(name, "data"));
      cluster_.facts.pods.back().metadata.annotations = annotations;
      pods_.add(name);
    }
    if (random_.chance(50)) {
      cluster_.facts.claims["logs"] = support::preflight_case::claim("logs");
      for (auto& pod : cluster_.facts.pods) {
        pod.claims["second"] = "logs";
        pod.containers[0].mounts.push_back({"second", "/logs", ""});
      }
    }
  }

  void draw_mishaps() {
    auto& manners = pods_.manners;
    manners.pre = random_.span(1ms, random_.chance(20) ? 3s : 200ms);
    manners.post = random_.span(1ms, random_.chance(20) ? 2s : 200ms);
    manners.pre_fails = tells(random_.chance(5), "pre-hooks fail");
    manners.pre_hangs = tells(random_.chance(5), "pre-hooks hang");
    manners.post_fails = tells(random_.chance(5), "post-hooks fail");
    cluster_.never_cuts = tells(random_.chance(5), "no snapshot is cut");
    cluster_.failing = random_.chance(50) ? 0 : random_.below(40);
    tells(cluster_.failing > 0, std::to_string(cluster_.failing) + " % of the requests fail");
    for (int count = random_.below(4); count > 0; --count)
      draw_mishap();
  }

  void draw_mishap() {
    static constexpr const char* names[]
        = {"crash",  "crash",  "stop",     "break",          "break",
           "cancel", "delete", "kill pod", "delete snapshot"};
    const std::string what = names[random_.below(9)];
    const auto when = random_.chance(70) ? random_.span(1ms, 3s) : random_.span(1ms, 30s);
    tells(true, std::to_string(when.count()) + " ms: " + what);
    agenda_.at(steady() + when, [this, what] { happen(what); });
  }

  void happen(const std::string& what) {
    cluster_.note(what);
    if (what == "crash") {
      crash();
      restart_later();
    } else if (what == "stop" && cluster_.supervisor) {
      caf::anon_send(cluster_.supervisor, messages::stop_work{});
      agenda_.at(steady() + random_.span(5s, 20s), [this] {
        crash();
        start_operator();
      });
    } else if (what == "break") {
      pods_.break_a_stream();
    } else if (what == "cancel") {
      cluster_.cancel();
    } else if (what == "delete") {
      cluster_.remove();
    } else if (what == "kill pod") {
      pods_.kill_pod(*pods_.all().front());
    } else if (what == "delete snapshot") {
      cluster_.delete_a_snapshot();
    }
  }

  bool tells(bool is_so, const std::string& what) {
    if (is_so)
      story_ << what << "; ";
    return is_so;
  }

  // The operator.

  void start_operator() {
    ++cluster_.epoch;
    context.cluster = track(cluster_.spawn(system));
    context.snapshots = track(system.spawn(actors::snapshot_feed, actors::snapshot_feed_config{}));
    context.turns = track(system.spawn(
        actors::turn_keeper, std::map<std::string, actors::driver_limits>{}, context.metrics));
    context.exec = pods_.opener();
    cluster_.feed = context.snapshots;
    if (cluster_.is_settled())
      return;
    // A watch may be behind.
    const bool is_stale
        = cluster_.epoch > 2 && random_.chance(30) && !cluster_.previous.metadata.uid.empty();
    if (is_stale)
      cluster_.note("starts from what was before the last write");
    const auto& seen = is_stale ? cluster_.previous : cluster_.backup;
    cluster_.supervisor = track(system.spawn(actors::supervisor, context,
                                             std::make_shared<const crds::volume_backup>(seen)));
  }

  /// SIGKILL.
  void crash() {
    ++cluster_.epoch;
    cluster_.last_crash = steady();
    pods_.kill_operator();
    if (cluster_.supervisor)
      caf::anon_send_exit(cluster_.supervisor, caf::exit_reason::kill);
    cluster_.supervisor = nullptr;
  }

  /// Unless it crashes once more before.
  void restart_later() {
    agenda_.at(steady() + random_.span(100ms, random_.chance(20) ? 40s : 3s),
               [this, crashes = cluster_.epoch] {
                 if (crashes == cluster_.epoch)
                   start_operator();
               });
  }

  // What must be true.

  void note_settled() {
    if (!settled_ && cluster_.is_settled())
      settled_ = steady();
  }

  static void check_pod(const simulated_pod& pod, std::vector<std::string>& all) {
    all.insert(all.end(), pod.wrongs.begin(), pod.wrongs.end());
    for (const auto& freeze : pod.freezes) {
      if (!freeze.ended)
        all.push_back("I2: " + pod.name + " is never thawed");
      else if (*freeze.ended - freeze.began > max_freeze + 1s)
        all.push_back("I1: " + pod.name + " was frozen for too long");
    }
  }

  void check_snapshots(std::vector<std::string>& all) const {
    const auto& status = cluster_.backup.status;
    const auto living = cluster_.living_snapshots();
    if (cluster_.is_gone || status.phase == backup_phase::cancelled) {
      if (living > 0)
        all.push_back("I4: " + std::to_string(living) + " snapshots are left");
      return;
    }
    const bool is_whole
        = std::all_of(status.snapshots.begin(), status.snapshots.end(), [this](const auto& row) {
            const auto* one = cluster_.find(row.volume_snapshot_name);
            return one && one->cut;
          });
    const bool may_stay = status.phase == backup_phase::completed || is_whole;
    if (living > (may_stay ? status.snapshots.size() : 0))
      all.push_back("I4: " + std::to_string(living) + " snapshots are left of "
                    + std::to_string(status.snapshots.size()));
    if (status.phase == backup_phase::completed)
      check_completed(all);
  }

  void check_completed(std::vector<std::string>& all) const {
    const auto& status = cluster_.backup.status;
    if (status.consistency == crds::consistency::crash
        && cluster_.backup.spec.hooks.on_failure == crds::on_hook_failure::fail)
      all.push_back("Completed without the freeze that was asked for: " + status.message);
    for (const auto& row : status.snapshots) {
      const auto* one = cluster_.find(row.volume_snapshot_name);
      // Deleted after the fact, which nobody can help; a late create may have brought another.
      if (!one || row.content_name != "content-" + one->uid)
        continue;
      if (!one->is_ready)
        all.push_back("I3: Completed, and " + row.volume_snapshot_name + " is not ready");
      if (status.consistency == crds::consistency::application && !one->was_frozen)
        all.push_back("I3: says Application, and a pod was not frozen at the cut of "
                      + row.volume_snapshot_name);
    }
  }

  agenda agenda_;
  dice random_;
  simulated_pods pods_;
  simulated_cluster cluster_;
  std::ostringstream story_;
  instant begins_;
  std::optional<instant> settled_;
};

unsigned number_in(const char* variable, unsigned otherwise) {
  const auto* text = std::getenv(variable);
  return text ? static_cast<unsigned>(std::atoi(text)) : otherwise;
}

TEST(simulation, whatever_breaks_the_invariants_hold) {
  const auto only = number_in("SIMULATION_SEED", 0);
  const auto last = only > 0 ? only : number_in("SIMULATION_RUNS", 1000);
  std::map<std::string, int> outcomes;
  for (auto seed = std::max(1U, only); seed <= last; ++seed) {
    run one{seed};
    one.go();
    ++outcomes[one.outcome()];
    EXPECT_EQ(one.wrongs(), std::vector<std::string>{}) << "seed " << seed << ": " << one.story();
    if (only > 0)
      std::cout << one.story() << '\n';
  }
  for (const auto& [outcome, count] : outcomes)
    std::cout << count << "  " << outcome << '\n';
}

} // namespace
} // namespace simulation
