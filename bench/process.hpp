#pragma once

#include "bench/figures.hpp"

namespace bench {

/// What a process that runs has used so far, user and system, to a clock tick (10 ms).
duration processor_time(int pid);

/// Throws if it does not run.
double resident_mebibytes(int pid);
/// The most that it ever had.
double peak_mebibytes(int pid);

} // namespace bench
