#pragma once

#include "tests/kubesim/kubelet/launch_requests.hpp"
#include "tests/kubesim/kubelet/namespaces.hpp"

#include <array>
#include <string>
#include <sys/types.h>

namespace kubesim {

/// A process on its way to its execve. `report` says `P<pid>` once it exists, `E<errno> <text>` if
/// it cannot become what it should; its end without an `E` is the moment of the execve.
struct process_start {
  pid_t intermediate = -1; ///< ends at once; the process itself becomes the launcher's own child
  descriptor report;
};

using standard_streams = std::array<int, 3>;

/// The first process of a container: PID 1 of new PID and mount namespaces.
process_start start_container(const launch_request& request, const sandbox& shared,
                              const standard_streams& streams);
/// A further process in the namespaces of a container whose first process is `container`.
process_start start_exec(const launch_request& request, const sandbox& shared, pid_t container,
                         const standard_streams& streams);
/// A process of this machine, in no namespace.
process_start start_plain(const launch_request& request, const standard_streams& streams);
/// Exits 0 if the connection of the request succeeds.
process_start start_connect(const launch_request& request, const sandbox& shared);

} // namespace kubesim
