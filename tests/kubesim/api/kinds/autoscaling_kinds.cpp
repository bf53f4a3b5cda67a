#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/kind_builder.hpp"

// HorizontalPodAutoscaler: stored only, nobody scales by it.

namespace kubesim::kinds {

namespace {

void default_autoscaler(json& object) {
  auto& spec = object_in(object, "spec");
  default_to(spec, "minReplicas", 1);
  if (list_at(spec, "metrics").empty())
    spec["metrics"] = json::array(
        {{{"type", "Resource"},
          {"resource",
           {{"name", "cpu"}, {"target", {{"type", "Utilization"}, {"averageUtilization", 80}}}}}}});
}

problems autoscaler_problems(const json& object, const json*) {
  problems found;
  for (const auto* field : {"spec.scaleTargetRef.kind", "spec.scaleTargetRef.name"})
    if (text_at(object, field).empty())
      found.push_back(required(field));
  const auto least = number_at(object, "spec.minReplicas", 1);
  const auto most = number_at(object, "spec.maxReplicas");
  if (least < 1)
    found.push_back(invalid("spec.minReplicas", least, "must be greater than or equal to 1"));
  if (most < 1)
    found.push_back(invalid("spec.maxReplicas", most, "must be greater than 0"));
  if (most < least)
    found.push_back(
        invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`"));
  return found;
}

std::string reference_text(const json& object) {
  return text_at(object, "spec.scaleTargetRef.kind") + "/"
         + text_at(object, "spec.scaleTargetRef.name");
}

/// Nothing measures: what is there is always unknown.
std::string target_text(const json& metric) {
  if (text_at(metric, "type") != "Resource")
    return "<unknown>";
  const auto& target = object_at(metric, "resource.target");
  const auto name = text_at(metric, "resource.name") + ": <unknown>/";
  if (const auto* part = find_at(target, "averageUtilization"))
    return name + part->dump() + "%";
  return name + text_at(target, "averageValue");
}

std::string targets_text(const json& object) {
  std::string text;
  for (const auto& metric : list_at(object, "spec.metrics"))
    text += (text.empty() ? "" : ", ") + target_text(metric);
  return text.empty() ? "<none>" : text;
}

json least_or_unset(const json& object) {
  const auto* least = find_at(object, "spec.minReplicas");
  return least ? json(least->dump()) : json("<unset>");
}

kind_rules horizontal_pod_autoscaler() {
  auto rules = built_in({.group = "autoscaling",
                         .plural = "horizontalpodautoscalers",
                         .singular = "horizontalpodautoscaler",
                         .kind = "HorizontalPodAutoscaler",
                         .short_names = {"hpa"},
                         .categories = {"all"},
                         .has_status = true,
                         .version = "v2"});
  rules.set_defaults = default_autoscaler;
  rules.prepare = [](json& object, const json* before) {
    if (!before)
      object["status"] = json::object();
  };
  rules.validate = autoscaler_problems;
  rules.columns = {
      name_column(),
      column("Reference", reference_text),
      column("Targets", targets_text),
      column("MinPods", least_or_unset),
      column("MaxPods", [](const json& object) { return number_at(object, "spec.maxReplicas"); }),
      column("Replicas",
             [](const json& object) { return number_at(object, "status.currentReplicas"); }),
      age_column()};
  return rules;
}

} // namespace

std::vector<kind_rules> autoscaling_kinds() {
  return {horizontal_pod_autoscaler()};
}

} // namespace kubesim::kinds
