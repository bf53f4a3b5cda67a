#include "tests/kubesim/controllers/status_fields.hpp"

#include "tests/kubesim/api/fields.hpp"

namespace kubesim::control {

std::int64_t number_at(const json& object, std::initializer_list<std::string_view> path,
                       std::int64_t otherwise) {
  const json& value = field(object, path);
  return value.is_number() ? value.get<std::int64_t>() : otherwise;
}

json members_at(const json& object, std::initializer_list<std::string_view> path) {
  const json& value = field(object, path);
  return value.is_object() ? value : json::object();
}

void set_count(json& status, const char* name, std::int64_t count) {
  if (count == 0)
    status.erase(name);
  else
    status[name] = count;
}

const json& condition_of(const json& status, std::string_view type) {
  static const json none;
  for (const auto& one : items_at(status, {"conditions"}))
    if (text_at(one, {"type"}) == type)
      return one;
  return none;
}

bool is_true(const json& status, std::string_view type) {
  return text_at(condition_of(status, type), {"status"}) == "True";
}

void put_condition(json& status, json condition) {
  const auto type = text_at(condition, {"type"});
  const json& before = condition_of(status, type);
  if (field(before, {"status"}) == field(condition, {"status"})
      && before.contains("lastTransitionTime"))
    condition["lastTransitionTime"] = before["lastTransitionTime"];
  auto& all = status["conditions"];
  if (!all.is_array())
    all = json::array();
  for (auto& one : all)
    if (text_at(one, {"type"}) == type) {
      one = std::move(condition);
      return;
    }
  all.push_back(std::move(condition));
}

void drop_condition(json& status, std::string_view type) {
  auto all = status.find("conditions");
  if (all == status.end() || !all->is_array())
    return;
  for (auto one = all->begin(); one != all->end();)
    one = text_at(*one, {"type"}) == type ? all->erase(one) : one + 1;
  if (all->empty())
    status.erase(all);
}

} // namespace kubesim::control
