#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/kind_builder.hpp"

// Namespace, ServiceAccount, ResourceQuota and LimitRange.

namespace kubesim::kinds {

namespace {

void prepare_namespace(json& object, const json* before) {
  auto& labels = object_in(object_in(object, "metadata"), "labels");
  labels["kubernetes.io/metadata.name"] = text_at(object, "metadata.name");
  if (before)
    return;
  object_in(object, "spec")["finalizers"] = {"kubernetes"};
  object["status"] = {{"phase", "Active"}};
}

kind_rules name_space() {
  auto rules = built_in({.group = "",
                         .plural = "namespaces",
                         .singular = "namespace",
                         .kind = "Namespace",
                         .short_names = {"ns"},
                         .is_namespaced = false,
                         .has_status = true});
  rules.names = kind_rules::name_syntax::dns_label;
  rules.prepare = prepare_namespace;
  rules.begin_deletion = [](json& object) { object_in(object, "status")["phase"] = "Terminating"; };
  rules.is_held = [](const json& object) { return !list_at(object, "spec.finalizers").empty(); };
  rules.delete_answers_object = true;
  const auto phase = [](const json& object) { return text_at(object, "status.phase"); };
  rules.selectable_fields
      = {{"status.phase", phase},
         {"name", [](const json& object) { return text_at(object, "metadata.name"); }}};
  rules.columns = {name_column(), column("Status", phase), age_column()};
  return rules;
}

kind_rules service_account() {
  auto rules = built_in({.group = "",
                         .plural = "serviceaccounts",
                         .singular = "serviceaccount",
                         .kind = "ServiceAccount",
                         .short_names = {"sa"}});
  rules.delete_answers_object = true;
  rules.columns
      = {name_column(),
         column("Secrets", [](const json& object) { return list_at(object, "secrets").size(); }),
         age_column()};
  return rules;
}

kind_rules resource_quota() {
  auto rules = built_in({.group = "",
                         .plural = "resourcequotas",
                         .singular = "resourcequota",
                         .kind = "ResourceQuota",
                         .short_names = {"quota"},
                         .has_status = true});
  rules.prepare = [](json& object, const json* before) {
    if (!before)
      object["status"] = json::object();
  };
  return rules;
}

} // namespace

std::vector<kind_rules> namespace_kinds() {
  return {name_space(), service_account(), resource_quota(),
          built_in({.group = "",
                    .plural = "limitranges",
                    .singular = "limitrange",
                    .kind = "LimitRange",
                    .short_names = {"limits"}})};
}

} // namespace kubesim::kinds
