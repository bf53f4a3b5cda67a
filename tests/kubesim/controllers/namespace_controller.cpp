#include "tests/kubesim/controllers/namespace_controller.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/kinds/time_text.hpp"
#include "tests/kubesim/controllers/claiming.hpp"
#include "tests/kubesim/controllers/ownership.hpp"
#include "tests/kubesim/controllers/status_fields.hpp"

#include <set>

namespace kubesim::control {
namespace {

using namespace std::chrono_literals;

constexpr const char* root_certificates = "kube-root-ca.crt";
constexpr const char* root_certificates_description
    = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal "
      "endpoints such as the internal service IP or kubernetes.default.svc. No other usage is "
      "guaranteed across distributions of Kubernetes clusters.";

std::string listed(const std::map<std::string, int>& counts, const std::string& separator,
                   const std::string& before_count) {
  std::string text;
  for (const auto& [name, count] : counts) {
    text += text.empty() ? "" : separator;
    text += name + before_count + std::to_string(count) + " resource instances";
  }
  return text;
}

void put(json& status, std::string_view type, bool holds, std::string_view reason,
         const std::string& message, time_point now) {
  put_condition(status, {{"type", type},
                         {"status", holds ? "True" : "False"},
                         {"reason", reason},
                         {"message", message},
                         {"lastTransitionTime", kinds::format_time(now)}});
}

} // namespace

namespace_controller::namespace_controller(world& everything, work_queue& queue,
                                           std::chrono::milliseconds duration,
                                           std::string root_certificate)
    : world_{everything}, duration_{duration}, root_certificate_{std::move(root_certificate)} {
  watch_owners(everything, everything.types.namespaces, queue);
  for (const auto* type : {&everything.types.service_accounts, &everything.types.config_maps})
    everything.watch(*type, [&queue](const change& what) {
      const auto ref = ref_of(*what.object);
      if (what.kind == change_kind::deleted
          && (ref.name == "default" || ref.name == root_certificates))
        queue.add({{}, ref.name_space});
    });
}

outcome namespace_controller::reconcile(const object_ref& ref, time_point now) {
  const auto name_space = world_.objects.find(world_.types.namespaces, ref);
  if (!name_space) {
    deletions_.erase(ref);
    return await_change();
  }
  if (is_being_deleted(*name_space))
    return empty(*name_space, now);
  return furnish(ref.name);
}

outcome namespace_controller::furnish(const std::string& name_space) {
  const auto make = [&](const resource_type& type, json object) -> outcome {
    const auto name = text_at(object, {"metadata", "name"});
    if (world_.objects.find(type, {name_space, name}))
      return await_change();
    const auto made = world_.create(type, name_space, std::move(object));
    if (made || made.refusal().code == 409)
      return await_change();
    return try_again(made.refusal());
  };
  auto account = make(world_.types.service_accounts, {{"metadata", {{"name", "default"}}}});
  auto certificates
      = make(world_.types.config_maps,
             {{"metadata",
               {{"name", root_certificates},
                {"annotations", {{"kubernetes.io/description", root_certificates_description}}}}},
              {"data", {{"ca.crt", root_certificate_}}}});
  return account.step == outcome::next::try_again ? account : certificates;
}

outcome namespace_controller::empty(const json& name_space, time_point now) {
  const auto ref = ref_of(name_space);
  const auto since = deletions_.try_emplace(ref, now).first->second;
  const auto left = remove_contents(ref.name);
  if (!left)
    return try_again(left.refusal());
  if (!left->by_resource.empty())
    return tell_of_remains(name_space, *left, now);
  if (now < since + duration_)
    return visit_after(std::chrono::ceil<std::chrono::milliseconds>(since + duration_ - now));
  return let_go(name_space);
}

answer<namespace_controller::remains>
namespace_controller::remove_contents(const std::string& name_space) {
  remains left;
  std::set<std::string> seen; // versions and shapes of one kind hold the same objects
  for (const auto* type : world_.objects.types())
    if (type->is_namespaced && seen.insert(type->plural + "/" + type->kind).second)
      if (auto why = remove_all(*type, name_space, left))
        return *why;
  return left;
}

std::optional<refusal> namespace_controller::remove_all(const resource_type& type,
                                                        const std::string& name_space,
                                                        remains& left) {
  for (const auto& there : world_.objects.all(type, name_space)) {
    const auto ref = ref_of(*there);
    if (!is_being_deleted(*there))
      if (auto why = world_.remove(type, *there, "Background"))
        return why;
    const auto held = world_.objects.find(type, ref);
    if (!held)
      continue;
    ++left.by_resource[type.plural + "." + type.group];
    for (const auto& finalizer : items_at(*held, {"metadata", "finalizers"}))
      ++left.by_finalizer[finalizer.get<std::string>()];
  }
  return std::nullopt;
}

outcome namespace_controller::tell_of_remains(const json& name_space, const remains& left,
                                              time_point now) {
  auto changed = name_space;
  auto& status = changed["status"];
  put(status, "NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered",
      "All resources successfully discovered", now);
  put(status, "NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions",
      "All legacy kube types successfully parsed", now);
  put(status, "NamespaceDeletionContentFailure", false, "ContentDeleted",
      "All content successfully deleted, may be waiting on finalization", now);
  put(status, "NamespaceContentRemaining", true, "SomeResourcesRemain",
      "Some resources are remaining: " + listed(left.by_resource, ", ", " has "), now);
  const bool has_finalizers = !left.by_finalizer.empty();
  put(status, "NamespaceFinalizersRemaining", has_finalizers,
      has_finalizers ? "SomeFinalizersRemain" : "ContentHasNoFinalizers",
      has_finalizers ? "Some content in the namespace has finalizers remaining: "
                           + listed(left.by_finalizer, ", ", " in ")
                     : "All content-preserving finalizers finished",
      now);
  if (const auto written = world_.write_status(world_.types.namespaces, changed); !written)
    return try_again(written.refusal());
  return visit_after(100ms); // what is left may go without the namespace changing
}

outcome namespace_controller::let_go(const json& name_space) {
  auto changed = name_space;
  changed["spec"]["finalizers"] = json::array();
  const auto gone = world_.objects.update(world_.types.namespaces, ref_of(name_space),
                                          std::move(changed), "finalize");
  if (!gone && gone.refusal().code != 404)
    return try_again(gone.refusal());
  deletions_.erase(ref_of(name_space));
  return await_change();
}

} // namespace kubesim::control
