#include "k8s/retry_policy.hpp"

#include <algorithm>

namespace k8s {

namespace {

constexpr backoff between_tries{.first = std::chrono::milliseconds{50},
                                .longest = std::chrono::milliseconds{5'000}};

bool was_refused(const error& failure) {
  if (failure.code == errc::too_many_requests)
    return true;
  return failure.code == errc::connection && !failure.maybe_applied;
}

bool may_repeat(repeatable repeat, const error& failure) {
  switch (repeat) {
  case repeatable::always:
    return failure.is_transient();
  case repeatable::if_refused:
    return was_refused(failure);
  case repeatable::never:
    return false;
  }
  return false;
}

} // namespace

std::optional<std::chrono::milliseconds> wait_before_retry(repeatable repeat, const error& failure,
                                                           const failed_try& at,
                                                           const random_source& random) {
  if (!may_repeat(repeat, failure))
    return std::nullopt;
  auto wait = between_tries.delay(at.number, random);
  if (failure.retry_after)
    wait = std::max(wait, *failure.retry_after);
  if (at.since_start + wait >= at.deadline)
    return std::nullopt;
  return wait;
}

} // namespace k8s
