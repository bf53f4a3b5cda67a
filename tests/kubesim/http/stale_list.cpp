#include "tests/kubesim/http/api_service.hpp"

#include <algorithm>

namespace kubesim::http {

outgoing api_service::as_before(const arrival& what, outgoing list, std::size_t changes) const {
  const auto* type = find_type(what.where);
  auto body = json::parse(list.body, nullptr, false);
  if (!type || what.verb != "list" || list.code != 200 || !body.is_object())
    return list;
  const auto& objects = cluster_.objects;
  const auto known = objects.changes_after(*type, objects.oldest_known(*type));
  if (!known || known->empty())
    return list;
  const auto first_unknown = known->size() - std::min(changes, known->size());
  const auto version = known->at(first_unknown).resource_version - 1;
  const auto then = objects.all_at(*type, what.where.name_space, version);
  if (!then)
    return list;
  body["items"] = json::array();
  for (const auto& object : *then)
    body["items"].push_back(*object);
  body["metadata"]["resourceVersion"] = std::to_string(version);
  list.body = body.dump() + "\n";
  return list;
}

} // namespace kubesim::http
