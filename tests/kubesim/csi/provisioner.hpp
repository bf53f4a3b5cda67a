#pragma once

#include "tests/kubesim/csi/csi_context.hpp"
#include "tests/kubesim/csi/volume_binder.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace kubesim {

/// Makes volumes for claims that no present volume fits, and grows them: the external provisioner.
class provisioner {
public:
  explicit provisioner(csi_context& csi);
  provisioner(const provisioner&) = delete;
  provisioner& operator=(const provisioner&) = delete;

private:
  /// What is made for a claim, as it was when the work began.
  struct order {
    json claim;
    std::string policy, handle;
    json nodes; ///< where the volume can be used; null: everywhere
    std::optional<std::filesystem::path> source;
  };

  void hear_of_claim(const change& what);
  void hear_of_volume(const change& what);
  void reconcile_claim(const object_ref& ref);
  void reconcile_waiting();

  bool name_provisioner(const json& claim);
  void provision(const json& claim, const json& storage_class);
  void fill(const order& wanted);
  void make_volume(const order& wanted);
  void fail(const json& claim, const std::string& problem);
  void grow(const json& claim);

  csi_context& csi_;
  volume_binder binder_;
  event_recorder events_;
  std::set<std::string> in_work_; ///< uids of claims whose volume is being made
  std::set<object_ref> waiting_;  ///< claims that wait for a snapshot, a class, a volume
  std::map<std::string, timers::token> delays_;
  std::vector<registry::subscription> subscriptions_;
};

} // namespace kubesim
