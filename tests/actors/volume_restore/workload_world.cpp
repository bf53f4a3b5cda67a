#include "tests/actors/volume_restore/workload_world.hpp"

#include "k8s/object_name.hpp"

#include <algorithm>

namespace restore_simulation {

namespace {

const std::map<std::string, std::string> collections{
    {"Deployment", "/apis/apps/v1/namespaces/shop/deployments/"},
    {"StatefulSet", "/apis/apps/v1/namespaces/shop/statefulsets/"},
    {"DaemonSet", "/apis/apps/v1/namespaces/shop/daemonsets/"}};

constexpr int nodes = 2;

std::string template_digest(const json& workload) {
  return k8s::short_digest(workload.at("spec").at("template").dump());
}

} // namespace

bool is_ready(const json& pod) {
  return pod.contains("/status/conditions/0"_json_pointer) && !is_going(pod);
}

void workload_world::create(const std::string& kind, json spec, const json& volumes_of_pods) {
  kind_ = kind;
  spec["selector"] = {{"matchLabels", {{"app", "app"}}}};
  spec["template"]
      = {{"metadata", {{"labels", {{"app", "app"}}}}}, {"spec", {{"volumes", volumes_of_pods}}}};
  objects_.create(collections.at(kind), {{"kind", kind},
                                         {"metadata", {{"name", "app"}, {"namespace", "shop"}}},
                                         {"spec", std::move(spec)},
                                         {"status", json::object()}});
}

std::string workload_world::path() const {
  return collections.at(kind_) + "app";
}

object_list workload_world::living_pods() const {
  return objects_.in(pods());
}

bool workload_world::is_running() const {
  const auto all = living_pods();
  if (!objects_.contains(path()))
    return all.empty();
  const auto& now = *objects_.find(path());
  const auto replicas = kind_ == "DaemonSet" ? nodes : now.at("spec").value("replicas", 0);
  return static_cast<int>(all.size()) == replicas
         && std::all_of(all.begin(), all.end(), [&now](const json& pod) {
              return is_ready(pod) && text_at(pod, "/metadata/labels/hash") == template_digest(now);
            });
}

void workload_world::act() {
  const auto* now = objects_.find(path());
  if (!now)
    seen_ = nullptr;
  else if (seen_.is_null() || random_.chance(70))
    seen_ = *now;
  if (seen_.is_null()) {
    for (const auto& pod : living_pods())
      end(pod);
  } else if (kind_ == "Deployment") {
    act_as_deployment();
  } else if (kind_ == "StatefulSet") {
    act_as_stateful_set();
  } else {
    act_as_daemon_set();
  }
  for (const auto& pod : living_pods())
    if (random_.chance(60))
      act_on_pod(pod);
  if (!seen_.is_null() && random_.chance(70))
    report();
}

bool workload_world::is_new(const json& pod) const {
  return text_at(pod, "/metadata/labels/hash") == template_digest(seen_);
}

void workload_world::make_pod(const std::string& name, const std::vector<json>& volumes) {
  objects_.create(pods(), {{"kind", "Pod"},
                           {"metadata",
                            {{"name", name},
                             {"namespace", "shop"},
                             {"finalizers", {"kubelet"}}, // it ends when the kubelet has stopped it
                             {"labels", {{"app", "app"}, {"hash", template_digest(seen_)}}}}},
                           {"spec", {{"volumes", volumes}}},
                           {"status", {{"phase", "Pending"}}}});
}

void workload_world::end(const json& pod) {
  objects_.remove(pods() + name_of(pod));
}

void workload_world::act_as_deployment() {
  const auto volumes = seen_.at("spec").at("template").at("spec").at("volumes");
  const bool recreates = text_at(seen_, "/spec/strategy/type") == "Recreate";
  int fresh = 0, ready = 0, total = 0;
  std::vector<json> old;
  for (const auto& pod : living_pods()) {
    if (!is_going(pod))
      is_new(pod) ? ++fresh : (old.push_back(pod), 0);
    ready += is_ready(pod) ? 1 : 0;
    total += !is_going(pod) || recreates ? 1 : 0;
  }
  const int limit = wanted() + (recreates || fresh == wanted() ? 0 : 1);
  if (fresh < wanted() && total < limit && (!recreates || total == fresh))
    make_pod("app-" + std::to_string(++pods_made_), volumes);
  for (const auto& pod : living_pods())
    if (fresh > wanted() && is_new(pod) && !is_going(pod)) {
      end(pod);
      --fresh;
    }
  for (const auto& pod : old)
    if (recreates || !is_ready(pod) || ready > wanted() || wanted() == 0) {
      end(pod);
      ready -= is_ready(pod) ? 1 : 0;
    }
}

/// Like the real one it makes a claim that is missing, empty, and no pod while a claim is going.
bool workload_world::make_claims(int ordinal, std::vector<json>& pod_volumes) {
  for (const auto& each : seen_.at("spec").value("volumeClaimTemplates", json::array())) {
    const auto volume = name_of(each);
    const auto name = volume + "-app-" + std::to_string(ordinal);
    const auto* claim = objects_.find(claims() + name);
    if (claim && is_going(*claim))
      return false;
    if (!claim)
      objects_.create(claims(), claim_object(name, text_at(each, "/spec/storageClassName")));
    pod_volumes.push_back({{"name", volume}, {"persistentVolumeClaim", {{"claimName", name}}}});
  }
  return true;
}

void workload_world::act_as_stateful_set() {
  for (int ordinal = 0; ordinal < wanted(); ++ordinal) {
    const auto name = "app-" + std::to_string(ordinal);
    const auto* pod = objects_.find(pods() + name);
    if (pod && !is_going(*pod) && !is_new(*pod))
      return end(*pod);
    if (pod && is_ready(*pod))
      continue;
    std::vector<json> volumes = seen_.at("spec").at("template").at("spec").at("volumes");
    if (!pod && make_claims(ordinal, volumes))
      make_pod(name, volumes);
    return; // one after the other
  }
  for (const auto& pod : living_pods())
    if (std::stoi(name_of(pod).substr(4)) >= wanted())
      end(pod);
}

void workload_world::act_as_daemon_set() {
  const std::vector<json> volumes = seen_.at("spec").at("template").at("spec").at("volumes");
  const auto all = living_pods();
  const bool may_end = static_cast<int>(all.size()) == nodes
                       && std::none_of(all.begin(), all.end(), [this](const json& pod) {
                            return is_going(pod) || (is_new(pod) && !is_ready(pod));
                          });
  bool has_ended = false;
  for (const auto& pod : all)
    if (!is_new(pod) && (!is_ready(pod) || (may_end && !has_ended))) {
      end(pod);
      has_ended = true;
    }
  if (static_cast<int>(all.size()) < nodes)
    make_pod("app-" + std::to_string(++pods_made_), volumes);
}

/// Scheduling waits for claims that are bound, or has them provisioned where a pod will run.
bool workload_world::has_volumes(const json& pod) {
  bool has_all = true;
  for (const auto& volume : pod.at("spec").at("volumes")) {
    const auto path = claims() + text_at(volume, "/persistentVolumeClaim/claimName");
    const auto* claim = objects_.find(path);
    const bool is_bound = claim && text_at(*claim, "/status/phase") == "Bound";
    has_all = has_all && is_bound && !is_going(*claim)
              && objects_.contains(volumes() + text_at(*claim, "/spec/volumeName"));
    if (claim && !is_bound && !is_going(*claim))
      objects_.edit(path, [](json& one) {
        one["metadata"]["annotations"]["volume.kubernetes.io/selected-node"] = "node";
      });
  }
  return has_all;
}

bool workload_world::is_healthy(const json& pod) const {
  if (is_never_ready)
    return false;
  for (const auto& volume : pod.at("spec").at("volumes")) {
    const auto* claim
        = objects_.find(claims() + text_at(volume, "/persistentVolumeClaim/claimName"));
    const auto disk
        = claim ? storage_.disks.find(text_at(*claim, "/spec/volumeName")) : storage_.disks.end();
    if (disk == storage_.disks.end()
        || (is_restored_broken && disk->second.starts_with("snapshot")))
      return false;
  }
  return true;
}

void workload_world::act_on_pod(const json& pod) {
  const auto path = pods() + name_of(pod);
  if (is_going(pod)) {
    const bool is_immortal = is_any_pod_immortal && name_of(pod) == name_of(living_pods()[0]);
    if (!is_immortal)
      objects_.edit(path, [](json& one) { one["metadata"].erase("finalizers"); });
    return;
  }
  if (!pod.at("spec").contains("nodeName")) {
    if (has_volumes(pod))
      objects_.edit(path, [](json& one) {
        one["spec"]["nodeName"] = "node";
        one["status"]["phase"] = "Running";
      });
    return;
  }
  if (is_healthy(pod) != is_ready(pod))
    objects_.edit(path, [is_well = is_healthy(pod)](json& one) {
      one["status"].erase("conditions");
      if (is_well)
        one["status"]["conditions"] = {{{"type", "Ready"}, {"status", "True"}}};
    });
}

void workload_world::report() {
  int all = 0, fresh = 0, ready = 0;
  for (const auto& pod : living_pods()) {
    all += is_going(pod) ? 0 : 1;
    fresh += is_new(pod) && !is_going(pod) ? 1 : 0;
    ready += is_ready(pod) ? 1 : 0;
  }
  const bool is_daemon_set = kind_ == "DaemonSet";
  const bool is_well = fresh == ready && fresh == (is_daemon_set ? nodes : wanted());
  unready_for_ = is_well ? 0 : unready_for_ + 1;
  json status{{"observedGeneration", seen_.at("metadata").at("generation")}};
  status[is_daemon_set ? "desiredNumberScheduled" : "replicas"] = is_daemon_set ? nodes : all;
  status[is_daemon_set ? "updatedNumberScheduled" : "updatedReplicas"] = fresh;
  status[is_daemon_set ? "numberAvailable" : "availableReplicas"] = ready;
  if (reports_failure && unready_for_ > 20)
    status["conditions"] = {{{"type", "Progressing"},
                             {"status", "False"},
                             {"reason", "ProgressDeadlineExceeded"},
                             {"message", "the new pods are not ready"}}};
  objects_.edit(path(), [&status](json& one) { one["status"] = status; });
}

} // namespace restore_simulation
