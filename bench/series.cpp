#include "bench/series.hpp"

#include <cmath>
#include <cstdlib>

namespace bench {

series between(const series& before, const series& after) {
  series grown;
  for (const auto& [name, value] : after) {
    const auto earlier = before.find(name);
    grown[name] = value - (earlier == before.end() ? 0 : earlier->second);
  }
  return grown;
}

double total(const series& all, const std::string& name) {
  double sum = 0;
  for (const auto& [key, value] : all)
    if (key == name || key.starts_with(name + "{"))
      sum += value;
  return sum;
}

double quantile(const series& all, const std::string& histogram, double share) {
  const auto start = histogram + "_bucket{le=\"";
  std::map<double, double> buckets; // upper bound to the number of samples not above it
  for (const auto& [key, value] : all)
    if (key.starts_with(start))
      buckets[std::strtod(key.c_str() + start.size(), nullptr)] = value;
  const double wanted = buckets.empty() ? 0 : share * buckets.rbegin()->second;
  double bound = 0, below = 0;
  for (const auto& [upper, samples] : buckets) {
    if (samples >= wanted && samples > 0)
      return std::isinf(upper) ? bound
                               : bound + (upper - bound) * (wanted - below) / (samples - below);
    bound = upper;
    below = samples;
  }
  return bound;
}

} // namespace bench
