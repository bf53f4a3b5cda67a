#include "k8s/election_state.hpp"

#include <algorithm>

namespace k8s {

void election_state::saw(const std::optional<lease>& found, election_time now) {
  const bool is_news
      = !has_looked_ || found.has_value() != seen_.has_value()
        || (found && found->metadata.resource_version != seen_->metadata.resource_version);
  if (is_news)
    seen_changed_ = now;
  if (!found || found->holder != settings_.identity)
    leads_until_.reset(); // taken from us, or never ours
  seen_ = found;
  has_looked_ = is_current_ = true;
  looked_ = now;
}

void election_state::wrote(const lease& accepted, election_time sent) {
  seen_ = accepted;
  has_looked_ = is_current_ = true;
  seen_changed_ = looked_ = sent;
  leads_until_ = sent + settings_.leads_for();
}

void election_state::failed(election_time now) {
  is_current_ = false;
  not_before_ = now + settings_.pause();
}

election::action election_state::next(election_time now, timestamp wall) const {
  if (!is_current_)
    return now < not_before_ ? election::action{election::wait_until{not_before_}}
                             : election::look{};
  if (!seen_)
    return election::create{taken(wall)};
  const bool is_ours = seen_->holder == settings_.identity && leads_until_;
  const auto due = looked_ + settings_.pause();
  if (is_ours)
    return now < due ? election::action{election::wait_until{due}} : election::replace{taken(wall)};
  // A holder of our own name is an earlier life of ours; it may still act until its time is over.
  const auto free_from = seen_->holder.empty() ? now : seen_changed_ + seen_->duration;
  if (now >= free_from)
    return election::replace{taken(wall)};
  if (now >= due)
    return election::look{};
  return election::wait_until{std::min(due, free_from)};
}

lease election_state::taken(timestamp wall) const {
  auto object = seen_.value_or(lease{});
  object.metadata.name = settings_.lease.name;
  object.metadata.name_space = settings_.lease.name_space;
  const bool goes_on = leads_until_ && object.holder == settings_.identity;
  if (!goes_on) {
    object.acquired = wall;
    object.transitions += seen_ ? 1 : 0;
  }
  object.holder = settings_.identity;
  object.duration = settings_.duration;
  object.renewed = wall;
  return object;
}

std::optional<lease> election_state::released(timestamp wall) const {
  if (!leads_until_ || !seen_)
    return std::nullopt;
  auto object = *seen_;
  object.holder.clear();
  object.duration = std::chrono::seconds{1};
  object.renewed = wall;
  return object;
}

} // namespace k8s
