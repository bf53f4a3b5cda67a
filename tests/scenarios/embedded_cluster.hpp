#pragma once

#include "crds/volume_backup.hpp"
#include "k8s/client.hpp"
#include "k8s/config/connection_config.hpp"
#include "k8s/event_loop.hpp"
#include "tests/scenarios/child_process.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scenarios {

using nlohmann::json;
using std::chrono::milliseconds;

/// Generous: these programs share the machine with others. What is measured has limits of its own.
inline constexpr milliseconds patience{60'000};

namespace kinds {
inline constexpr k8s::resource_kind name_space{"", "v1", "namespaces", "Namespace", false};
inline constexpr k8s::resource_kind claim{"", "v1", "persistentvolumeclaims",
                                          "PersistentVolumeClaim"};
inline constexpr k8s::resource_kind volume{"", "v1", "persistentvolumes", "PersistentVolume",
                                           false};
inline constexpr k8s::resource_kind pod{"", "v1", "pods", "Pod"};
inline constexpr k8s::resource_kind event{"", "v1", "events", "Event"};
inline constexpr k8s::resource_kind deployment{"apps", "v1", "deployments", "Deployment"};
inline constexpr k8s::resource_kind stateful_set{"apps", "v1", "statefulsets", "StatefulSet"};
inline constexpr k8s::resource_kind snapshot{"snapshot.storage.k8s.io", "v1", "volumesnapshots",
                                             "VolumeSnapshot"};
inline constexpr k8s::resource_kind snapshot_class{
    "snapshot.storage.k8s.io", "v1", "volumesnapshotclasses", "VolumeSnapshotClass", false};
inline constexpr k8s::resource_kind cluster_role{"rbac.authorization.k8s.io", "v1", "clusterroles",
                                                 "ClusterRole", false};
} // namespace kinds

/// An application whose pods mount each of its claims under the claim's name: `/data`.
struct application {
  std::string name = "app";
  k8s::resource_kind kind = kinds::deployment;
  int pods = 1;
  std::vector<std::string> claims{"data"};
  json annotations = json::object();       ///< of the pods: the hooks
  json claim_annotations = json::object(); ///< what kubesim's driver shall do
  std::string storage_class{};             ///< empty: the default one
  std::string program = "trap exit TERM; while :; do sleep 1; done";
  bool becomes_ready = true;
};

/// Hooks that leave one line per run, `pre POD` and `post POD`, and a file while the pod is frozen,
/// all on the claim `data`.
json recorded_hooks();

/// Until the condition holds; false if it did not within the limit.
bool await(const std::function<bool()>& condition, milliseconds limit = patience);

/// A kubesim with its own state, and a client of it with all rights.
class embedded_cluster {
public:
  explicit embedded_cluster(std::vector<std::string> options = {});
  ~embedded_cluster();

  /// What an administrator does: `kubectl apply -f`. The Deployment gets no pods, as no image is
  /// there; start_operator() runs the program with the rights of its service account.
  void install(const std::string& manifests = "deploy/");
  void write_operator_kubeconfig();
  void start_operator(const std::vector<std::string>& options = {});
  bool await_operator_ready();
  child_process& operator_process() { return *operator_; }
  bool has_operator() const { return operator_ != nullptr; }
  /// SIGKILL.
  void kill_operator_hard();
  void stop_operator() { operator_.reset(); }

  /// Blocks for the answer.
  k8s::result<json> ask(k8s::request what);
  /// All at once; the outcomes in order.
  std::vector<k8s::result<json>> ask_all(std::vector<k8s::request> all);
  /// For what must succeed: a refusal fails the test.
  json must(k8s::request what);

  std::filesystem::path volume_directory(const std::string& name_space, const std::string& claim);
  std::filesystem::path snapshot_directory(const std::string& handle) const;
  /// The requests that were logged so far and opened an exec in a pod of that namespace.
  std::vector<std::string> execs_in(const std::string& name_space) const;
  std::string operator_log() const;

private:
  std::filesystem::path directory_;
  std::unique_ptr<child_process> kubesim_, operator_;
  k8s::connection_config access_;
  std::unique_ptr<k8s::event_loop> loop_;
  std::unique_ptr<k8s::client> api_;
  std::size_t operator_log_begin_ = 0;
};

/// One cluster for the suite, one namespace for each test.
class cluster_scenario : public testing::Test {
protected:
  static void start_cluster(std::vector<std::string> options = {});
  static void TearDownTestSuite();
  static embedded_cluster& cluster() { return *cluster_; }

  void SetUp() override;
  void TearDown() override;

  void given_application(const application& what);
  void given_namespace(const std::string& name);
  static std::vector<k8s::request> requests_for(const application& what,
                                                const std::string& name_space);
  bool is_ready(const application& what, const std::string& name_space);

  /// Creates a VolumeBackup of that name; `spec` without an applicationRef is of `app`.
  k8s::result<json> try_to_back_up(const std::string& name, json spec = json::object());
  void back_up(const std::string& name, json spec = json::object());
  crds::volume_backup status(const std::string& name);
  /// The backup when it is in that phase. Another final phase, or none in time, fails the test.
  crds::volume_backup await_phase(const std::string& name, crds::backup_phase phase,
                                  milliseconds limit = patience);
  bool await_event(const std::string& name, const std::string& reason);
  json condition(const std::string& name, const std::string& type);
  void patch_backup(const std::string& name, const json& patch);
  void delete_backup(const std::string& name);
  bool is_gone(const k8s::resource_kind& kind, const std::string& name);
  std::size_t count(const k8s::resource_kind& kind);

  /// Lines of a file on a claim.
  std::vector<std::string> lines_on(const std::string& claim, const std::string& file);
  /// How often that line was written by the recorded hooks.
  std::size_t hook_runs(const std::string& what);
  bool is_frozen();

  std::string name_space_;

private:
  static std::unique_ptr<embedded_cluster> cluster_;
};

} // namespace scenarios
