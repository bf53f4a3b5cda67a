#pragma once

#include "tests/kubesim/api/registry.hpp"
#include "tests/kubesim/controllers/child_index.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kubesim::control {

using stored = std::shared_ptr<const json>;

/// The built-in kinds that controllers work with.
struct known_types {
  explicit known_types(const registry& objects);

  const resource_type &pods, &claims, &volumes, &namespaces, &nodes, &config_maps,
      &service_accounts, &deployments, &replica_sets, &stateful_sets, &daemon_sets,
      &controller_revisions, &jobs, &storage_classes, &quotas, &definitions;
};

/// The registry with what reconcilers share: one subscription per kind, and who controls whom. What
/// is written through it is found at once, before the change comes around.
class world {
public:
  explicit world(registry& served) : objects{served}, types{served} {}
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  registry& objects;
  const known_types types;

  /// Calls for each object that is there (as `added`), then after each change. Not for custom
  /// kinds.
  void watch(const resource_type& type, std::function<void(const change&)> on_change);

  /// Calls for each kind that is served and is to be served; `leaves` before its pointer becomes
  /// invalid.
  void watch_types(std::function<void(const resource_type&)> comes,
                   std::function<void(const resource_type&)> leaves);
  /// For whoever makes the registry serve kinds, or stop it.
  void type_comes(const resource_type& type);
  void type_leaves(const resource_type& type);

  /// Those that `owner` controls, in order of their names. The kind must be watched.
  std::vector<stored> children(const resource_type& type, const json& owner) const;
  /// Those of a namespace that nobody controls. The kind must be watched.
  std::vector<stored> orphans(const resource_type& type, const std::string& name_space) const;

  answer<json> create(const resource_type& type, const std::string& name_space, json object);
  answer<json> merge(const resource_type& type, const object_ref& ref, const json& patch);
  /// Only if it is still the same object; one that is gone already is as good.
  std::optional<refusal> remove(const resource_type& type, const json& object,
                                const std::string& propagation = {});
  /// Replaces `status` (and what else the kind lets a status write change) if that is a difference.
  answer<json> write_status(const resource_type& type, const json& object);

private:
  struct feed {
    registry::subscription token;
    child_index index;
    std::vector<std::function<void(const change&)>> listeners;
  };

  feed& feed_of(const resource_type& type);
  void note(const resource_type& type, const json& object);
  std::vector<stored> found(const resource_type& type, const std::vector<object_ref>& refs) const;

  std::map<const resource_type*, std::unique_ptr<feed>> feeds_;
  std::vector<std::function<void(const resource_type&)>> comes_, leaves_;
};

} // namespace kubesim::control
