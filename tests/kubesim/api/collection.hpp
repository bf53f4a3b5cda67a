#pragma once

#include "tests/kubesim/api/registry.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kubesim {

/// The objects of one stored kind and what lately happened to them. The history is bounded: what is
/// older than `oldest_known()` cannot be watched or listed any more.
class collection {
public:
  using object = std::shared_ptr<const json>;

  /// `born`: the resource version at which the kind came into being; nothing before it is known.
  collection(std::uint64_t born, std::size_t history_length)
      : oldest_{born}, history_length_{history_length} {}

  object find(const object_ref& ref) const;
  /// In order of namespace and name; an empty namespace means all.
  std::vector<object> all(const std::string& name_space) const;
  /// The same as it was at a resource version; nothing if that is before `oldest_known()`.
  std::optional<std::vector<object>> all_at(const std::string& name_space,
                                            std::uint64_t resource_version) const;
  bool empty() const { return objects_.empty(); }

  /// Applies a change and remembers it. Resource versions only grow.
  void commit(const object_ref& ref, change what);

  std::optional<std::vector<change>> changes_after(std::uint64_t resource_version) const;
  std::uint64_t oldest_known() const { return oldest_; }
  /// Forgets what happened up to and including a resource version.
  void forget_until(std::uint64_t resource_version);

private:
  using objects = std::map<object_ref, object>;
  static std::vector<object> slice(const objects& from, const std::string& name_space);

  objects objects_;
  std::deque<change> history_;
  std::uint64_t oldest_;
  std::size_t history_length_;
};

/// Namespace and name, as metadata has them.
object_ref ref_of(const json& object);

} // namespace kubesim
