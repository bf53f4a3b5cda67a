#include "k8s/resources/workload.hpp"

#include "k8s/json_reader.hpp"
#include "k8s/object_name.hpp"

namespace k8s {

namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts)
    all.append(all.empty() ? "" : ",").append(part);
  return all;
}

std::string to_query(const label_selector::requirement& must) {
  if (must.op == "Exists")
    return must.key;
  if (must.op == "DoesNotExist")
    return '!' + must.key;
  return must.key + (must.op == "NotIn" ? " notin (" : " in (") + joined(must.values) + ')';
}

label_selector decode_selector(const json_reader& from) {
  label_selector selector{.match_labels = from.text_map("matchLabels"), .match_expressions = {}};
  for (const json_reader& each : from.items("matchExpressions"))
    selector.match_expressions.push_back(
        {.key = each.text("key"), .op = each.text("operator"), .values = each.text_list("values")});
  return selector;
}

std::map<std::string, std::string> decode_claims(const json_reader& pod_spec) {
  std::map<std::string, std::string> claims;
  for (const json_reader& volume : pod_spec.items("volumes"))
    if (const auto claim = volume.child("persistentVolumeClaim").text("claimName"); !claim.empty())
      claims[volume.text("name")] = claim;
  return claims;
}

/// The counters have names of their own in a DaemonSet, which has none of the others.
rollout_status decode_rollout(const json_reader& status) {
  const auto count = [&status](std::string_view usual, std::string_view in_daemon_set) {
    return static_cast<std::int32_t>(status.integer(usual) + status.integer(in_daemon_set));
  };
  rollout_status rollout{.observed_generation = status.integer("observedGeneration"),
                         .pods = count("replicas", "desiredNumberScheduled"),
                         .updated = count("updatedReplicas", "updatedNumberScheduled"),
                         .available = count("availableReplicas", "numberAvailable"),
                         .failure = {}};
  for (const json_reader& condition : status.items("conditions"))
    if (condition.text("type") == "Progressing" && condition.text("status") == "False")
      rollout.failure = condition.text("reason") + ": " + condition.text("message");
  return rollout;
}

template <class T>
result<T> decode_workload(const nlohmann::json& object, std::string_view kind) {
  return decode_object<T>(object, kind, [&object](const json_reader& from, T& into) {
    const json_reader spec = from.child("spec");
    into.selector = decode_selector(spec.child("selector"));
    if (const auto replicas = spec.optional_integer("replicas"))
      into.replicas = static_cast<std::int32_t>(*replicas);
    const json_reader pod_template = spec.child("template");
    into.template_annotations = pod_template.child("metadata").text_map("annotations");
    into.template_claims = decode_claims(pod_template.child("spec"));
    for (const json_reader& each : spec.items("volumeClaimTemplates"))
      into.claim_templates.push_back(each.child("metadata").text("name"));
    if (spec.has("template"))
      into.template_digest = short_digest(object["spec"]["template"].dump());
    into.is_paused = spec.flag("paused");
    into.rolls_out = spec.child("updateStrategy").text("type") != "OnDelete";
    into.deletes_claims_when_scaled
        = spec.child("persistentVolumeClaimRetentionPolicy").text("whenScaled") == "Delete";
    into.rollout = decode_rollout(from.child("status"));
    into.last_writer = last_writer_of(object);
  });
}

} // namespace

std::string label_selector::to_query() const {
  std::vector<std::string> parts;
  for (const auto& [key, value] : match_labels)
    parts.push_back(key + '=' + value);
  for (const requirement& must : match_expressions)
    parts.push_back(k8s::to_query(must));
  return joined(parts);
}

result<workload> workload::decode(const nlohmann::json& object) {
  return decode_workload<workload>(object, "workload");
}

result<deployment> deployment::decode(const nlohmann::json& object) {
  return decode_workload<deployment>(object, kind.kind);
}

result<stateful_set> stateful_set::decode(const nlohmann::json& object) {
  return decode_workload<stateful_set>(object, kind.kind);
}

result<daemon_set> daemon_set::decode(const nlohmann::json& object) {
  return decode_workload<daemon_set>(object, kind.kind);
}

} // namespace k8s
