#pragma once

#include "tests/kubesim/api/kind_rules.hpp"
#include "tests/kubesim/api/registry.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kubesim {

enum class patch_format { merge, json_patch, strategic, apply };

/// The registry with what only the HTTP side and the CRD lifecycle need.
class api_registry : public registry {
public:
  virtual const kind_rules& rules(const resource_type& type) const = 0;

  /// Serves a kind from now on, or replaces its rules; the `resource_type` keeps its address.
  virtual const resource_type& serve(kind_rules rules) = 0;
  /// Stops serving it; its objects are forgotten and its pointers become invalid.
  virtual void stop_serving(const resource_type& type) = 0;

  virtual answer<json> patch(const resource_type& type, const object_ref& ref, const json& patch,
                             patch_format format, std::string_view subresource,
                             const write_options& options)
      = 0;

  /// The objects of a namespace (empty: all) as they were at a resource version; nothing if that is
  /// older than the history.
  virtual std::optional<std::vector<std::shared_ptr<const json>>>
  all_at(const resource_type& type, const std::string& name_space,
         std::uint64_t resource_version) const = 0;

  /// The changes after a resource version, in order; nothing if that is older than the history.
  virtual std::optional<std::vector<change>>
  changes_after(const resource_type& type, std::uint64_t resource_version) const = 0;
  /// The oldest resource version from which `changes_after` knows everything.
  virtual std::uint64_t oldest_known(const resource_type& type) const = 0;
  /// All changes up to here have reached the subscribers; what is newer still waits for the loop.
  virtual std::uint64_t delivered_version() const = 0;
  /// Forgets the history up to now, as a compaction does: watches from before get 410.
  virtual void forget_history() = 0;
};

} // namespace kubesim
