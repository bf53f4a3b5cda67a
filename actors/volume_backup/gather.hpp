#pragma once

#include "actors/volume_backup/preflight.hpp"
#include "k8s/client.hpp"
#include "messages/backup.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Reads what preflight judges. Runs on the loop's thread; knows no actors.
namespace actors {

/// Answers that hold for many backups: snapshot classes and what we may do. On the loop's thread
/// only. A refusal is never kept.
struct preflight_cache {
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds lifetime{30};

  std::optional<std::vector<k8s::volume_snapshot_class>> classes;
  clock::time_point classes_read{};
  std::map<std::string, clock::time_point>
      permissions; ///< namespace -> when all of them were granted

  bool has_classes(clock::time_point now) const { return classes && now - classes_read < lifetime; }
  bool has_permissions(const std::string& name_space, clock::time_point now) const;
};

/// Calls `done` once, within `deadline`, with what could be read and the errors of what could not.
void gather_preflight_facts(k8s::client& api, preflight_cache& cache, messages::backup_ptr backup,
                            std::chrono::milliseconds deadline,
                            std::function<void(preflight_facts)> done);

} // namespace actors
