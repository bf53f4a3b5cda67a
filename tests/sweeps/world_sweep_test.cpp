#include "tests/sweeps/sweep.hpp"

#include <iostream>

namespace sweeps {
namespace {

using namespace scenarios;
using namespace std::chrono_literals;
using crds::backup_phase;

/// Somebody else does something at a certain moment of a backup.
class world_sweep : public sweep {
protected:
  struct moment {
    std::string name;
    std::function<bool()> has_come;
  };
  struct event {
    std::string name;
    std::function<void()> happen;
  };

  std::vector<moment> moments() {
    return {
        {"frozen", [this] { return is_frozen(); }},
        {"snapshots created", [this] { return count(kinds::snapshot) == 2; }},
        {"uploading", [this] { return status("nightly").status.phase == backup_phase::uploading; }},
    };
  }

  std::vector<event> events() {
    return {
        {"a pod is deleted", [this] { delete_first(kinds::pod, {}); }},
        {"a pod is killed", [this] { delete_first(kinds::pod, 0); }},
        {"a snapshot is deleted", [this] { delete_first(kinds::snapshot, {}); }},
        {"the group is deleted", [this] { delete_first(kinds::group, {}); }}, // if there is one
        {"the backup is cancelled",
         [this] {
           patch_backup("nightly", {{"spec", {{"cancel", true}}}});
         }},
        {"the backup is deleted", [this] { delete_backup("nightly"); }},
        {"the class is gone", [this] { delete_first(kinds::snapshot_class, {}); }},
        {"the workload is scaled to 0", [this] { scale(0); }},
        {"the finalizer is torn off",
         [this] {
           patch_backup("nightly", {{"metadata", {{"finalizers", nullptr}}}});
           delete_backup("nightly");
         }},
    };
  }

  /// Time enough for each moment.
  static void SetUpTestSuite() {
    start_cluster_with_classes({"--cut-latency", "700", "--ready-latency", "700"});
  }

  void delete_first(const k8s::resource_kind& kind, std::optional<std::int64_t> grace) {
    const auto found = cluster().must(
        k8s::list_request(kind, kind.is_namespaced ? name_space_ : std::string{}, {}));
    if (found.at("items").empty())
      return;
    auto call = k8s::delete_request(
        kind,
        {kind.is_namespaced ? name_space_ : std::string{},
         found.at("items").front().at("metadata").at("name").get<std::string>()},
        {});
    if (grace)
      call.body = json{{"gracePeriodSeconds", *grace}}.dump();
    (void)cluster().ask(std::move(call));
  }

  void scale(int pods) {
    cluster().must(k8s::patch_request(kinds::deployment, {name_space_, "app"},
                                      k8s::patch_kind::merge, {{"spec", {{"replicas", pods}}}}));
  }

  void restore_world() {
    scale(2);
    const auto classes = cluster().must(k8s::list_request(kinds::snapshot_class, {}, {}));
    if (classes.at("items").empty())
      cluster().must(k8s::create_request(kinds::snapshot_class, {}, snapshot_class_));
    ASSERT_TRUE(await([this] {
      return is_ready({.pods = 2}, name_space_) && count(kinds::pod) == 2;
    })) << "the application does not come back";
  }

  void keep_snapshot_class() {
    const auto classes = cluster().must(k8s::list_request(kinds::snapshot_class, {}, {}));
    snapshot_class_ = classes.at("items").at(0);
    for (const auto* name : {"uid", "resourceVersion", "creationTimestamp", "managedFields"})
      snapshot_class_["metadata"].erase(name);
    snapshot_class_["apiVersion"] = kinds::snapshot_class.api_version();
    snapshot_class_["kind"] = kinds::snapshot_class.kind;
  }

  /// Deleted, and either gone already or about to go.
  bool is_going() {
    const auto found
        = cluster().ask(k8s::get_request(crds::volume_backup::kind, {name_space_, "nightly"}));
    return !found || found->at("metadata").contains("deletionTimestamp");
  }

  void expect_end() {
    if (is_going()) {
      EXPECT_TRUE(await([this] { return is_gone(crds::volume_backup::kind, "nightly"); }));
      EXPECT_TRUE(await([this] { return !is_frozen(); }, max_freeze + 1s));
      EXPECT_TRUE(await([this] { return count(kinds::snapshot) == 0; })) << "I4";
      return;
    }
    expect_invariants("nightly");
    expect_nothing_left("nightly");
  }

  json snapshot_class_;
};

TEST_F(world_sweep, everything_at_every_moment) {
  keep_snapshot_class();
  int cases = 0;
  for (const auto& when : moments())
    for (const auto& what : events()) {
      SCOPED_TRACE(what.name + " when " + when.name);
      back_up_with_short_timeouts("nightly");
      ASSERT_TRUE(await([&] { return when.has_come() || is_final("nightly"); }));
      what.happen();
      ASSERT_TRUE(await([this] { return is_final("nightly"); }, total + 10s)) << "I5";
      expect_end();
      restore_world();
      ++cases;
      if (HasFailure())
        return;
    }
  RecordProperty("cases", cases);
  std::cout << cases << " cases\n";
}

} // namespace
} // namespace sweeps
