#pragma once

#include "actors/interfaces.hpp"
#include "actors/volume_backup/preflight.hpp"
#include "messages/type_ids.hpp"
#include "tests/actors/simulation/simulated_pods.hpp"

#include <string>
#include <vector>

namespace simulation {

/// The API server and the storage: one backup, its snapshots, and requests that fail as the dice
/// will have it. Answers only the operator process of the present epoch.
class simulated_cluster {
public:
  struct snapshot {
    std::string name, uid;
    std::optional<k8s::timestamp> cut;
    bool is_ready = false, is_deleted = false;
    bool was_frozen = false; ///< every pod, at the cut
  };

  simulated_cluster(agenda& when, std::function<instant()> now,
                    std::function<k8s::timestamp()> wall, dice& random, simulated_pods& pods);

  crds::volume_backup backup, previous; ///< now, and before the last write
  actors::preflight_facts facts;
  bool is_gone = false;
  std::vector<snapshot> snapshots;
  std::vector<std::string> wrongs; ///< what may never happen
  std::vector<std::string> transcript;
  int failing = 0; ///< percent of the requests
  bool never_cuts = false;
  int epoch = 0; ///< of the operator process that is answered
  instant last_crash;
  actors::snapshot_feed_actor feed;
  actors::supervisor_actor supervisor;

  actors::cluster_actor spawn(caf::actor_system& system);

  void cancel();
  void remove();
  void delete_a_snapshot();
  bool is_settled() const;
  std::size_t living_snapshots() const;
  const snapshot* find(const std::string& name) const;

  // What the actor of `spawn` answers.
  caf::result<messages::backup_read> write_status(const messages::write_backup_status& command);
  caf::result<messages::backup_read> write(const messages::write_finalizers& command);
  caf::result<messages::snapshot_created> create(const messages::create_snapshot& command);
  caf::result<messages::snapshot_created> erase(const messages::delete_snapshot& command);
  messages::pods_read living_pods(const std::vector<std::string>& names) const;
  messages::snapshots_read found(const std::vector<std::string>& names) const;
  bool fails() { return random_.chance(failing); }
  void note(const std::string& what);

private:
  caf::result<messages::backup_read> change(const std::string& request, const std::string& version,
                                            const std::function<void()>& what);
  messages::snapshot_created make(const std::string& name);
  void change_spec();
  void vanish();
  void report(const std::string& name);
  void erase(snapshot& one);
  void check_phase(const crds::volume_backup_status& next);
  snapshot* living(const std::string& name);
  void after(milliseconds span, agenda::task what) { agenda_.at(now_() + span, std::move(what)); }

  agenda& agenda_;
  std::function<instant()> now_;
  std::function<k8s::timestamp()> wall_;
  dice& random_;
  simulated_pods& pods_;
};

} // namespace simulation
