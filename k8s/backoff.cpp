#include "k8s/backoff.hpp"

#include <algorithm>
#include <random>

namespace k8s {

std::chrono::milliseconds backoff::delay(int failures, const random_source& random) const {
  auto whole = first;
  for (int i = 1; i < failures && whole < longest; ++i)
    whole *= 2;
  whole = std::min(whole, longest);
  const double share = 1.0 - random() / 2;
  return std::chrono::milliseconds{
      static_cast<std::chrono::milliseconds::rep>(static_cast<double>(whole.count()) * share)};
}

random_source system_random() {
  return [engine = std::mt19937{std::random_device{}()}]() mutable {
    return std::uniform_real_distribution<double>{0.0, 1.0}(engine);
  };
}

} // namespace k8s
