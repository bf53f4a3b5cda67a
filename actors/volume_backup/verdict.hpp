#pragma once

#include "actors/volume_backup/observed.hpp"

#include <string>

namespace actors {

/// How consistent the snapshots are, and why.
struct verdict {
  crds::consistency consistency = crds::consistency::unknown;
  std::string reason;  ///< one word for the condition, e.g. `NoHooks`
  std::string message; ///< names the pod, claim or time that decided it
};

/// Pure. Rests on the order in which this process saw things, not on clocks:
///
/// `Application`: every pod's pre-hook succeeded; every snapshot was asked for after the last
/// `frozen` was read; every cut was seen before the first thaw was sent; every session lived until
/// its thaw; every post-hook succeeded; no pod changed identity. `Crash`: known not to be frozen.
/// `Unknown`: one of the facts is missing.
///
/// A creation time can only lower the verdict: more than 5 s outside the freeze it says that a
/// clock or the driver lies.
///
/// Precondition: all snapshots are cut and all pods released.
verdict verdict_of(const observed& world);

} // namespace actors
