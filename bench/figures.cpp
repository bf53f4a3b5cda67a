#include "bench/figures.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>

namespace bench {

namespace {

std::string fixed(double number, int digits) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(digits) << number;
  return text.str();
}

} // namespace

duration median(std::vector<duration> runs) {
  std::sort(runs.begin(), runs.end());
  const auto upper = runs[runs.size() / 2], lower = runs[(runs.size() - 1) / 2];
  return (upper + lower) / 2;
}

duration quantile(std::vector<duration> runs, double share) {
  std::sort(runs.begin(), runs.end());
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(runs.size())));
  return runs[std::max<std::size_t>(rank, 1) - 1];
}

std::string text(duration length) {
  const auto milliseconds = std::chrono::duration<double, std::milli>{length}.count();
  if (milliseconds >= 1000)
    return fixed(milliseconds / 1000, 2) + " s";
  return fixed(milliseconds, milliseconds < 10 ? 2 : 1) + " ms";
}

std::string number_text(double number) {
  return fixed(number, 2);
}

bool is_met(const figure& one) {
  return !one.goal || one.ratio <= *one.goal;
}

std::string row(const figure& one) {
  std::ostringstream line;
  const auto goal = one.goal ? "<= " + fixed(*one.goal, 1) + (is_met(one) ? "" : "  MISSED") : "";
  line << std::left << std::setw(62) << one.what << std::setw(12) << one.measured << std::setw(30)
       << one.compared_with << std::right << std::setw(7) << fixed(one.ratio, 2) << "  " << goal;
  return line.str();
}

} // namespace bench
