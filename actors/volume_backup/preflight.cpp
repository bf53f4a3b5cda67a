#include "actors/volume_backup/preflight.hpp"

#include "actors/freeze_session/presets.hpp"
#include "actors/volume_backup/children.hpp"
#include "actors/volume_backup/class_choice.hpp"
#include "actors/volume_backup/group.hpp"
#include "actors/volume_backup/hook_choice.hpp"
#include "crds/duration.hpp"

#include <algorithm>
#include <functional>

namespace actors {

namespace {

using problem = std::optional<refusal>;

template <class Range, class Text>
std::string listed(const Range& range, Text text) {
  std::string all;
  for (const auto& item : range)
    all += (all.empty() ? "" : ", ") + text(item);
  return all;
}

/// The plan as it grows from check to check.
class judgement {
public:
  judgement(const crds::volume_backup& backup, const preflight_facts& facts,
            const backup_limits& limits)
      : backup_{backup}, facts_{facts}, limits_{limits}, spec_{backup.spec} {
    plan_.attempt = backup.status.attempts + 1;
  }

  preflight_verdict run() {
    static constexpr problem (judgement::*checks[])()
        = {&judgement::check_spec,       &judgement::check_reads,    &judgement::check_provider,
           &judgement::find_application, &judgement::choose_claims,  &judgement::check_claims,
           &judgement::check_pods,       &judgement::choose_classes, &judgement::choose_hooks,
           &judgement::check_permissions};
    for (const auto check : checks)
      if (auto why = (this->*check)())
        return *why;
    plan_.timeouts = effective_timeouts();
    choose_thaw();
    return std::move(plan_);
  }

private:
  problem check_spec() {
    if (!backup_.spec_problems.empty())
      return refusal{"InvalidSpec",
                     listed(backup_.spec_problems, [](const auto& text) { return text; })};
    const auto ref = parse_application_ref(spec_.application_ref);
    if (!ref)
      return refusal{"InvalidSpec", "spec.applicationRef: \"" + spec_.application_ref
                                        + "\" names no application; write a name, or "
                                          "deployment/NAME, statefulset/NAME, daemonset/NAME, "
                                          "pod/NAME or persistentvolumeclaim/NAME"};
    ref_ = *ref;
    return std::nullopt;
  }

  problem check_reads() {
    for (const auto& failure : facts_.read_errors)
      if (failure.is_forbidden())
        return refusal{"PermissionMissing",
                       "the operator may not read what it needs: " + to_string(failure)
                           + "; apply the roles of deploy/ in this namespace"};
    if (!facts_.read_errors.empty())
      return refusal{"ReadFailed", to_string(facts_.read_errors.front())};
    return std::nullopt;
  }

  problem check_provider() {
    if (spec_.provider_ref.empty())
      return std::nullopt;
    const auto name = "spec.providerRef: VolumeBackupProvider " + spec_.provider_ref;
    if (!facts_.provider)
      return refusal{"ProviderNotFound",
                     name + " does not exist in namespace " + backup_.metadata.name_space};
    if (facts_.provider->spec.type == crds::provider_type::object_store)
      return refusal{
          "ProviderNotSupported",
          name
              + " is of type ObjectStore; copies outside the cluster are not available yet, use "
                "a provider of type Snapshot or none"};
    const auto& preset = facts_.provider->spec.hooks_preset;
    const auto why_not = preset.empty() ? "" : freeze_session::why_no_preset(preset);
    if (!why_not.empty())
      return refusal{"ProviderNotSupported",
                     name + ": spec.hooks.preset is \"" + preset + "\"; " + why_not};
    return std::nullopt;
  }

  /// The latest of what is asked for: a driver that cuts late does so for all claims.
  void choose_thaw() {
    if (facts_.provider && facts_.provider->spec.thaw_on) {
      plan_.thaw_on = *facts_.provider->spec.thaw_on;
      return;
    }
    for (const auto& claim : plan_.claims)
      if (const auto wish = limits_.thaw_on_driver.find(claim.driver);
          wish != limits_.thaw_on_driver.end() && wish->second == crds::thaw_on::ready)
        plan_.thaw_on = crds::thaw_on::ready;
  }

  problem find_application() {
    switch (ref_.kind) {
    case application_kind::claim:
      plan_.application = {"PersistentVolumeClaim", ref_.name, ""};
      return std::nullopt;
    case application_kind::pod:
      return find_pod();
    default:
      return find_workload();
    }
  }

  problem find_pod() {
    const auto pod
        = std::find_if(facts_.pods.begin(), facts_.pods.end(), [this](const k8s::pod& candidate) {
            return candidate.metadata.name == ref_.name;
          });
    if (pod == facts_.pods.end())
      return not_found("Pod");
    plan_.application = {"Pod", ref_.name, pod->metadata.uid};
    application_pods_ = {*pod};
    return has_ended(*pod) ? problem{refusal{"NoPods", "Pod " + ref_.name + " has ended"}}
                           : std::nullopt;
  }

  problem find_workload() {
    if (facts_.workloads.empty())
      return not_found(ref_.kind == application_kind::any_workload
                           ? "Deployment, StatefulSet or DaemonSet"
                           : "workload");
    if (facts_.workloads.size() > 1)
      return refusal{
          "ApplicationAmbiguous",
          "spec.applicationRef: \"" + spec_.application_ref + "\" names "
              + listed(facts_.workloads,
                       [](const auto& found) { return found.kind + " " + found.metadata.name; })
              + "; write the kind too, e.g. statefulset/" + ref_.name};
    const auto& workload = facts_.workloads.front();
    plan_.application = {workload.kind, workload.metadata.name, workload.metadata.uid};
    application_pods_ = pods_of(workload, facts_.pods);
    if (application_pods_.empty())
      return refusal{
          "NoPods",
          workload.kind + " " + ref_.name
              + " has no pods; scale it up, or back up its claims with persistentvolumeclaim/NAME"};
    return std::nullopt;
  }

  problem not_found(const std::string& kind) const {
    return refusal{"ApplicationNotFound", "spec.applicationRef: \"" + spec_.application_ref
                                              + "\": no " + kind + " " + ref_.name
                                              + " in namespace " + backup_.metadata.name_space};
  }

  problem choose_claims() {
    const auto mounted = ref_.kind == application_kind::claim ? std::vector<std::string>{ref_.name}
                                                              : claims_of(application_pods_);
    for (const auto& claim : spec_.claims)
      if (std::find(mounted.begin(), mounted.end(), claim) == mounted.end())
        return refusal{"ClaimNotMounted",
                       "spec.claims: no pod of " + application_text() + " mounts " + claim
                           + "; mounted are: "
                           + listed(mounted, [](const auto& name) { return name; })};
    claims_ = spec_.claims.empty() ? mounted : spec_.claims;
    std::sort(claims_.begin(), claims_.end());
    claims_.erase(std::unique(claims_.begin(), claims_.end()), claims_.end());
    if (claims_.empty())
      return refusal{"NoClaims",
                     "the pods of " + application_text() + " mount no PersistentVolumeClaim"};
    if (claims_.size() > limits_.most_claims)
      return refusal{"TooManyClaims", application_text() + " has " + std::to_string(claims_.size())
                                          + " claims; at most "
                                          + std::to_string(limits_.most_claims)
                                          + " are backed up together, name some in spec.claims"};
    return std::nullopt;
  }

  bool mounts_chosen_claim(const k8s::pod& pod) const {
    return std::any_of(claims_.begin(), claims_.end(),
                       [&pod](const auto& claim) { return pod.mounts_claim(claim); });
  }

  /// Every pod that can write to a chosen claim, of the application or not.
  problem check_pods() {
    std::copy_if(
        facts_.pods.begin(), facts_.pods.end(), std::back_inserter(writers_),
        [this](const k8s::pod& pod) { return !has_ended(pod) && mounts_chosen_claim(pod); });
    if (writers_.size() > limits_.most_pods)
      return refusal{"TooManyPods",
                     std::to_string(writers_.size()) + " pods mount the claims; at most "
                         + std::to_string(limits_.most_pods) + " can be frozen together"};
    for (const auto& pod : writers_)
      if (pod.metadata.is_being_deleted() || pod.phase != "Running" || !pod.ready)
        return refusal{"PodNotReady",
                       "pod " + pod.metadata.name + " is "
                           + (pod.metadata.is_being_deleted() ? "being deleted"
                              : pod.phase == "Running"        ? "not ready"
                                                              : pod.phase)
                           + "; a backup needs every pod that mounts its claims Running and Ready"};
    return std::nullopt;
  }

  problem check_claims() {
    for (const auto& name : claims_) {
      const auto found = facts_.claims.find(name);
      if (found == facts_.claims.end() || !found->second)
        return refusal{"ClaimNotFound", "PersistentVolumeClaim " + name + " does not exist"};
      const auto& claim = *found->second;
      if (claim.phase != "Bound" || claim.metadata.is_being_deleted())
        return refusal{"ClaimNotBound",
                       "PersistentVolumeClaim " + name + " is "
                           + (claim.metadata.is_being_deleted() ? "being deleted" : claim.phase)
                           + ", not Bound"};
      plan_.claims.push_back(
          {name, claim.metadata.uid, claim.provisioner(), "",
           snapshot_name(backup_.metadata.name, backup_.metadata.uid, name, plan_.attempt)});
    }
    return std::nullopt;
  }

  // Snapshot class: explicit > provider's > default-annotated for the driver > only one for the
  // driver > refused with the list.

  problem choose_classes() {
    if (spec_.dry_run)
      return std::nullopt;
    if (!facts_.snapshot_api_served)
      return refusal{
          "SnapshotApiMissing",
          "the cluster does not serve snapshot.storage.k8s.io/v1; install the CSI snapshot CRDs "
          "and the snapshot-controller"};
    for (const auto& claim : plan_.claims)
      if (claim.driver.empty())
        return refusal{"DriverUnknown",
                       "PersistentVolumeClaim " + claim.name
                           + " has no annotation volume.kubernetes.io/storage-provisioner; only "
                             "claims provisioned "
                             "by a CSI driver can be snapshotted"};
    if (auto why = choose_group())
      return why;
    for (auto& claim : plan_.claims)
      if (auto why = plan_.group ? std::nullopt : choose_class(claim))
        return why;
    return std::nullopt;
  }

  /// All claims at one moment, where that can be; required by mode Group, in which the named class
  /// is that of the group.
  problem choose_group() {
    const bool is_required = spec_.snapshot_mode == crds::snapshot_mode::group;
    const auto& first = plan_.claims.front();
    if (!may_be_grouped(spec_, plan_.claims.size())
        || (!is_required && !named_class(first).empty()))
      return std::nullopt;
    auto choice = choose_group_class(facts_.group, plan_.claims,
                                     is_required ? spec_.snapshot_class_name : "");
    if (auto* why = std::get_if<refusal>(&choice)) {
      if (is_required)
        return refusal{why->reason, "spec.snapshotMode: Group: " + why->message};
      plan_.not_grouped = why->message;
      return std::nullopt;
    }
    plan_.group = {group_name(backup_.metadata.name, backup_.metadata.uid, plan_.attempt),
                   std::get<std::string>(choice)};
    for (auto& claim : plan_.claims) {
      claim.class_name = plan_.group->class_name;
      claim.snapshot_name.clear();
    }
    return std::nullopt;
  }

  std::string named_class(const planned_claim& claim) const {
    if (!spec_.snapshot_class_name.empty() || !facts_.provider)
      return spec_.snapshot_class_name;
    const auto found = facts_.provider->spec.snapshot_classes.find(claim.driver);
    return found == facts_.provider->spec.snapshot_classes.end() ? "" : found->second;
  }

  problem choose_class(planned_claim& claim) const {
    auto choice = choose_snapshot_class(facts_.classes, claim, named_class(claim));
    if (auto* why = std::get_if<refusal>(&choice))
      return std::move(*why);
    claim.class_name = std::get<std::string>(std::move(choice));
    return std::nullopt;
  }

  // Hooks.

  problem choose_hooks() {
    if (spec_.hooks.policy == crds::hooks_policy::skip) {
      for (const auto& pod : writers_)
        plan_.unhooked_pods.push_back(pod.metadata.name);
      return std::nullopt;
    }
    auto chosen = hooked_pods_of(writers_, hook_setting(), effective_timeouts());
    if (auto* why = std::get_if<refusal>(&chosen))
      return *why;
    auto& hooked = std::get<hooked_pods>(chosen);
    plan_.pods = std::move(hooked.pods);
    plan_.unhooked_pods = std::move(hooked.unhooked);
    plan_.warnings = std::move(hooked.warnings);
    if (plan_.pods.empty() && spec_.hooks.policy == crds::hooks_policy::required)
      return refusal{"HooksMissing",
                     "spec.hooks.policy is Required and no pod of " + application_text()
                         + " declares hooks; annotate its template or use IfPresent"};
    return std::nullopt;
  }

  freeze_session::hook_setting hook_setting() const {
    freeze_session::hook_setting setting{
        {claims_.begin(), claims_.end()}, effective_timeouts().max_freeze, {}, {}};
    if (!spec_.provider_ref.empty()) {
      setting.preset = facts_.provider->spec.hooks_preset;
      setting.container = facts_.provider->spec.hooks_container;
    }
    return setting;
  }

  problem check_permissions() {
    for (const auto& question : facts_.denied) {
      const bool is_exec = question.subresource == "exec";
      if (is_exec && plan_.pods.empty())
        continue;
      const auto what = question.verb + " " + question.resource
                        + (question.subresource.empty() ? "" : "/" + question.subresource);
      return refusal{is_exec ? "ExecForbidden" : "PermissionMissing",
                     "the operator may not " + what + " in namespace " + backup_.metadata.name_space
                         + (is_exec ? "; exec needs the verbs get and create on pods/exec" : "")};
    }
    return std::nullopt;
  }

  std::string application_text() const {
    return plan_.application.kind + " " + plan_.application.name;
  }

  crds::backup_timeouts effective_timeouts() const {
    auto timeouts = spec_.timeouts;
    timeouts.max_freeze = std::min(timeouts.max_freeze, limits_.max_freeze_cap);
    timeouts.freeze = std::min(timeouts.freeze, timeouts.max_freeze);
    return timeouts;
  }

  const crds::volume_backup& backup_;
  const preflight_facts& facts_;
  const backup_limits& limits_;
  const crds::volume_backup_spec& spec_;
  application_ref ref_;
  std::vector<k8s::pod> application_pods_;
  std::vector<k8s::pod> writers_;
  std::vector<std::string> claims_;
  backup_plan plan_;
};

} // namespace

preflight_verdict judge_preflight(const crds::volume_backup& backup, const preflight_facts& facts,
                                  const backup_limits& limits) {
  return judgement{backup, facts, limits}.run();
}

} // namespace actors
