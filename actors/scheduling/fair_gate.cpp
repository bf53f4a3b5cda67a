#include "actors/scheduling/fair_gate.hpp"

#include <utility>

namespace actors {

void fair_gate::enter(ticket which, const std::string& name_space) {
  auto& queue = waiting_[name_space];
  if (queue.empty())
    order_.push_back(name_space);
  queue.push_back(which);
}

std::vector<fair_gate::ticket> fair_gate::admit() {
  std::vector<ticket> admitted;
  for (; inside_ < most_inside_ && !order_.empty(); ++inside_) {
    auto next = std::move(order_.front());
    order_.pop_front();
    const auto queue = waiting_.find(next);
    admitted.push_back(queue->second.front());
    queue->second.pop_front();
    if (queue->second.empty())
      waiting_.erase(queue);
    else
      order_.push_back(std::move(next));
  }
  return admitted;
}

} // namespace actors
