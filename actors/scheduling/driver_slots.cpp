#include "actors/scheduling/driver_slots.hpp"

#include <algorithm>

namespace actors {

void driver_slots::enter(ticket which, const std::string& name_space, driver_demand demand,
                         bool freezes) {
  auto& who = visitors_[which] = {std::move(demand), name_space, freezes, 0, false, 0};
  for (const auto& [driver, snapshots] : who.demand) {
    const auto& line = lines_[driver];
    const auto last = line.last_tags.find(name_space);
    const auto begin = std::max(line.served_tag, last == line.last_tags.end() ? 0 : last->second);
    who.tag = std::max(who.tag, begin + 1);
  }
  for (const auto& [driver, snapshots] : who.demand) {
    auto& line = lines_[driver];
    line.waiting.emplace(who.tag, which);
    line.last_tags[name_space] = who.tag;
  }
}

void driver_slots::enter_holding(ticket which, driver_demand demand, bool freezes) {
  for (const auto& [driver, snapshots] : demand) {
    lines_[driver].in_use += snapshots;
    lines_[driver].applications += freezes ? 1 : 0;
  }
  visitors_[which] = {std::move(demand), {}, freezes, 0, true, 0};
}

void driver_slots::leave(ticket which) {
  const auto leaving = visitors_.extract(which);
  if (!leaving)
    return;
  const auto& who = leaving.mapped();
  if (!who.holds)
    return forget_place(which, who);
  for (const auto& [driver, snapshots] : who.demand) {
    lines_.at(driver).in_use -= snapshots;
    lines_.at(driver).applications -= who.freezes ? 1 : 0;
  }
}

void driver_slots::note_overhead(ticket which, std::chrono::nanoseconds overhead) {
  const auto found = visitors_.find(which);
  if (found != visitors_.end() && found->second.holds)
    for (const auto& [driver, snapshots] : found->second.demand)
      lines_.at(driver).most_applications.note(overhead, found->second.beside);
}

void driver_slots::forget_place(ticket which, const visitor& who) {
  for (const auto& [driver, snapshots] : who.demand) {
    auto& line = lines_.at(driver);
    line.waiting.erase({who.tag, which});
    if (line.waiting.empty())
      line.last_tags.clear();
    else if (const auto last = line.last_tags.find(who.name_space);
             last != line.last_tags.end() && last->second <= line.served_tag)
      line.last_tags.erase(last);
  }
}

std::vector<driver_slots::ticket> driver_slots::admit(time_point now) {
  std::vector<ticket> admitted;
  while (const auto chosen = next(now)) {
    take(*chosen, now);
    admitted.push_back(*chosen);
  }
  return admitted;
}

std::optional<driver_slots::ticket> driver_slots::next(time_point now) const {
  const driver_line* longest_ago = nullptr;
  std::optional<ticket> chosen;
  for (const auto& [driver, line] : lines_) {
    if (line.waiting.empty() || (longest_ago && longest_ago->served_at <= line.served_at))
      continue;
    const auto first = line.waiting.begin()->second;
    const auto& who = visitors_.at(first);
    if (!is_first_everywhere(first, who) || !fits(who, now))
      continue;
    longest_ago = &line;
    chosen = first;
  }
  return chosen;
}

bool driver_slots::is_first_everywhere(ticket which, const visitor& who) const {
  return std::all_of(who.demand.begin(), who.demand.end(), [&](const auto& wanted) {
    return lines_.at(wanted.first).waiting.begin()->second == which;
  });
}

bool driver_slots::fits(const visitor& who, time_point now) const {
  return std::all_of(who.demand.begin(), who.demand.end(), [&](const auto& wanted) {
    const auto& [driver, snapshots] = wanted;
    const auto& line = lines_.at(driver);
    const auto limits = limits_.find(driver);
    if (who.freezes && line.applications >= line.most_applications.limit())
      return false;
    if (limits == limits_.end())
      return true;
    const auto most = limits->second.most_at_once;
    const bool has_room = !most || line.in_use == 0 || line.in_use + snapshots <= *most;
    return has_room && (!limits->second.per_second || line.open_from <= now);
  });
}

void driver_slots::take(ticket which, time_point now) {
  auto& who = visitors_.at(which);
  ++admissions_;
  for (const auto& [driver, snapshots] : who.demand)
    lines_.at(driver).served_tag = std::max(lines_.at(driver).served_tag, who.tag);
  forget_place(which, who);
  who.holds = true;
  for (const auto& [driver, snapshots] : who.demand) {
    auto& line = lines_.at(driver);
    line.in_use += snapshots;
    line.applications += who.freezes ? 1 : 0;
    who.beside = std::max(who.beside, line.applications);
    line.served_at = admissions_;
    const auto limits = limits_.find(driver);
    if (limits == limits_.end() || !limits->second.per_second)
      continue;
    const std::chrono::duration<double> until_next{static_cast<double>(snapshots)
                                                   / *limits->second.per_second};
    line.open_from = now + std::chrono::ceil<std::chrono::steady_clock::duration>(until_next);
  }
}

std::optional<driver_slots::time_point> driver_slots::next_admission(time_point now) const {
  std::optional<time_point> soonest;
  for (const auto& [driver, line] : lines_)
    if (!line.waiting.empty() && line.open_from > now)
      soonest = soonest ? std::min(*soonest, line.open_from) : line.open_from;
  return soonest;
}

bool driver_slots::is_waiting(ticket which) const {
  const auto found = visitors_.find(which);
  return found != visitors_.end() && !found->second.holds;
}

std::string driver_slots::driver_waited_for(ticket which) const {
  const auto found = visitors_.find(which);
  if (found == visitors_.end() || found->second.holds)
    return {};
  const auto& demand = found->second.demand;
  const auto longest
      = std::max_element(demand.begin(), demand.end(), [this](const auto& one, const auto& other) {
          return lines_.at(one.first).waiting.size() < lines_.at(other.first).waiting.size();
        });
  return longest == demand.end() ? std::string{} : longest->first;
}

std::map<std::string, std::size_t> driver_slots::depths() const {
  std::map<std::string, std::size_t> all;
  for (const auto& [driver, line] : lines_)
    all[driver] = line.waiting.size();
  return all;
}

} // namespace actors
