#include "tests/kubesim/controllers/test_cluster.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/kinds/time_text.hpp"
#include "tests/kubesim/api/registry_factory.hpp"
#include "tests/kubesim/controllers/ownership.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace kubesim::control {
namespace {

std::uint64_t next_random(std::uint64_t& state) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return state ^ (state >> 29);
}

json condition(std::string_view type, time_point now) {
  return {{"type", type}, {"status", "True"}, {"lastTransitionTime", kinds::format_time(now)}};
}

} // namespace

test_cluster::test_cluster() {
  registry_options options;
  options.post = [this](std::function<void()> task) { posted_.push_back(std::move(task)); };
  options.now = [this] { return now_; };
  options.random = [this] { return next_random(randomness_); };
  registry_ = make_registry(builtin_kinds(), std::move(options));
  make({{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "default"}}}});
  make({{"apiVersion", "v1"},
        {"kind", "Node"},
        {"metadata", {{"name", "node1"}, {"labels", {{"zone", "a"}}}}}});
  controller_options wanted;
  wanted.log = [](const std::string& line) { GTEST_LOG_(INFO) << line; };
  shop_ = std::make_unique<workshop>(*registry_, std::move(wanted), [] {});
  settle();
}

const resource_type& test_cluster::type_of(const std::string& kind) const {
  for (const auto* type : registry_->types())
    if (type->kind == kind)
      return *type;
  throw std::out_of_range{kind};
}

json test_cluster::make(const json& object) {
  const auto& type = type_of(object.at("kind"));
  auto made = registry_->create(type, type.is_namespaced ? "default" : "", object);
  EXPECT_TRUE(made) << made.refusal().status;
  return made ? *made : json{};
}

json test_cluster::get(const std::string& kind, const std::string& name) const {
  const auto& type = type_of(kind);
  const auto found = registry_->find(type, {type.is_namespaced ? "default" : "", name});
  return found ? *found : json{};
}

std::vector<json> test_cluster::all(const std::string& kind) const {
  std::vector<json> here;
  for (const auto& one : registry_->all(type_of(kind)))
    here.push_back(*one);
  return here;
}

std::vector<std::string> test_cluster::names(const std::string& kind) const {
  std::vector<std::string> all_names;
  for (const auto& one : all(kind))
    all_names.push_back(text_at(one, {"metadata", "name"}));
  return all_names;
}

void test_cluster::patch(const std::string& kind, const std::string& name, const json& patch,
                         const std::string& subresource) {
  const auto& type = type_of(kind);
  const auto patched
      = registry_->merge(type, {type.is_namespaced ? "default" : "", name}, patch, subresource);
  EXPECT_TRUE(patched) << patched.refusal().status;
}

void test_cluster::remove(const std::string& kind, const std::string& name,
                          const std::string& propagation) {
  const auto& type = type_of(kind);
  removal_options options;
  options.propagation = propagation;
  const auto removed
      = registry_->remove(type, {type.is_namespaced ? "default" : "", name}, options);
  EXPECT_TRUE(removed) << removed.refusal().status;
}

void test_cluster::settle() {
  for (int rounds = 0; rounds < 100'000; ++rounds) {
    const auto due = shop_->next_due();
    if (run_posted())
      continue;
    if (due && *due <= now_)
      shop_->work(now_);
    else if (!run_pods() && !bind_claims())
      return;
  }
  ADD_FAILURE() << "the controllers never come to rest";
}

void test_cluster::advance(std::chrono::milliseconds span) {
  using namespace std::chrono_literals;
  settle();
  for (const auto end = now_ + span; now_ < end;) {
    now_ = std::min<time_point>(end, now_ + 50ms);
    settle();
  }
}

bool test_cluster::run_posted() {
  if (posted_.empty())
    return false;
  const auto task = std::move(posted_.front());
  posted_.pop_front();
  task();
  return true;
}

bool test_cluster::run_pods() {
  const auto& pods = type_of("Pod");
  for (const auto& pod : registry_->all(pods)) {
    const auto phase = text_at(*pod, {"status", "phase"});
    if (text_at(*pod, {"spec", "nodeName"}).empty())
      continue;
    if (is_being_deleted(*pod) && may_end) {
      removal_options at_once;
      at_once.grace_seconds = 0;
      return bool{registry_->remove(pods, ref_of(*pod), at_once)};
    }
    if (is_being_deleted(*pod) || phase != "Pending" || !may_run(*pod))
      continue;
    auto running = *pod;
    const auto end = ends_as(*pod);
    running["status"]["phase"] = end.empty() ? "Running" : end;
    if (end.empty())
      put_condition(running["status"], condition("Ready", now_));
    return bool{registry_->update(pods, ref_of(*pod), running, "status")};
  }
  return false;
}

bool test_cluster::bind_claims() {
  const auto& claims = type_of("PersistentVolumeClaim");
  for (const auto& claim : registry_->all(claims)) {
    const bool is_wanted = text_at(*claim, {"spec", "storageClassName"}) != "unbound"
                           && (text_at(*claim, {"spec", "storageClassName"}) != "late"
                               || field(*claim, {"metadata", "annotations"})
                                      .contains("volume.kubernetes.io/selected-node"));
    if (text_at(*claim, {"status", "phase"}) == "Bound" || !is_wanted)
      continue;
    auto bound = *claim;
    bound["spec"]["volumeName"] = "pv-" + uid_of(*claim);
    auto written = registry_->update(claims, ref_of(*claim), bound);
    EXPECT_TRUE(written) << written.refusal().status;
    (*written)["status"]["phase"] = "Bound";
    return bool{registry_->update(claims, ref_of(*claim), *written, "status")};
  }
  return false;
}

json deployment_of(const std::string& name, int replicas) {
  const json labels{{"app", name}};
  return {{"apiVersion", "apps/v1"},
          {"kind", "Deployment"},
          {"metadata", {{"name", name}}},
          {"spec",
           {{"replicas", replicas},
            {"selector", {{"matchLabels", labels}}},
            {"template",
             {{"metadata", {{"labels", labels}}},
              {"spec", {{"containers", {{{"name", "main"}, {"image", "busybox"}}}}}}}}}}};
}

json pod_of(const std::string& name, const std::vector<std::string>& claims) {
  json pod{{"apiVersion", "v1"},
           {"kind", "Pod"},
           {"metadata", {{"name", name}}},
           {"spec", {{"containers", {{{"name", "main"}, {"image", "busybox"}}}}}}};
  for (const auto& claim : claims)
    pod["spec"]["volumes"].push_back(
        {{"name", claim}, {"persistentVolumeClaim", {{"claimName", claim}}}});
  return pod;
}

json claim_of(const std::string& name) {
  return {{"apiVersion", "v1"},
          {"kind", "PersistentVolumeClaim"},
          {"metadata", {{"name", name}}},
          {"spec",
           {{"accessModes", {"ReadWriteOnce"}},
            {"storageClassName", "quick"},
            {"resources", {{"requests", {{"storage", "1Gi"}}}}}}}};
}

json owned_map_of(const std::string& name, const json& owner) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata",
           {{"name", name},
            {"ownerReferences",
             {{{"apiVersion", owner.at("apiVersion")},
               {"kind", owner.at("kind")},
               {"name", owner.at("metadata").at("name")},
               {"uid", owner.at("metadata").at("uid")}}}}}}};
}

} // namespace kubesim::control
