#include "actors/scheduling/fair_gate.hpp"

#include <utility>

namespace actors {

void fair_gate::enter(ticket which, const std::string& name_space) {
  auto& its = lines_[name_space];
  its.waiting.push_back(which);
  if (its.waiting.size() == 1)
    order_.push_back(name_space);
}

void fair_gate::line_up(line& its) {
  order_.splice(order_.end(), held_up_, *std::exchange(its.held_up, std::nullopt));
}

void fair_gate::move_on(const std::string& name_space) {
  if (auto& its = lines_.at(name_space); its.beyond > 0)
    --its.beyond;
  take_back(name_space);
}

void fair_gate::take_back(const std::string& name_space) {
  const auto found = lines_.find(name_space);
  auto& its = found->second;
  --its.ahead;
  if (its.held_up && may_go_ahead(its))
    line_up(its);
  else if (its.ahead == 0 && its.waiting.empty())
    lines_.erase(found);
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
  for (; inside_ < most_.inside && !first_.empty(); ++inside_, first_.pop_front())
    admitted.push_back(first_.front());
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
    ++inside_;
    if (its.waiting.empty())
      order_.erase(next);
    else
      order_.splice(order_.end(), order_, next);
  }
  return admitted;
}

} // namespace actors
