#include "tests/kubesim/controllers/rollout.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/deployment_status.hpp"
#include "tests/kubesim/controllers/ownership.hpp"
#include "tests/kubesim/controllers/pod_template_hash.hpp"
#include "tests/kubesim/controllers/pods.hpp"
#include "tests/kubesim/controllers/status_fields.hpp"

#include <algorithm>
#include <array>

namespace kubesim::control {
namespace {

constexpr const char* hash_label = "pod-template-hash";
constexpr const char* revision_key = "deployment.kubernetes.io/revision";
constexpr const char* desired_key = "deployment.kubernetes.io/desired-replicas";
constexpr const char* allowance_key = "deployment.kubernetes.io/max-replicas";

/// A Deployment's annotations that are not for its ReplicaSets.
bool stays_with_deployment(const std::string& key) {
  static constexpr std::array own{"kubectl.kubernetes.io/last-applied-configuration",
                                  revision_key,
                                  desired_key,
                                  allowance_key,
                                  "deployment.kubernetes.io/revision-history",
                                  "deprecated.deployment.rollback.to"};
  return std::find(own.begin(), own.end(), key) != own.end();
}

json without_hash(json pod_template) {
  if (pod_template.contains("metadata") && pod_template["metadata"].contains("labels"))
    pod_template["metadata"]["labels"].erase(hash_label);
  return pod_template;
}

std::optional<int> collisions_of(const json& deployment) {
  const json& count = field(deployment, {"status", "collisionCount"});
  if (!count.is_number())
    return std::nullopt;
  return count.get<int>();
}

json new_set_of(const json& deployment, const std::string& hash, const resource_type& owner_type) {
  json spec = {{"selector", field(deployment, {"spec", "selector"})},
               {"template", field(deployment, {"spec", "template"})}};
  spec["selector"]["matchLabels"][hash_label] = hash;
  spec["template"]["metadata"]["labels"][hash_label] = hash;
  if (const auto wait = number_at(deployment, {"spec", "minReadySeconds"}))
    spec["minReadySeconds"] = wait;
  return {{"apiVersion", "apps/v1"},
          {"kind", "ReplicaSet"},
          {"metadata",
           {{"name", text_at(deployment, {"metadata", "name"}) + "-" + hash},
            {"namespace", text_at(deployment, {"metadata", "namespace"})},
            {"labels", spec["template"]["metadata"]["labels"]},
            {"ownerReferences", json::array({controller_reference_to(owner_type, deployment)})}}},
          {"spec", std::move(spec)}};
}

} // namespace

rollout::rollout(world& everything, const json& deployment, const std::vector<stored>& sets,
                 time_point now)
    : world_{everything}, deployment_(deployment), now_{now} {
  for (const auto& one : sets)
    sets_.push_back(*one);
  std::stable_sort(sets_.begin(), sets_.end(), [](const json& a, const json& b) {
    return text_at(a, {"metadata", "creationTimestamp"})
           < text_at(b, {"metadata", "creationTimestamp"});
  });
  find_newest();
}

void rollout::find_newest() {
  const auto wanted = without_hash(field(deployment_, {"spec", "template"}));
  for (std::size_t i = 0; i < sets_.size() && !newest_; ++i)
    if (without_hash(field(sets_[i], {"spec", "template"})) == wanted)
      newest_ = i;
}

rollout_facts rollout::facts() const {
  auto all = facts_of_deployment(deployment_);
  for (std::size_t i = 0; i < sets_.size(); ++i) {
    if (i == newest_)
      all.newest = facts_of_set(sets_[i]);
    else
      all.older.push_back(facts_of_set(sets_[i]));
  }
  return all;
}

std::int64_t rollout::next_revision() const {
  std::int64_t highest = 0;
  for (const auto& one : facts().older)
    highest = std::max(highest, one.revision);
  return highest + 1;
}

json rollout::replica_annotations() const {
  const auto numbers = facts_of_deployment(deployment_);
  return {{desired_key, std::to_string(numbers.replicas)},
          {allowance_key, std::to_string(numbers.replicas + numbers.max_surge)}};
}

json rollout::annotations_of_newest(const json& present, std::int64_t revision) const {
  auto annotations = members_at(present, {"metadata", "annotations"});
  const json& given = items_at(deployment_, {"metadata", "annotations"});
  for (const auto& [key, value] : given.items())
    if (!stays_with_deployment(key))
      annotations[key] = value;
  if (facts_of_set(present).revision < revision)
    annotations[revision_key] = std::to_string(revision);
  return annotations;
}

void rollout::sync_revision() {
  if (!newest_ || trouble_)
    return;
  auto& set = sets_[*newest_];
  const auto annotations = annotations_of_newest(set, next_revision());
  const json& wait = field(deployment_, {"spec", "minReadySeconds"});
  if (annotations != field(set, {"metadata", "annotations"})
      || wait != field(set, {"spec", "minReadySeconds"}))
    return update_set(
        set, {{"metadata", {{"annotations", annotations}}}, {"spec", {{"minReadySeconds", wait}}}});

  auto changed = deployment_;
  changed["metadata"]["annotations"][revision_key] = annotations[revision_key];
  if (has_progress_deadline(deployment_)
      && condition_of(field(deployment_, {"status"}), "Progressing").is_null())
    set_deployment_condition(
        changed["status"],
        progress_condition("FoundNewReplicaSet",
                           "Found new replica set \"" + text_at(set, {"metadata", "name"}) + "\"",
                           now_));
  write_status(changed);
}

void rollout::ensure_newest() {
  sync_revision();
  if (!newest_ && !trouble_)
    create_newest();
}

void rollout::create_newest() {
  const auto hash
      = pod_template_hash(field(deployment_, {"spec", "template"}), collisions_of(deployment_));
  auto set = new_set_of(deployment_, hash, world_.types.deployments);
  set["spec"]["replicas"] = replicas_of_new_set(facts());
  set["metadata"]["annotations"] = annotations_of_newest(set, next_revision());
  set["metadata"]["annotations"].update(replica_annotations());
  auto created = world_.create(world_.types.replica_sets, ref_of(deployment_).name_space, set);
  if (created)
    return accept_created(*created);
  trouble_ = created.refusal();
  if (created.refusal().code == 409)
    count_collision();
}

void rollout::accept_created(const json& replica_set) {
  newest_ = sets_.size();
  sets_.push_back(replica_set);
  auto changed = deployment_;
  changed["metadata"]["annotations"][revision_key]
      = replica_set["metadata"]["annotations"][revision_key];
  if (has_progress_deadline(deployment_))
    set_deployment_condition(changed["status"],
                             progress_condition("NewReplicaSetCreated",
                                                "Created new replica set \""
                                                    + text_at(replica_set, {"metadata", "name"})
                                                    + "\"",
                                                now_));
  write_status(changed);
}

/// The name is taken by a set of another template: the next visit hashes with a new count.
void rollout::count_collision() {
  auto changed = deployment_;
  changed["status"]["collisionCount"] = collisions_of(deployment_).value_or(0) + 1;
  if (auto written = world_.write_status(world_.types.deployments, changed))
    deployment_ = std::move(*written);
}

void rollout::update_set(json& replica_set, const json& patch) {
  if (trouble_)
    return;
  auto patched = world_.merge(world_.types.replica_sets, ref_of(replica_set), patch);
  if (patched)
    replica_set = std::move(*patched);
  else
    trouble_ = patched.refusal();
}

bool rollout::apply(const std::vector<rescale>& changes) {
  bool has_changed = false;
  for (const auto& change : changes)
    for (auto& set : sets_) {
      if (text_at(set, {"metadata", "name"}) != change.replica_set)
        continue;
      auto annotations = members_at(set, {"metadata", "annotations"});
      annotations.update(replica_annotations());
      const bool is_resized = number_at(set, {"spec", "replicas"}, 1) != change.replicas;
      has_changed |= is_resized;
      if (is_resized || annotations != field(set, {"metadata", "annotations"}))
        update_set(set, {{"metadata", {{"annotations", annotations}}},
                         {"spec", {{"replicas", change.replicas}}}});
    }
  return has_changed;
}

void rollout::remove_surplus_history() {
  const auto limit = number_at(deployment_, {"spec", "revisionHistoryLimit"}, 10);
  for (const auto& name : surplus_history(facts(), limit))
    for (const auto& set : sets_)
      if (!trouble_ && text_at(set, {"metadata", "name"}) == name)
        trouble_ = world_.remove(world_.types.replica_sets, set);
}

bool rollout::is_complete() const {
  return control::is_complete(deployment_, field(deployment_, {"status"}));
}

bool rollout::has_old_pods_running() const {
  for (std::size_t i = 0; i < sets_.size(); ++i) {
    if (i == newest_)
      continue;
    const auto pods = world_.children(world_.types.pods, sets_[i]);
    if (std::any_of(pods.begin(), pods.end(),
                    [](const stored& pod) { return !has_finished(*pod); }))
      return true;
  }
  return false;
}

void rollout::note_pause() {
  if (!has_progress_deadline(deployment_))
    return;
  const json& before = condition_of(field(deployment_, {"status"}), "Progressing");
  const auto reason = text_at(before, {"reason"});
  const bool is_paused = field(deployment_, {"spec", "paused"}) == true;
  const bool was_paused = reason == "DeploymentPaused";
  if (reason == "ProgressDeadlineExceeded" || is_paused == was_paused)
    return;
  auto condition = is_paused
                       ? progress_condition("DeploymentPaused", "Deployment is paused", now_)
                       : progress_condition("DeploymentResumed", "Deployment is resumed", now_);
  condition["status"] = "Unknown";
  auto changed = deployment_;
  set_deployment_condition(changed["status"], std::move(condition));
  write_status(changed);
}

void rollout::write_counted_status() {
  auto changed = deployment_;
  changed["status"]
      = counted_status({deployment_, newest_ ? &sets_[*newest_] : nullptr, sets_}, now_);
  write_status(changed);
}

void rollout::write_rollout_status() {
  auto changed = deployment_;
  changed["status"]
      = rollout_status({deployment_, newest_ ? &sets_[*newest_] : nullptr, sets_}, now_);
  write_status(changed);
}

void rollout::write_status(const json& changed) {
  if (trouble_ || changed == deployment_)
    return;
  auto written = world_.write_status(world_.types.deployments, changed);
  if (written)
    deployment_ = std::move(*written);
  else
    trouble_ = written.refusal();
}

outcome rollout::result() const {
  if (trouble_)
    return try_again(*trouble_);
  if (const auto wait = time_to_deadline(deployment_, field(deployment_, {"status"}), now_))
    return visit_after(*wait);
  return await_change();
}

} // namespace kubesim::control
