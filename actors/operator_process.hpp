#pragma once

#include "actors/operator_options.hpp"

namespace actors {

/// Runs the operator until SIGTERM or SIGINT, then thaws what is frozen and ends. Blocks the
/// calling thread, which must be the process's first and have no others beside it yet. Returns the
/// exit status: 0 after a clean end, 1 if it could not start or its actors failed, 3 if it had to
/// give up waiting for a thaw.
int run_operator(const operator_options& options);

} // namespace actors
