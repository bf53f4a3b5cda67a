#include "tests/kubesim/api/kinds/quota.hpp"

#include "tests/kubesim/api/kinds/fields.hpp"

#include <algorithm>
#include <array>

namespace kubesim::kinds {

namespace {

constexpr std::string_view count_prefix = "count/";
constexpr std::string_view class_infix = ".storageclass.storage.k8s.io/";
constexpr const char* claims = "persistentvolumeclaims";
constexpr const char* claimed_storage = "requests.storage";

/// Core kinds that quotas count by their plain name too.
constexpr std::array<std::string_view, 6> short_names{
    "configmaps", "pods", "replicationcontrollers", "resourcequotas", "secrets", "services"};

const quantity one{.thousandths = 1000};

void add(amounts& sum, const std::string& name, const quantity& more) {
  auto& place = sum[name];
  if (place.thousandths == 0)
    place.written = more.written;
  place.thousandths += more.thousandths;
}

void add_claim(amounts& sum, const json& claim) {
  const auto storage
      = parse_quantity(text_at(claim, "spec.resources.requests.storage")).value_or(quantity{});
  add(sum, claims, one);
  add(sum, claimed_storage, storage);
  if (const auto name = text_at(claim, "spec.storageClassName"); !name.empty()) {
    const auto prefix = name + std::string{class_infix};
    add(sum, prefix + claims, one);
    add(sum, prefix + claimed_storage, storage);
  }
}

bool is_finished_pod(const resource_type& type, const json& object) {
  const auto phase = text_at(object, "status.phase");
  return type.group.empty() && type.plural == "pods" && (phase == "Succeeded" || phase == "Failed");
}

/// Quotas with scopes are about pods of some kind, whose needs nobody counts here.
bool has_scopes(const json& quota) {
  return find_at(quota, "spec.scopes") || find_at(quota, "spec.scopeSelector");
}

/// What a write adds to each amount; nothing of what stays or shrinks.
amounts growth(const resource_type& type, const json& object, const json* before) {
  auto more = usage_of(type, object);
  if (before)
    for (const auto& [name, amount] : usage_of(type, *before))
      more[name].thousandths -= amount.thousandths;
  std::erase_if(more, [](const auto& each) { return each.second.thousandths <= 0; });
  return more;
}

/// `count/secrets=1,persistentvolumeclaims=2`
std::string listed(const amounts& all) {
  std::string text;
  for (const auto& [name, amount] : all)
    text += (text.empty() ? "" : ",") + name + "=" + text_of(amount);
  return text;
}

/// Empty: the quota has room for it.
std::string objection_of(const json& quota, const amounts& wanted, const registry& objects) {
  const auto& hard = object_at(quota, "spec.hard");
  const bool is_touched
      = std::ranges::any_of(wanted, [&](const auto& each) { return hard.contains(each.first); });
  if (!is_touched || has_scopes(quota))
    return {};
  amounts requested, used, limited;
  for (const auto& [name, present] : used_of(quota, objects)) {
    const auto more = wanted.find(name);
    const auto limit = parse_quantity(hard.at(name).get<std::string>());
    if (more == wanted.end() || !limit
        || present.thousandths + more->second.thousandths <= limit->thousandths)
      continue;
    requested[name] = more->second;
    used[name] = present;
    limited[name] = *limit;
  }
  if (requested.empty())
    return {};
  return "exceeded quota: " + text_at(quota, "metadata.name") + ", requested: " + listed(requested)
         + ", used: " + listed(used) + ", limited: " + listed(limited);
}

} // namespace

amounts usage_of(const resource_type& type, const json& object) {
  amounts sum;
  add(sum, std::string{count_prefix} + type.qualified_name(), one);
  if (!type.group.empty())
    return sum;
  if (type.plural == claims)
    add_claim(sum, object);
  else if (std::ranges::find(short_names, type.plural) != short_names.end()
           && !is_finished_pod(type, object))
    add(sum, type.plural, one);
  return sum;
}

const resource_type* counted_type(const std::string& name, const registry& objects) {
  if (name == claims || name == claimed_storage || name.find(class_infix) != std::string::npos)
    return objects.find_type("", "v1", claims);
  const bool is_count = name.starts_with(count_prefix);
  if (!is_count && std::ranges::find(short_names, name) == short_names.end())
    return nullptr;
  const auto resource = is_count ? name.substr(count_prefix.size()) : name;
  for (const auto* type : objects.types())
    if (type->qualified_name() == resource)
      return type;
  return nullptr;
}

amounts used_of(const json& quota, const registry& objects) {
  amounts used;
  std::map<const resource_type*, amounts> by_type;
  for (const auto& [name, limit] : object_at(quota, "spec.hard").items()) {
    const auto* type = counted_type(name, objects);
    if (!type)
      continue;
    auto [place, is_new] = by_type.try_emplace(type);
    if (is_new)
      for (const auto& each : objects.all(*type, text_at(quota, "metadata.namespace")))
        for (const auto& [what, amount] : usage_of(*type, *each))
          add(place->second, what, amount);
    used[name] = place->second[name];
  }
  return used;
}

json texts_of(const amounts& all) {
  json texts = json::object();
  for (const auto& [name, amount] : all)
    texts[name] = text_of(amount);
  return texts;
}

void heed_quotas(kind_rules& rules) {
  if (!rules.type.is_namespaced || rules.shape_of_group)
    return;
  rules.lack_of_room = [type = rules.type](const json& object, const json* before,
                                           const registry& objects) -> std::string {
    const auto* quotas = objects.find_type("", "v1", "resourcequotas");
    const auto present = quotas ? objects.all(*quotas, text_at(object, "metadata.namespace"))
                                : std::vector<std::shared_ptr<const json>>{};
    if (present.empty())
      return {};
    const auto wanted = growth(type, object, before);
    for (const auto& quota : present)
      if (auto why = objection_of(*quota, wanted, objects); !why.empty())
        return why;
    return {};
  };
}

} // namespace kubesim::kinds
