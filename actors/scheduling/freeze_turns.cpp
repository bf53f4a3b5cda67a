#include "actors/scheduling/freeze_turns.hpp"

#include <algorithm>

namespace actors {

bool freeze_turns::enter(ticket which, std::vector<std::string> keys) {
  for (const auto& key : keys)
    queues_[key].push_back(which);
  auto& who = visitors_[which] = {std::move(keys), false};
  return who.has_turn = is_first_everywhere(which, who);
}

void freeze_turns::enter_first(ticket which, std::vector<std::string> keys) {
  for (const auto& key : keys)
    queues_[key].push_front(which);
  visitors_[which] = {std::move(keys), true};
}

std::vector<freeze_turns::ticket> freeze_turns::leave(ticket which) {
  const auto leaving = visitors_.extract(which);
  std::vector<ticket> next;
  if (!leaving)
    return next;
  for (const auto& key : leaving.mapped().keys) {
    const auto queue = queues_.find(key);
    std::erase(queue->second, which);
    if (queue->second.empty()) {
      queues_.erase(queue);
      continue;
    }
    const auto first = queue->second.front();
    auto& who = visitors_.at(first);
    if (!who.has_turn && is_first_everywhere(first, who)) {
      who.has_turn = true;
      next.push_back(first);
    }
  }
  return next;
}

std::vector<freeze_turns::ticket> freeze_turns::ahead_of(ticket which) const {
  std::vector<ticket> ahead;
  const auto found = visitors_.find(which);
  if (found == visitors_.end())
    return ahead;
  for (const auto& key : found->second.keys)
    for (const auto other : queues_.at(key)) {
      if (other == which)
        break;
      if (std::find(ahead.begin(), ahead.end(), other) == ahead.end())
        ahead.push_back(other);
    }
  return ahead;
}

bool freeze_turns::is_first_everywhere(ticket which, const visitor& who) const {
  return std::all_of(who.keys.begin(), who.keys.end(),
                     [&](const auto& key) { return queues_.at(key).front() == which; });
}

} // namespace actors
