#include "actors/scheduling/fair_gate.hpp"

#include <algorithm>
#include <utility>

namespace actors {

void fair_gate::enter(ticket which, const std::string& name_space) {
  auto& its = lines_[name_space];
  its.waiting.push_back(which);
  if (its.waiting.size() == 1)
    order_.push_back(name_space);
}

bool fair_gate::may_go_ahead(const line& its) const {
  const auto most = ahead_ < most_.all_ahead ? most_.ahead : 1;
  return its.ahead < most + its.beyond;
}

void fair_gate::line_up(line& its) {
  order_.splice(order_.end(), held_up_, *std::exchange(its.held_up, std::nullopt));
}

void fair_gate::move_on(const std::string& name_space) {
  const auto found = lines_.find(name_space);
  auto& its = found->second;
  --ahead_;
  --its.ahead;
  if (its.beyond > 0)
    --its.beyond;
  if (its.held_up && may_go_ahead(its))
    return line_up(its);
  if (its.ahead == 0 && its.waiting.empty())
    lines_.erase(found);
  if (ahead_ >= most_.all_ahead)
    return;
  const auto next = std::ranges::find_if(
      held_up_, [this](const std::string& name) { return may_go_ahead(lines_.at(name)); });
  if (next != held_up_.end())
    line_up(lines_.at(*next));
}

void fair_gate::relent(std::size_t most) {
  for (; is_held_up() && most > 0; --most) {
    auto& its = lines_.at(held_up_.front());
    ++its.beyond;
    line_up(its);
  }
}

std::vector<fair_gate::ticket> fair_gate::admit() {
  std::vector<ticket> admitted;
  while (inside_ < most_.inside && !order_.empty()) {
    const auto next = order_.begin();
    auto& its = lines_.at(*next);
    if (!may_go_ahead(its)) {
      held_up_.splice(held_up_.end(), order_, next);
      its.held_up = next;
      continue;
    }
    admitted.push_back(its.waiting.front());
    its.waiting.pop_front();
    ++its.ahead;
    ++ahead_;
    ++inside_;
    if (its.waiting.empty())
      order_.erase(next);
    else
      order_.splice(order_.end(), order_, next);
  }
  return admitted;
}

} // namespace actors
