#include "actors/scheduling/freeze_limit.hpp"

#include <algorithm>
#include <cmath>

namespace actors {

std::size_t freeze_limit::limit() const {
  return is_probing_ ? std::max(how_.least, static_cast<std::size_t>(limit_ / 4))
                     : static_cast<std::size_t>(limit_);
}

void freeze_limit::note(std::chrono::nanoseconds overhead, std::size_t in_flight) {
  if (is_probing_ && in_flight > limit())
    return; // began before the probe
  window_.push_back(std::chrono::duration<double>(overhead).count());
  was_used_ = was_used_ || in_flight >= limit();
  if (window_.size() >= std::max(how_.least_samples, limit() / 2))
    close_window();
}

void freeze_limit::close_window() {
  const auto decile = window_.begin() + static_cast<std::ptrdiff_t>(window_.size() * 9 / 10);
  std::nth_element(window_.begin(), decile, window_.end());
  const auto seen = *decile;
  window_.clear();
  const bool was_used = std::exchange(was_used_, false);
  const bool was_probe = is_probing_;
  if (quiet_ == 0 || seen <= quiet_ || was_probe) {
    quiet_ = seen;
    windows_ = 0;
  }
  is_probing_ = ++windows_ > how_.windows_until_probe;
  if (was_probe)
    return;
  const auto noise = std::chrono::duration<double>(how_.noise).count();
  const auto bearable = quiet_ * how_.tolerance + noise;
  // Between the two it stays: to rise until it is too much would be too much for many.
  const auto comfortable = quiet_ * (1 + how_.tolerance) / 2 + noise;
  if (seen > bearable) {
    is_starting_ = false;
    limit_ *= std::max(0.5, bearable / seen);
  } else if (was_used && seen <= comfortable) {
    limit_ += is_starting_ ? limit_ : std::max(1.0, std::sqrt(limit_) / 2);
  }
  limit_ = std::clamp(limit_, static_cast<double>(how_.least), static_cast<double>(how_.most));
}

} // namespace actors
