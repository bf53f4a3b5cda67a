#include "actors/volume_restore/workload_tools.hpp"

#include <gtest/gtest.h>

namespace {

using actors::tool_that_applies;
using actors::was_applied_by_kubectl;

struct marked_case {
  std::string tool;
  std::map<std::string, std::string> labels, annotations;
};

TEST(workload_tools, are_known_by_what_they_leave) {
  const std::vector<marked_case> cases{
      {"", {}, {}},
      {"Argo CD", {{"argocd.argoproj.io/instance", "shop"}}, {}},
      {"Argo CD", {}, {{"argocd.argoproj.io/tracking-id", "shop:apps/Deployment:shop/web"}}},
      {"Flux", {{"kustomize.toolkit.fluxcd.io/name", "shop"}}, {}},
      {"Flux",
       {{"helm.toolkit.fluxcd.io/name", "shop"}, {"app.kubernetes.io/managed-by", "Helm"}},
       {}},
      {"Fleet", {{"objectset.rio.cattle.io/hash", "1"}}, {}},
      {"Fleet", {}, {{"objectset.rio.cattle.io/id", "1"}}},
      {"Config Sync", {{"configmanagement.gke.io/managed", "enabled"}}, {}},
      {"Config Sync", {}, {{"configmanagement.gke.io/managed", "enabled"}}},
      {"Helm", {}, {{"meta.helm.sh/release-name", "web"}}},
      {"Helm", {{"app.kubernetes.io/managed-by", "Helm"}}, {}},
      {"Helm", {{"app.kubernetes.io/managed-by", "Tiller"}}, {}},
      {"", {{"app.kubernetes.io/managed-by", "nobody"}}, {}},
      {"", {{"app.kubernetes.io/instance", "web"}}, {}}, // charts and people set it, too
      {"", {}, {{"kubectl.kubernetes.io/last-applied-configuration", "{}"}}},
  };
  for (const auto& each : cases) {
    k8s::object_meta workload;
    workload.labels = each.labels;
    workload.annotations = each.annotations;
    const auto* first = each.labels.empty() ? &each.annotations : &each.labels;
    EXPECT_EQ(tool_that_applies(workload), each.tool)
        << (first->empty() ? "no mark" : first->begin()->first);
  }
}

TEST(workload_tools, kubectl_remembers_what_it_applied) {
  k8s::object_meta workload;
  EXPECT_FALSE(was_applied_by_kubectl(workload));
  workload.annotations = {{"kubectl.kubernetes.io/last-applied-configuration", "{}"}};
  EXPECT_TRUE(was_applied_by_kubectl(workload));
}

} // namespace
