#pragma once

#include <map>
#include <string>

namespace bench {

/// Values of one scrape by series: `name{label="value"}`.
using series = std::map<std::string, double>;

/// What was counted between two scrapes: every series of the later one less what it was in the
/// earlier one.
series between(const series& before, const series& after);

/// The sum of all series of that name.
double total(const series& all, const std::string& name);

/// By Prometheus' own rule: the bucket of a histogram without labels in which `share` (0 to 1) of
/// the samples end, and linearly within it. 0 without samples; the last bound for what is above it.
double quantile(const series& all, const std::string& histogram, double share);

} // namespace bench
