#include "k8s/resources/workload.hpp"

#include "k8s/json_reader.hpp"

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

template <class T>
result<T> decode_workload(const nlohmann::json& object, std::string_view kind) {
  return decode_object<T>(object, kind, [](const json_reader& from, T& into) {
    const json_reader spec = from.child("spec");
    into.selector = decode_selector(spec.child("selector"));
    if (const auto replicas = spec.optional_integer("replicas"))
      into.replicas = static_cast<std::int32_t>(*replicas);
    into.template_annotations = spec.child("template").child("metadata").text_map("annotations");
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
