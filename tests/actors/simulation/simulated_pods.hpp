#pragma once

#include "k8s/exec.hpp"
#include "tests/actors/simulation/agenda.hpp"

#include <memory>
#include <string>
#include <vector>

namespace simulation {

/// How the hooks of one run behave.
struct hook_manners {
  milliseconds pre{20}, post{20};
  bool pre_fails = false, pre_hangs = false, post_fails = false;
};

/// One pod, as much of it as a freeze concerns. Remembers every freeze.
struct simulated_pod {
  struct freeze {
    instant began;                ///< of the pre-hook
    std::optional<instant> ended; ///< begin of the post-hook, or the pod's death
    std::string session;
  };

  std::string name;
  bool is_alive = true;
  std::vector<freeze> freezes;
  std::vector<std::string> wrongs; ///< what may never happen

  bool is_open() const { return !freezes.empty() && !freezes.back().ended; }
  /// Every pre-hook has succeeded and no post-hook has begun since.
  bool is_frozen = false;
};

/// The containers' side of every exec: freeze_session.sh and freeze_rescue.sh as their contract
/// (docs/design/0002) has them, on a simulated clock, over streams that break.
class simulated_pods {
public:
  simulated_pods(agenda& when, std::function<instant()> now, std::function<k8s::timestamp()> wall,
                 dice& random)
      : agenda_{when}, now_{std::move(now)}, wall_{std::move(wall)}, random_{random} {}

  simulated_pods(const simulated_pods&) = delete;
  simulated_pods& operator=(const simulated_pods&) = delete;
  ~simulated_pods();

  simulated_pod& add(const std::string& name);
  const std::vector<std::unique_ptr<simulated_pod>>& all() const { return pods_; }
  hook_manners manners;

  /// The execs of one operator process.
  std::shared_ptr<k8s::exec_opener> opener();
  /// SIGKILL: the process says and hears nothing more; its streams end now or, if the network does
  /// not tell, never.
  void kill_operator();
  /// A stream breaks, seen by both sides, or by neither for a while.
  void break_a_stream();
  void kill_pod(simulated_pod& pod);

private:
  class program;
  class client;
  class execs;
  struct link;

  void arrive(const std::shared_ptr<link>& stream);
  void rescue(const std::shared_ptr<link>& stream);
  void begin(simulated_pod& pod, const std::string& session);
  void end(simulated_pod& pod);
  void after(milliseconds span, agenda::task what) { agenda_.at(now_() + span, std::move(what)); }

  agenda& agenda_;
  std::function<instant()> now_;
  std::function<k8s::timestamp()> wall_;
  dice& random_;
  std::vector<std::unique_ptr<simulated_pod>> pods_;
  std::vector<std::shared_ptr<link>> links_;
  std::vector<std::shared_ptr<link>> rescues_; ///< that have begun
  std::vector<std::shared_ptr<program>> programs_;
  std::shared_ptr<execs> opener_;
};

} // namespace simulation
