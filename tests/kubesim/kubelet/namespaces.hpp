#pragma once

#include "tests/kubesim/kubelet/launch_requests.hpp"

#include <string>
#include <utility>

namespace kubesim {

/// Closes on destruction.
class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int fd) : fd_{fd} {}
  descriptor(descriptor&& other) noexcept : fd_{other.release()} {}
  descriptor& operator=(descriptor&& other) noexcept;
  ~descriptor() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

private:
  int fd_ = -1;
};

/// Both ends with close-on-exec.
struct pipe_ends {
  descriptor read, write;
};
pipe_ends make_pipe();

/// The namespaces that the containers of one pod share, held open by descriptors alone: no process
/// stays for them. A namespace that is the machine's own has no descriptor.
struct sandbox {
  descriptor user, network, ipc, names;
};

/// True if a user namespace of our own is needed, because this process may not make the others.
bool needs_user_namespace();

/// Forks a child that makes the namespaces; the launcher's own stay as they are.
struct sandbox_outcome {
  sandbox made;
  std::string problem;
};
sandbox_outcome make_sandbox(const sandbox_spec& spec);

/// Moves the calling process (a child of the launcher) into them. Answers what failed.
std::string join(const sandbox& shared);

} // namespace kubesim
