#pragma once

#include "tests/kubesim/csi/csi_context.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace kubesim {

/// Makes, binds, grows and reclaims volumes: the external provisioner and the PersistentVolume
/// controller in one.
class provisioner {
public:
  explicit provisioner(csi_context& csi);
  provisioner(const provisioner&) = delete;
  provisioner& operator=(const provisioner&) = delete;

private:
  void hear_of_claim(const change& what);
  void reconcile_claim(const object_ref& ref);
  void reconcile_volume(const std::string& name);
  void reconcile_waiting();

  void bind_to_named(const json& claim);
  bool bind_to_reserved(const json& claim);
  void bind(const json& claim, const json& volume);
  void provision(const json& claim, const json& storage_class);
  std::optional<std::filesystem::path> source_directory(const json& claim, std::string& problem);
  void make_volume(const object_ref& ref, const std::string& uid, const std::string& handle);
  void fail(const json& claim, const std::string& problem);
  void grow(const json& claim);
  void reclaim(const json& volume);
  void set_phase(const json& volume, const std::string& phase);

  csi_context& csi_;
  event_recorder events_;
  std::set<std::string> in_work_;  ///< uids of claims whose volume is being made
  std::set<std::string> reserved_; ///< volumes kept for a claim that is not bound to them yet
  std::set<object_ref> waiting_;   ///< claims that wait for a snapshot, a class, a volume
  std::map<std::string, timers::token> delays_;
  std::vector<registry::subscription> subscriptions_;
};

} // namespace kubesim
