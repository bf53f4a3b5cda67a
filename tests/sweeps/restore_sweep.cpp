#include "tests/sweeps/restore_sweep.hpp"

#include <algorithm>
#include <fstream>

namespace sweeps {

using namespace scenarios;
using namespace std::chrono_literals;
using crds::restore_phase;
using crds::restore_strategy;

void PrintTo(const restored_application& application, std::ostream* stream) {
  *stream << application.name;
}

restored_application switched() {
  return {.name = "switched"};
}

restored_application exchanged(int pods) {
  return {.name = "exchanged",
          .kind = kinds::stateful_set,
          .strategy = restore_strategy::replace_claim,
          .pods = pods};
}

json healthy_on_newer_data() {
  return {{"readinessProbe",
           {{"exec", {{"command", {"grep", "newer", "/data/row"}}}},
            {"periodSeconds", 1},
            {"failureThreshold", 1'000'000}}}};
}

void restore_sweep::SetUpTestSuite() {
  start_cluster({"--cut-latency", "0", "--ready-latency", "0", "--provision-latency", "50"});
}

void restore_sweep::SetUp() {
  cluster_scenario::SetUp();
  given_workload();
  const auto claims = static_cast<std::size_t>(application().pods);
  ASSERT_TRUE(await([&] { return see().volumes.size() == claims; }));
  write_on_all_claims("newer");
  expect_ready();
  write_on_all_claims("saved");
  back_up_all();
  write_on_all_claims("newer");
}

void restore_sweep::start_anew() {
  (void)cluster().ask(k8s::delete_request(kinds::name_space, {{}, name_space_}, {}));
  restore_sweep::SetUp();
}

json restore_sweep::claim_spec() const {
  return {{"accessModes", {"ReadWriteOnce"}},
          {"storageClassName", application_.storage_class},
          {"volumeMode", application_.is_block ? "Block" : "Filesystem"},
          {"resources", {{"requests", {{"storage", "1Mi"}}}}}};
}

void restore_sweep::given_workload() {
  const auto& what = application();
  auto workload = json::parse(
      requests_for({.kind = what.kind,
                    .pods = what.pods,
                    .claims = {},
                    .program = "trap exit TERM; while :; do sleep 60 & wait $!; done"},
                   name_space_)
          .back()
          .body);
  auto& spec = workload["spec"];
  auto& pod = spec["template"]["spec"];
  auto& container = pod["containers"][0];
  container.update(container_extras());
  if (what.is_block)
    container["volumeDevices"] = {{{"name", "data"}, {"devicePath", "/dev/data"}}};
  else
    container["volumeMounts"] = {{{"name", "data"}, {"mountPath", "/data"}}};
  if (what.kind == kinds::stateful_set) {
    spec["podManagementPolicy"] = "Parallel";
    spec["volumeClaimTemplates"] = {{{"metadata", {{"name", "data"}}}, {"spec", claim_spec()}}};
  } else {
    pod["volumes"] = {{{"name", "data"}, {"persistentVolumeClaim", {{"claimName", "data"}}}}};
    auto claim = object_of(kinds::claim, "data");
    claim["spec"] = claim_spec();
    cluster().must(k8s::create_request(kinds::claim, name_space_, claim));
  }
  cluster().must(k8s::create_request(what.kind, name_space_, workload));
}

void restore_sweep::expect_ready() {
  const auto& what = application();
  EXPECT_TRUE(await([&] { return is_ready({.kind = what.kind, .pods = what.pods}, name_space_); }))
      << "the application does not become ready";
}

std::vector<std::string> restore_sweep::claims_in_use() {
  const auto& what = application();
  std::vector<std::string> names;
  if (what.kind == kinds::stateful_set)
    for (int i = 0; i < what.pods; ++i)
      names.push_back("data-app-" + std::to_string(i));
  else
    names.push_back(
        cluster()
            .must(k8s::get_request(what.kind, {name_space_, "app"}))
            .at("/spec/template/spec/volumes/0/persistentVolumeClaim/claimName"_json_pointer));
  return names;
}

void restore_sweep::write_on_all_claims(const std::string& text) {
  for (const auto& claim : claims_in_use()) {
    const auto directory = cluster().volume_directory(name_space_, claim);
    const auto kept = application_.is_block ? std::ios::in | std::ios::out : std::ios::out;
    std::ofstream file{directory / (application_.is_block ? "volume" : "row"), kept};
    file << text << ' ' << ++generation_ << '\n';
  }
}

void restore_sweep::back_up_all() {
  back_up("nightly");
  const auto backup = await_phase("nightly", crds::backup_phase::completed);
  for (const auto& row : backup.status.snapshots)
    saved_[row.volume_snapshot_name]
        = contents_of(cluster().volume_directory(name_space_, row.claim));
}

void restore_sweep::restore(const std::string& name, json spec) {
  before_ = see();
  spec.emplace("applicationRef", "app");
  spec.emplace("source", json{{"backupName", "nightly"}});
  spec.emplace("timeouts", json{{"provision", "30s"},
                                {"rollout", "40s"},
                                {"total", std::to_string(total.count()) + "ms"}});
  auto object = object_of(crds::volume_restore::kind, name);
  object["spec"] = std::move(spec);
  cluster().must(k8s::create_request(crds::volume_restore::kind, name_space_, object));
}

crds::volume_restore restore_sweep::status_of_restore(const std::string& name) {
  return *crds::volume_restore::decode(
      cluster().must(k8s::get_request(crds::volume_restore::kind, {name_space_, name})));
}

void restore_sweep::cancel(const std::string& name) {
  cluster().must(k8s::patch_request(crds::volume_restore::kind, {name_space_, name},
                                    k8s::patch_kind::merge, {{"spec", {{"cancel", true}}}}));
}

bool restore_sweep::is_settled(const std::string& name) {
  const auto found
      = cluster().ask(k8s::get_request(crds::volume_restore::kind, {name_space_, name}));
  if (!found)
    return found.error().is_not_found();
  const auto restore = crds::volume_restore::decode(*found);
  return restore && is_final(restore->status.phase) && restore->metadata.finalizers.empty();
}

void restore_sweep::expect_old_data(const std::string& name) {
  const auto now = see(); // before the status, or it could have succeeded in between
  const auto restore = status_of_restore(name);
  const auto* condition
      = find_condition(restore.status.conditions, crds::restore_condition::rolled_out);
  const bool has_succeeded = condition && condition->status == crds::condition_status::is_true;
  EXPECT_EQ(has_succeeded ? std::vector<std::string>{} : lost_data(before_, now),
            std::vector<std::string>{})
      << "I6";
}

restore_phase restore_sweep::expect_end(const std::string& name) {
  EXPECT_TRUE(await([&] { return is_settled(name); }, total + 10s)) << "I5: it does not end";
  const auto restore = status_of_restore(name);
  SCOPED_TRACE(std::string{to_string(restore.status.phase)} + ", " + restore.status.reason + ": "
               + restore.status.message);
  if (restore.status.phase != restore_phase::completed) {
    expect_undone();
    return restore.status.phase;
  }
  expect_ready();
  std::vector<std::string> wrong;
  EXPECT_TRUE(await([&] {
    return (wrong = not_completed(before_, see(), restore, saved_)).empty();
  })) << json(wrong).dump(1);
  return restore_phase::completed;
}

/// What the restore made goes by the driver's own time.
void restore_sweep::expect_undone() {
  expect_ready();
  std::vector<std::string> wrong;
  EXPECT_TRUE(await([&] {
    return (wrong = not_undone(before_, see(), application().strategy)).empty();
  })) << "the old state is not back: "
      << json(wrong).dump(1);
}

/// A stride begins in its middle: what is interesting is not the first request.
int restore_sweep::sweep_requests(const std::function<bool(int)>& survives, int step, int shift) {
  int points = 0;
  for (int number = 1 + step / 2 + shift;
       !HasFailure() && points < most_points() && survives(number); number += step)
    ++points;
  EXPECT_GT(points, 0) << "no request was hit";
  return points;
}

void restore_sweep::renew(const std::string& name) {
  (void)cluster().ask(k8s::delete_request(crds::volume_restore::kind, {name_space_, name}, {}));
  EXPECT_TRUE(await([&] { return is_gone(crds::volume_restore::kind, name); }));
  remove_kept_claims();
  write_on_all_claims("newer");
}

void restore_sweep::remove_kept_claims() {
  const auto used = claims_in_use();
  for (const auto& [claim, seen] : see().claims)
    if (std::find(used.begin(), used.end(), claim) == used.end())
      cluster().must(k8s::delete_request(kinds::claim, {name_space_, claim}, {}));
  EXPECT_TRUE(await([&] {
    const auto now = see();
    return now.claims.size() == used.size() && now.volumes.size() == used.size();
  })) << "what a restore kept cannot be deleted";
}

} // namespace sweeps
