#pragma once

#include "tests/actors/simulation/agenda.hpp"
#include "tests/actors/volume_restore/object_store.hpp"

#include <map>
#include <string>

namespace restore_simulation {

using simulation::dice;
using simulation::instant;

/// Binder, provisioner, claim protection and reclaim policies, and the disks behind the volumes.
/// Each acts now on some of what it could act on, as the dice will have it.
class storage_world {
public:
  storage_world(object_store& objects, dice& random) : objects_{objects}, random_{random} {}

  std::map<std::string, std::string> disks;     ///< by volume: what is on them
  std::map<std::string, std::string> snapshots; ///< by VolumeSnapshot: what it has
  bool is_stuck = false;                        ///< nothing is provisioned from snapshots
  std::function<void(const std::string& volume)> on_lost_disk;

  void act(instant now);
  /// Before the restore: a claim, its volume and what is on it.
  void add_bound(const std::string& claim, const std::string& volume, const std::string& text,
                 const std::string& storage_class, const std::string& policy);

private:
  void act_on_claim(const json& claim, instant now);
  void act_on_volume(const json& volume);
  void bind_or_provision(const json& claim, instant now);
  void provision(const json& claim, instant now);
  void finish_volumes(instant now);
  void make_volume(const json& claim, const std::string& text);
  void bind(const json& claim, const json& volume);
  bool is_used(const std::string& claim) const;
  void erase(const json& volume);

  object_store& objects_;
  dice& random_;
  struct unmade_volume {
    instant done;
    json claim;
    std::string text;
  };
  std::map<std::string, unmade_volume> being_made_; ///< by the UID of the claim
};

json claim_object(const std::string& name, const std::string& storage_class);

} // namespace restore_simulation
