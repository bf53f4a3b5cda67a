#pragma once

#include "tests/kubesim/api/api_registry.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/status_fields.hpp"
#include "tests/kubesim/controllers/workshop.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace kubesim::control {

/// A cluster without sockets, processes and waiting: the real registry and controllers, a clock
/// that the test moves and a kubelet that runs every pod at once.
class test_cluster {
public:
  test_cluster();

  api_registry& objects() { return *registry_; }
  time_point now() const { return now_; }

  /// Creates an object in namespace `default`; its kind and apiVersion say of what type.
  json make(const json& object);
  /// Null if there is none.
  json get(const std::string& kind, const std::string& name) const;
  std::vector<json> all(const std::string& kind) const;
  std::vector<std::string> names(const std::string& kind) const;
  void patch(const std::string& kind, const std::string& name, const json& patch,
             const std::string& subresource = {});
  void remove(const std::string& kind, const std::string& name,
              const std::string& propagation = {});

  /// Until nobody has anything to do at this time.
  void settle();
  /// Moves the clock in steps of at most 50 ms, with everything settled at each.
  void advance(std::chrono::milliseconds span);

  /// Pods that this refuses stay Pending.
  std::function<bool(const json& pod)> may_run = [](const json&) { return true; };
  /// Pods that are told to end stay until this says otherwise.
  bool may_end = true;
  /// What a pod becomes instead of Running: Succeeded, Failed.
  std::function<std::string(const json& pod)> ends_as = [](const json&) { return std::string{}; };

private:
  const resource_type& type_of(const std::string& kind) const;
  bool run_posted();
  bool run_pods();
  bool bind_claims();

  time_point now_ = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
  std::uint64_t randomness_ = 1;
  std::deque<std::function<void()>> posted_;
  std::unique_ptr<api_registry> registry_;
  std::unique_ptr<workshop> shop_;
};

json deployment_of(const std::string& name, int replicas = 1);
json pod_of(const std::string& name, const std::vector<std::string>& claims = {});
json claim_of(const std::string& name);
/// A ConfigMap owned by another object.
json owned_map_of(const std::string& name, const json& owner);

} // namespace kubesim::control
