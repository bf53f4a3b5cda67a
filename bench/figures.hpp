#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace bench {

using duration = std::chrono::steady_clock::duration;

/// The middle one of at least one; of an even number the mean of the two in the middle.
duration median(std::vector<duration> runs);
/// The smallest that `share` (0 to 1) of at least one are not above: 0.99 for p99.
duration quantile(std::vector<duration> runs, double share);

/// `12.3 ms`, `4.56 s`.
std::string text(duration length);

/// With two digits after the point.
std::string number_text(double number);

/// One line of a benchmark's report: what was measured beside what it is compared with in the same
/// run.
struct figure {
  std::string what, measured, compared_with;
  double ratio = 0;           ///< measured / compared with
  std::optional<double> goal; ///< the most that the ratio should be; none: for information
};

/// A line of the table that `bench/run` puts together.
std::string row(const figure& one);
bool is_met(const figure& one);

} // namespace bench
