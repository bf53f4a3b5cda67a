#include "actors/scheduling/fair_gate.hpp"

#include <utility>

namespace actors {

void fair_gate::enter(ticket which, const std::string& name_space) {
  auto& its = lines_[name_space];
  its.waiting.push_back(which);
  if (its.waiting.size() == 1)
    order_.push_back(name_space);
}

void fair_gate::line_up(const std::string& name_space, line& its) {
  if (!std::exchange(its.is_held_up, false))
    return;
  --held_up_;
  order_.push_back(name_space);
}

void fair_gate::move_on(const std::string& name_space) {
  const auto found = lines_.find(name_space);
  auto& its = found->second;
  --its.ahead;
  if (its.beyond > 0)
    --its.beyond;
  else
    line_up(name_space, its);
  if (its.ahead == 0 && its.waiting.empty())
    lines_.erase(found);
}

void fair_gate::relent() {
  for (auto& [name_space, its] : lines_)
    if (its.is_held_up) {
      ++its.beyond;
      line_up(name_space, its);
    }
}

std::vector<fair_gate::ticket> fair_gate::admit() {
  std::vector<ticket> admitted;
  while (inside_ < most_inside_ && !order_.empty()) {
    auto next = std::move(order_.front());
    order_.pop_front();
    auto& its = lines_.at(next);
    if (its.ahead >= most_ahead_ + its.beyond) {
      its.is_held_up = true;
      ++held_up_;
      continue;
    }
    admitted.push_back(its.waiting.front());
    its.waiting.pop_front();
    ++its.ahead;
    ++inside_;
    if (!its.waiting.empty())
      order_.push_back(std::move(next));
  }
  return admitted;
}

} // namespace actors
