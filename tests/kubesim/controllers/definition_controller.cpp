#include "tests/kubesim/controllers/definition_controller.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/kinds/time_text.hpp"
#include "tests/kubesim/controllers/claiming.hpp"
#include "tests/kubesim/controllers/finalizers.hpp"
#include "tests/kubesim/controllers/ownership.hpp"
#include "tests/kubesim/controllers/status_fields.hpp"

#include <algorithm>

namespace kubesim::control {
namespace {

constexpr std::string_view cleanup = "customresourcecleanup.apiextensions.k8s.io";

std::set<std::string> names_of(const json& names) {
  std::set<std::string> all;
  for (const char* one : {"plural", "singular", "kind", "listKind"})
    if (auto name = text_at(names, {one}); !name.empty())
      all.insert(std::move(name));
  for (const auto& short_name : items_at(names, {"shortNames"}))
    all.insert(short_name.get<std::string>());
  return all;
}

} // namespace

definition_controller::definition_controller(world& everything, work_queue& queue,
                                             api_registry& objects,
                                             std::chrono::milliseconds establishing_delay)
    : world_{everything}, objects_{objects}, establishing_delay_{establishing_delay} {
  watch_owners(everything, everything.types.definitions, queue);
}

outcome definition_controller::reconcile(const object_ref& ref, time_point now) {
  const auto definition = world_.objects.find(world_.types.definitions, ref);
  if (definition && is_being_deleted(*definition))
    return clean_up(*definition);
  if (definition)
    return establish(*definition, now);
  establishing_.erase(ref);
  if (const auto left = served_.extract(ref))
    stop_serving(left.mapped().group, left.mapped().versions);
  return await_change();
}

outcome definition_controller::establish(const json& definition, time_point now) {
  const json& status = field(definition, {"status"});
  if (is_true(status, "Established")) {
    serve(definition);
    return await_change();
  }
  if (is_true(status, "NamesAccepted")) {
    const auto when
        = establishing_.try_emplace(ref_of(definition), now + establishing_delay_).first->second;
    if (now < when)
      return visit_after(std::chrono::ceil<std::chrono::milliseconds>(when - now));
    // Whoever sees the condition finds the kind served.
    serve(definition);
  }
  return write_next_status(definition, now);
}

outcome definition_controller::write_next_status(const json& definition, time_point now) {
  const auto next = crd_conditions(definition, is_taken(definition), kinds::format_time(now));
  if (!next)
    return await_change();
  auto changed = definition;
  changed["status"] = *next;
  if (const auto written = world_.write_status(world_.types.definitions, changed); !written)
    return try_again(written.refusal());
  return await_change();
}

bool definition_controller::is_taken(const json& definition) const {
  const auto wanted = names_of(field(definition, {"spec", "names"}));
  const auto others = world_.objects.all(world_.types.definitions);
  return std::any_of(others.begin(), others.end(), [&](const stored& other) {
    if (uid_of(*other) == uid_of(definition)
        || field(*other, {"spec", "group"}) != field(definition, {"spec", "group"}))
      return false;
    const auto accepted = names_of(field(*other, {"status", "acceptedNames"}));
    return std::any_of(wanted.begin(), wanted.end(),
                       [&](const std::string& name) { return accepted.contains(name); });
  });
}

void definition_controller::serve(const json& definition) {
  auto& present = served_[ref_of(definition)];
  const auto generation = number_at(definition, {"metadata", "generation"});
  if (present.generation == generation)
    return;
  auto former = std::exchange(present.versions, {});
  present.generation = generation;
  present.group = text_at(definition, {"spec", "group"});
  for (auto& rules : custom_kinds(definition)) {
    const auto& type = objects_.serve(std::move(rules));
    present.versions.emplace(type.version, type.plural);
    former.erase({type.version, type.plural});
    world_.type_comes(type);
  }
  stop_serving(present.group, former);
}

void definition_controller::stop_serving(const std::string& group,
                                         const std::set<version_name>& versions) {
  for (const auto& [version, plural] : versions)
    if (const auto* type = objects_.find_type(group, version, plural)) {
      world_.type_leaves(*type);
      objects_.stop_serving(*type);
    }
}

/// The objects go first; what holds one of them holds the definition.
outcome definition_controller::clean_up(const json& definition) {
  if (!has_finalizer(definition, cleanup))
    return await_change();
  const auto there = served_.find(ref_of(definition));
  bool is_empty = true;
  if (there != served_.end())
    for (const auto& [version, plural] : there->second.versions) {
      const auto* type = objects_.find_type(there->second.group, version, plural);
      for (const auto& one : type ? objects_.all(*type) : std::vector<stored>{}) {
        if (!is_being_deleted(*one))
          if (auto why = world_.remove(*type, *one))
            return try_again(*why);
        is_empty &= !objects_.find(*type, ref_of(*one));
      }
    }
  if (!is_empty)
    return visit_after(std::chrono::milliseconds{50});
  return drop_finalizer(world_, world_.types.definitions, definition, cleanup);
}

} // namespace kubesim::control
