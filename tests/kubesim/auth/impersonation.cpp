#include "tests/kubesim/auth/impersonation.hpp"

#include <algorithm>
#include <string_view>

namespace kubesim {

namespace {

constexpr std::string_view account_prefix = "system:serviceaccount:";

attributes wish_for(const char* resource, std::string name) {
  return {.verb = "impersonate", .resource = resource, .name = std::move(name)};
}

attributes wish_for_user(const std::string& name) {
  if (!name.starts_with(account_prefix))
    return wish_for("users", name);
  const auto rest = name.substr(account_prefix.size());
  const auto colon = rest.find(':');
  auto wish = wish_for("serviceaccounts", rest.substr(colon + 1));
  wish.name_space = rest.substr(0, colon);
  return wish;
}

std::vector<attributes> wishes_for(const impersonation& wanted) {
  std::vector<attributes> wishes{wish_for_user(wanted.user)};
  for (const auto& group : wanted.groups)
    wishes.push_back(wish_for("groups", group));
  if (wanted.uid.empty())
    return wishes;
  wishes.push_back(wish_for("uids", wanted.uid));
  wishes.back().group = "authentication.k8s.io";
  return wishes;
}

/// Named groups replace those of a service account; everybody but the anonymous is authenticated.
std::vector<std::string> groups_of(const impersonation& wanted) {
  auto groups = wanted.groups;
  if (groups.empty() && wanted.user.starts_with(account_prefix)) {
    const auto rest = wanted.user.substr(account_prefix.size());
    groups = {"system:serviceaccounts", "system:serviceaccounts:" + rest.substr(0, rest.find(':'))};
  }
  const auto* common
      = wanted.user == "system:anonymous" ? "system:unauthenticated" : "system:authenticated";
  if (std::ranges::find(groups, common) == groups.end())
    groups.emplace_back(common);
  return groups;
}

} // namespace

answer<user> impersonate(const user& asking, const impersonation& wish, const authorizer& rights) {
  for (const auto& each : wishes_for(wish))
    if (!rights.allows(asking, each).allowed)
      return forbidden(asking, each);
  return user{.name = wish.user, .groups = groups_of(wish), .uid = wish.uid};
}

} // namespace kubesim
