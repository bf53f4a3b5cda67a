#include "tests/kubesim/controllers/controller_revisions.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/claiming.hpp"
#include "tests/kubesim/controllers/ownership.hpp"
#include "tests/kubesim/controllers/pod_template_hash.hpp"
#include "tests/kubesim/controllers/status_fields.hpp"

#include <algorithm>

namespace kubesim::control {
namespace {

constexpr const char* hash_label = "controller.kubernetes.io/hash";

json snapshot_of(const json& owner) {
  json pod_template = field(owner, {"spec", "template"});
  pod_template["$patch"] = "replace";
  return {{"spec", {{"template", std::move(pod_template)}}}};
}

json new_revision(const json& owner, const resource_type& owner_type, std::int64_t number) {
  auto snapshot = snapshot_of(owner);
  const auto hash = safe_hash_of(snapshot.dump());
  auto labels = members_at(owner, {"spec", "template", "metadata", "labels"});
  labels[hash_label] = hash;
  return {{"apiVersion", "apps/v1"},
          {"kind", "ControllerRevision"},
          {"metadata",
           {{"name", text_at(owner, {"metadata", "name"}) + "-" + hash},
            {"labels", std::move(labels)},
            {"ownerReferences", json::array({controller_reference_to(owner_type, owner)})}}},
          {"data", std::move(snapshot)},
          {"revision", number}};
}

} // namespace

std::string revision_hash(const json& revision) {
  return text_at(revision, {"metadata", "labels", hash_label});
}

json template_of(const json& revision) {
  auto pod_template = members_at(revision, {"data", "spec", "template"});
  pod_template.erase("$patch");
  return pod_template;
}

std::vector<stored> controller_revisions::all_of(const json& owner) const {
  auto all = world_.children(world_.types.controller_revisions, owner);
  std::stable_sort(all.begin(), all.end(), [](const stored& a, const stored& b) {
    return number_at(*a, {"revision"}) < number_at(*b, {"revision"});
  });
  return all;
}

answer<json> controller_revisions::present(const json& owner) {
  const auto all = all_of(owner);
  const auto next = all.empty() ? 1 : number_at(*all.back(), {"revision"}) + 1;
  const auto snapshot = snapshot_of(owner);
  for (const auto& one : all) {
    if (field(*one, {"data"}) != snapshot)
      continue;
    if (one == all.back())
      return *one;
    // An old template is back: its revision becomes the newest.
    return world_.merge(world_.types.controller_revisions, ref_of(*one), {{"revision", next}});
  }
  return world_.create(world_.types.controller_revisions, ref_of(owner).name_space,
                       new_revision(owner, owner_type_, next));
}

stored controller_revisions::find(const json& owner, const std::string& name) const {
  auto found
      = world_.objects.find(world_.types.controller_revisions, {ref_of(owner).name_space, name});
  return found && is_controlled_by(*found, owner) ? found : nullptr;
}

std::optional<refusal> controller_revisions::prune(const json& owner,
                                                   const std::vector<std::string>& kept) {
  auto past = all_of(owner);
  std::erase_if(past, [&](const stored& one) {
    return std::find(kept.begin(), kept.end(), text_at(*one, {"metadata", "name"})) != kept.end();
  });
  const auto limit = number_at(owner, {"spec", "revisionHistoryLimit"}, 10);
  for (auto surplus = static_cast<std::int64_t>(past.size()) - limit; surplus > 0; --surplus) {
    const auto& oldest = *past[past.size() - static_cast<std::size_t>(limit + surplus)];
    if (auto why = world_.remove(world_.types.controller_revisions, oldest))
      return why;
  }
  return std::nullopt;
}

} // namespace kubesim::control
