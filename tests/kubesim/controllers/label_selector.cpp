#include "tests/kubesim/controllers/label_selector.hpp"

#include "tests/kubesim/api/fields.hpp"

#include <algorithm>

namespace kubesim::control {
namespace {

bool holds(const json& requirement, const json& labels) {
  const auto key = text_at(requirement, {"key"});
  const auto relation = text_at(requirement, {"operator"});
  const json& value = field(labels, {key});
  if (relation == "Exists")
    return !value.is_null();
  if (relation == "DoesNotExist")
    return value.is_null();
  const json& wanted = items_at(requirement, {"values"});
  const bool is_listed = std::find(wanted.begin(), wanted.end(), value) != wanted.end();
  return relation == "In" ? is_listed : !is_listed;
}

} // namespace

bool chooses(const json& selector, const json& labels) {
  if (!selector.is_object())
    return false;
  const json& pairs = items_at(selector, {"matchLabels"});
  for (const auto& [key, value] : pairs.items())
    if (field(labels, {key}) != value)
      return false;
  const json& requirements = items_at(selector, {"matchExpressions"});
  return std::all_of(requirements.begin(), requirements.end(),
                     [&](const json& one) { return holds(one, labels); });
}

} // namespace kubesim::control
