#pragma once

#include "tests/kubesim/csi/csi_context.hpp"

#include <map>
#include <set>
#include <string>

namespace kubesim {

/// The PersistentVolume controller: brings claims and volumes together and says what becomes of a
/// volume whose claim has gone.
class volume_binder {
public:
  explicit volume_binder(csi_context& csi);
  volume_binder(const volume_binder&) = delete;
  volume_binder& operator=(const volume_binder&) = delete;

  enum class result {
    done,    ///< bound, or lost
    waiting, ///< for a volume that it names, or for its first consumer
    unbound  ///< no volume there is for it
  };
  result reconcile_claim(const json& claim);
  void reconcile_volume(const std::string& name);
  /// Nothing is kept about a claim that is gone.
  void forget_claim(const std::string& uid) { told_.erase(uid); }

  /// Both sides point at each other before either says that it is bound.
  void bind(const json& claim, const json& volume);

private:
  result bind_to_named(const json& claim);
  result bind_to_best(const json& claim);
  result keep_bound(const json& claim);
  void lose(const json& claim, const char* reason, const char* message);
  void tell_once(const json& claim, event_type type, const char* reason,
                 const std::string& message);
  bool has_class(const json& claim) const;
  bool waits_for_consumer(const json& claim) const;
  bool claim_volume(const json& claim, const json& volume);
  void let_go_of(const json& volume);
  void release(const json& volume);
  void reclaim(const json& volume);
  void set_phase(const json& volume, const std::string& phase);

  csi_context& csi_;
  event_recorder events_;
  std::set<std::string> free_; ///< volumes that belong to no claim yet, reserved or not
  std::map<std::string, std::string> told_; ///< by uid of a claim: what its last event said
};

} // namespace kubesim
