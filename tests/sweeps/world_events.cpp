#include "tests/sweeps/world_events.hpp"

#include <algorithm>

namespace sweeps {

using namespace scenarios;
using namespace std::chrono_literals;

namespace {

/// What `annotate_claims` may have left.
const json no_manners{{"kubesim/snapshot-error", nullptr},
                      {"kubesim/snapshot-error-times", nullptr},
                      {"kubesim/cut-latency", nullptr},
                      {"kubesim/creation-time-shift", nullptr}};

} // namespace

std::vector<world_events::event> world_events::events() {
  std::vector<event> all;
  for (auto part :
       {events_of_objects(), events_of_the_backup(), events_of_pods(), events_of_storage()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::vector<world_events::event> world_events::events_of_objects() {
  using enum event::trace;
  return {
      {"a snapshot is deleted", [this] { delete_first(kinds::snapshot); }},
      {"the group is deleted", [this] { delete_first(kinds::group); }}, // if there is one
      {"the class is gone", [this] { delete_first(kinds::snapshot_class); }},
      {"a claim is deleted", [this] { delete_first(kinds::claim); }, ruin},
      {"the namespace is deleted",
       [this] {
         cluster().must(k8s::delete_request(kinds::name_space, {{}, name_space_}, {}));
       },
       ruin},
  };
}

std::vector<world_events::event> world_events::events_of_the_backup() {
  return {
      {"the backup is cancelled",
       [this] {
         patch_backup("nightly", {{"spec", {{"cancel", true}}}});
       }},
      {"the backup is deleted", [this] { delete_backup("nightly"); }},
      {"the finalizer is torn off",
       [this] {
         patch_backup("nightly", {{"metadata", {{"finalizers", nullptr}}}});
         delete_backup("nightly");
       }},
  };
}

std::vector<world_events::event> world_events::events_of_pods() {
  using enum event::trace;
  return {
      {"a pod is deleted", [this] { delete_first(kinds::pod); }},
      {"a pod is killed", [this] { delete_first(kinds::pod, 0); }},
      {"a pod is evicted", [this] { evict_first_pod(); }},
      {"a container is restarted", [this] { restart_first_container(); }, other_pods},
      {"a pod becomes unready", [this] { make_first_pod_unready(); }, other_pods},
      {"the workload is scaled to 0", [this] { scale(0); }},
  };
}

/// Each decides how the next cut goes; later they are of no effect.
std::vector<world_events::event> world_events::events_of_storage() {
  const auto driver
      = [this](json annotations) { return [this, annotations] { annotate_claims(annotations); }; };
  return {
      {"the driver fails twice", driver({{"kubesim/snapshot-error", "the backend is busy"},
                                         {"kubesim/snapshot-error-times", "2"}})},
      {"the driver is always busy", driver({{"kubesim/snapshot-error", "the backend is busy"}})},
      {"the driver fails for good",
       driver({{"kubesim/snapshot-error", "rpc error: code = ResourceExhausted desc = quota"}})},
      {"the driver cuts when the freeze has expired", driver({{"kubesim/cut-latency", "12s"}})},
      {"the driver says that it cut before the freeze",
       driver({{"kubesim/creation-time-shift", "-20s"}})},
  };
}

std::optional<json> world_events::first(const k8s::resource_kind& kind) {
  const auto found = cluster().must(
      k8s::list_request(kind, kind.is_namespaced ? name_space_ : std::string{}, {}));
  if (found.at("items").empty())
    return std::nullopt;
  return found.at("items").front();
}

void world_events::delete_first(const k8s::resource_kind& kind, std::optional<std::int64_t> grace) {
  const auto found = first(kind);
  if (!found)
    return;
  const auto name = found->at("metadata").at("name").get<std::string>();
  auto call
      = k8s::delete_request(kind, {kind.is_namespaced ? name_space_ : std::string{}, name}, {});
  if (grace)
    call.body = json{{"gracePeriodSeconds", *grace}}.dump();
  if (cluster().ask(std::move(call)))
    taken_by_others_.insert(name);
}

void world_events::evict_first_pod() {
  const auto pod = first(kinds::pod).value();
  const json who{{"name", pod.at("metadata").at("name")}, {"namespace", name_space_}};
  cluster().must({.method = "POST",
                  .path = "/api/v1/namespaces/" + name_space_ + "/pods/"
                          + who.at("name").get<std::string>() + "/eviction",
                  .content_type = "application/json",
                  .body = json{{"apiVersion", "policy/v1"},
                               {"kind", "Eviction"},
                               {"metadata", who},
                               {"deleteOptions", {{"gracePeriodSeconds", 0}}}}
                              .dump()});
}

/// Its main process ends, and with it every exec; the pod stays.
void world_events::restart_first_container() {
  const auto pod = first(kinds::pod).value().at("metadata").at("name").get<std::string>();
  (void)cluster().kubectl(
      {"exec", "-n", name_space_, pod, "--", "kill", "1"}); // often ends with it
  EXPECT_TRUE(await([&] {
    const auto now = cluster().must(k8s::get_request(kinds::pod, {name_space_, pod}));
    return now.value("/status/containerStatuses/0/restartCount"_json_pointer, 0) > 0;
  })) << "the container is not restarted";
}

void world_events::make_first_pod_unready() {
  const auto pod = first(kinds::pod).value();
  auto conditions = pod.at("status").at("conditions");
  for (auto& one : conditions)
    if (one.at("type") == "Ready" || one.at("type") == "ContainersReady")
      one["status"] = "False";
  cluster().must(k8s::patch_request(
      kinds::pod, {name_space_, pod.at("metadata").at("name").get<std::string>()},
      k8s::patch_kind::merge, {{"status", {{"conditions", conditions}}}}, "status"));
}

void world_events::scale(int pods) {
  cluster().must(k8s::patch_request(kinds::deployment, {name_space_, "app"}, k8s::patch_kind::merge,
                                    {{"spec", {{"replicas", pods}}}}));
}

void world_events::annotate_claims(const json& annotations) {
  for (const auto* claim : {"data", "logs"})
    cluster().must(k8s::patch_request(kinds::claim, {name_space_, claim}, k8s::patch_kind::merge,
                                      {{"metadata", {{"annotations", annotations}}}}));
}

/// A container that was restarted would wait longer before each further time.
void world_events::replace_pods() {
  scale(0);
  ASSERT_TRUE(await([this] { return count(kinds::pod) == 0; })) << "pods do not end";
}

void world_events::keep_snapshot_class() {
  snapshot_class_ = first(kinds::snapshot_class).value();
  for (const auto* name : {"uid", "resourceVersion", "creationTimestamp", "managedFields"})
    snapshot_class_["metadata"].erase(name);
  snapshot_class_["apiVersion"] = kinds::snapshot_class.api_version();
  snapshot_class_["kind"] = kinds::snapshot_class.kind;
}

void world_events::mend_world(event::trace left) {
  if (left == event::trace::ruin)
    return start_anew();
  if (left == event::trace::other_pods)
    replace_pods();
  scale(2);
  annotate_claims(no_manners);
  if (!first(kinds::snapshot_class))
    cluster().must(k8s::create_request(kinds::snapshot_class, {}, snapshot_class_));
  ASSERT_TRUE(await([this] {
    return is_ready({.pods = 2}, name_space_) && count(kinds::pod) == 2;
  })) << "the application does not come back";
}

bool world_events::is_namespace_going() {
  const auto found = cluster().ask(k8s::get_request(kinds::name_space, {{}, name_space_}));
  return !found || found->at("metadata").contains("deletionTimestamp");
}

bool world_events::is_namespace_gone(const std::string& name) {
  const auto found = cluster().ask(k8s::get_request(kinds::name_space, {{}, name}));
  return !found && found.error().is_not_found();
}

} // namespace sweeps
