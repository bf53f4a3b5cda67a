#pragma once

#include "tests/kubesim/controllers/owner_graph.hpp"
#include "tests/kubesim/controllers/reconciler.hpp"
#include "tests/kubesim/controllers/world.hpp"

#include <map>
#include <optional>

namespace kubesim::control {

/// Removes objects whose owners are all gone, and sees deletions with the policies Foreground and
/// Orphan through. Its queue holds uids, in the place of names.
class garbage_collector : public reconciler {
public:
  garbage_collector(world& everything, work_queue& queue);

  std::string_view name() const override { return "garbage-collector"; }
  outcome reconcile(const object_ref& uid, time_point now) override;

private:
  enum class owner_state { solid, waits_for_dependents, absent, unknown };

  void watch_type(const resource_type& type);
  void note(const resource_type& type, const change& what);
  void visit(const std::string& uid) { queue_.add({{}, uid}); }

  owner_state state_of(const json& reference, const object_ref& dependent) const;
  outcome judge(const owner_graph::node& node, const json& object);
  outcome collect(const owner_graph::node& node, const json& object, bool is_for_foreground);
  outcome finish_foreground(const owner_graph::node& node, const json& object);
  outcome finish_orphaning(const owner_graph::node& node, const json& object);
  std::optional<refusal> drop_owners(const owner_graph::node& node, const json& object,
                                     const std::vector<std::string>& uids);

  world& world_;
  work_queue& queue_;
  owner_graph graph_;
  std::map<const resource_type*, registry::subscription> subscriptions_;
};

} // namespace kubesim::control
