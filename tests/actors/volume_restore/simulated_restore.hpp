#pragma once

#include "tests/actors/volume_restore/restore_process.hpp"
#include "tests/actors/volume_restore/workload_world.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace restore_simulation {

/// What was there before the restore, and what else people did to it.
struct situation {
  struct old_claim {
    std::string uid, volume, volume_uid, policy, text, snapshot_text;
  };
  std::map<std::string, old_claim> claims; ///< all of the workload's
  json workload_spec;                      ///< as it was
  std::string class_policy;
  bool has_lost_workload = false;       ///< somebody deleted it, and no rollback can bring it back
  std::set<std::string> deleted_claims; ///< by somebody else
  std::set<std::string> abandoned_volumes; ///< of these claims
  bool is_fought = false;          ///< somebody else wrote the workload's template or replicas
  bool never_gets_well = false;    ///< no pod becomes ready any more
  bool may_provision_late = false; ///< later than any rollback would wait
  bool has_crashed = false;        ///< a process that was under way
  bool has_immortal_pod = false;   ///< one that never ends, and holds its claims
};

/// One restore in a world in which everything that can break does so at random, by one seed.
class simulated_restore {
public:
  simulated_restore(unsigned seed, bool is_told);

  void go();
  std::vector<std::string> wrongs() const;
  std::string outcome() const;
  /// Line by line what happened; empty unless it is told.
  const std::string& story() const { return story_; }

private:
  void draw_world();
  void draw_claims(const std::string& kind);
  void add_claim(const std::string& name);
  void add_workload(const std::string& kind, int replicas);
  void add_restore(const std::string& kind);
  void let_world_settle();
  void note_what_is();
  void draw_mishaps();
  void draw_mishap();
  void happen(const std::string& what);
  void happen_to_world(const std::string& what);
  void happen_to_restore(const std::string& what);
  void revert(bool for_ever);
  void delete_a_claim();

  void tick();
  void start_process(bool is_stale);
  void crash();
  void tell_of_restore();
  void note_lost_disk(const std::string& volume);
  void tell(const std::string& what);
  bool is_over() const;
  crds::volume_restore restore() const;
  void run_until(instant end);

  dice random_;
  simulation::agenda agenda_;
  object_store objects_;
  storage_world storage_{objects_, random_};
  workload_world workload_{objects_, storage_, random_};
  simulated_api api_{objects_, agenda_, random_};
  std::unique_ptr<restore_process> process_;
  std::vector<std::unique_ptr<restore_process>> dead_; ///< their tasks still stand in the agenda
  crds::volume_backup backup_;
  json last_seen_, before_last_; ///< of the restore
  std::string restore_path_;
  situation before_;
  std::vector<std::string> wrongs_;
  std::optional<instant> over_since_;
  bool is_told_;
  std::string story_;
};

/// What is not as it must be where the restore is about to say that it is rolled out.
std::vector<std::string> faults_of_new_claims(const situation& before, const object_store& objects,
                                              const storage_world& storage,
                                              const workload_world& workload,
                                              const crds::volume_restore& restore);

/// What must be true at the end.
void check_end(const situation& before, const object_store& objects, const storage_world& storage,
               const workload_world& workload, const crds::volume_restore& restore,
               std::vector<std::string>& wrongs);

} // namespace restore_simulation
