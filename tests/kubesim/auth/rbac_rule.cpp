#include "tests/kubesim/auth/rbac_rule.hpp"

#include "tests/kubesim/api/kinds/fields.hpp"

namespace kubesim::rbac {

namespace {

using kinds::list_at;
using kinds::text_at;

bool lists(const json& texts, std::string_view wanted) {
  return std::ranges::any_of(texts,
                             [&](const json& each) { return each == "*" || each == wanted; });
}

bool permits_path(const json& rule, const std::string& path) {
  return std::ranges::any_of(list_at(rule, "nonResourceURLs"), [&](const json& each) {
    const auto pattern = each.get<std::string>();
    if (pattern.ends_with('*'))
      return path.starts_with(pattern.substr(0, pattern.size() - 1));
    return pattern == path;
  });
}

bool permits_resource(const json& rule, const attributes& wish) {
  const auto wanted
      = wish.subresource.empty() ? wish.resource : wish.resource + "/" + wish.subresource;
  return std::ranges::any_of(list_at(rule, "resources"), [&](const json& each) {
    return each == "*" || each == wanted
           || (!wish.subresource.empty() && each == "*/" + wish.subresource);
  });
}

bool permits_name(const json& rule, const std::string& name) {
  const auto& names = list_at(rule, "resourceNames");
  return names.empty()
         || std::ranges::any_of(names, [&](const json& each) { return each == name; });
}

std::string quoted_name(const json& subject) {
  return "\"" + text_at(subject, "name") + "\"";
}

} // namespace

bool permits(const json& rule, const attributes& wish) {
  if (!lists(list_at(rule, "verbs"), wish.verb))
    return false;
  if (!wish.path.empty())
    return permits_path(rule, wish.path);
  return lists(list_at(rule, "apiGroups"), wish.group) && permits_resource(rule, wish)
         && permits_name(rule, wish.name);
}

std::optional<std::string> match(const json& subject, const user& who) {
  const auto kind = text_at(subject, "kind");
  const auto name = text_at(subject, "name");
  if (kind == "User" && name == who.name)
    return "User " + quoted_name(subject);
  if (kind == "Group" && std::ranges::find(who.groups, name) != who.groups.end())
    return "Group " + quoted_name(subject);
  const auto name_space = text_at(subject, "namespace");
  if (kind == "ServiceAccount" && "system:serviceaccount:" + name_space + ":" + name == who.name)
    return "ServiceAccount \"" + name + "/" + name_space + "\"";
  return std::nullopt;
}

} // namespace kubesim::rbac
