#pragma once

#include "tests/sweeps/hurt_cluster.hpp"
#include "tests/sweeps/restore_evidence.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace sweeps {

/// What is restored again and again.
struct restored_application {
  std::string name; ///< of the parameter
  k8s::resource_kind kind = scenarios::kinds::deployment;
  crds::restore_strategy strategy = crds::restore_strategy::switch_claim;
  int pods = 1;
  std::string storage_class = "csi-hostpath";
  bool is_block = false;
};
void PrintTo(const restored_application& application, std::ostream* stream);

/// A Deployment, whose claim is switched.
restored_application switched();
/// A StatefulSet, the volumes of whose claims are exchanged.
restored_application exchanged(int pods = 2);

/// For a container that never becomes ready on what the sweep's snapshots bring back; a pod that
/// was ready once stays so, or it could not be backed up.
json healthy_on_newer_data();

/// An application with a backup, restored again and again on a cluster of its own. After each
/// restore it either runs on the snapshots' data, or everything is as it was before.
class restore_sweep : public hurt_cluster,
                      public testing::WithParamInterface<restored_application> {
protected:
  static constexpr milliseconds total{150'000};

  static void SetUpTestSuite();
  void SetUp() override;
  /// With another namespace, for what leaves the first one of no use.
  void start_anew();

  restored_application& application() { return application_; }
  const restored_application& application() const { return application_; }
  /// What the pods' container has besides.
  virtual json container_extras() { return json::object(); }

  /// Creates a VolumeRestore, and remembers how things were before it.
  void restore(const std::string& name, json spec = json::object());
  crds::volume_restore status_of_restore(const std::string& name);
  void cancel(const std::string& name);
  /// In a final phase without a finalizer, or gone.
  bool is_settled(const std::string& name);

  seen_world see() { return see_world(cluster(), application().kind, name_space_); }
  /// By the names that the template or the set gives them now.
  std::vector<std::string> claims_in_use();
  const seen_world& before() const { return before_; }
  const std::map<std::string, contents>& saved() const { return saved_; }
  /// I6, at any moment: nothing of the old volumes is lost before the restore has succeeded.
  void expect_old_data(const std::string& name);
  /// Waits for the end, and for one of the two states that it may leave; says which.
  crds::restore_phase expect_end(const std::string& name);
  void expect_undone();
  void expect_ready();
  /// One restore for each request that it sends, until one ends before its request: `survives` is
  /// then false. Says how many there were.
  int sweep_requests(const std::function<bool(int)>& survives, int step = stride(), int shift = 0);
  /// Deletes the restore and what a completed one left; the next one begins with other data.
  void renew(const std::string& name);

private:
  restored_application application_ = GetParam();
  void given_workload();
  json claim_spec() const;
  void write_on_all_claims(const std::string& text);
  void back_up_all();
  void remove_kept_claims();

  seen_world before_;
  std::map<std::string, contents> saved_; ///< by snapshot
  int generation_ = 0;                    ///< of what is written on the claims
};

} // namespace sweeps
