#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/selector.hpp"
#include "tests/kubesim/api/status_error.hpp"
#include "tests/kubesim/http/api_service.hpp"
#include "tests/kubesim/http/body.hpp"
#include "tests/kubesim/http/write_request.hpp"

namespace kubesim::http {

namespace {

std::int64_t number_at(const json& object, std::initializer_list<std::string_view> path) {
  const json& value = field(object, path);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

bool covers(const json& budget, const json& pod) {
  const json& labels = items_at(budget, {"spec", "selector", "matchLabels"});
  for (const auto& [key, value] : labels.items())
    if (field(pod, {"metadata", "labels", key}) != value)
      return false;
  return !labels.empty();
}

refusal would_disrupt(const json& budget) {
  auto why = "The disruption budget " + text_at(budget, {"metadata", "name"}) + " needs "
             + std::to_string(number_at(budget, {"status", "desiredHealthy"}))
             + " healthy pods and has "
             + std::to_string(number_at(budget, {"status", "currentHealthy"})) + " currently";
  return status_error::of(
      429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.",
      {{"causes", json::array({{{"reason", "DisruptionBudget"}, {"message", why}}})}});
}

} // namespace

outgoing api_service::evict(const arrival& what, const resource_type& pods) {
  const object_ref ref{what.where.name_space, what.where.name};
  auto pod = cluster_.objects.find(pods, ref);
  if (!pod)
    return refused(status_error::not_found(pods, ref.name));
  if (const auto* budgets = cluster_.objects.find_type("policy", "v1", "poddisruptionbudgets"))
    for (const auto& budget : cluster_.objects.all(*budgets, ref.name_space))
      if (covers(*budget, *pod) && number_at(*budget, {"status", "disruptionsAllowed"}) < 1)
        return refused(would_disrupt(*budget));
  auto parsed = parse_json(what.request.body);
  if (auto* why = std::get_if<std::string>(&parsed))
    return refused(status_error::bad_request("json parse error: " + *why));
  const json& wish = field(std::get<parsed_body>(parsed).value, {"deleteOptions"});
  auto options = parse_removal_options(what.request.parameters,
                                       wish.is_null() ? std::string{} : wish.dump(), {});
  if (!options)
    return refused(options.refusal());
  auto removed = cluster_.objects.remove(pods, ref, *options);
  if (!removed)
    return refused(removed.refusal());
  return json_answer({{"kind", "Status"},
                      {"apiVersion", "v1"},
                      {"metadata", json::object()},
                      {"status", "Success"},
                      {"code", 201}},
                     201);
}

} // namespace kubesim::http
