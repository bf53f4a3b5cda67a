#pragma once

#include <chrono>
#include <set>
#include <string>
#include <sys/types.h>
#include <vector>

namespace kubesim {

/// Stops process trees (SIGSTOP) for as long as it lives: what they write stands still, whatever
/// they are in the middle of. Blocks until every thread of them stands.
class stopped_processes {
public:
  /// `roots`: first processes of containers and of exec sessions; all descend from one of them.
  stopped_processes(const std::vector<pid_t>& roots, std::chrono::milliseconds limit);
  stopped_processes(const stopped_processes&) = delete;
  stopped_processes& operator=(const stopped_processes&) = delete;
  ~stopped_processes();

  /// False if some of them did not stand still within the limit.
  bool do_all_stand() const { return do_all_stand_; }

private:
  bool stand_by(std::chrono::steady_clock::time_point end);
  bool stop_new();
  void go_on();

  std::vector<pid_t> roots_;
  std::set<pid_t> stopped_;
  bool do_all_stand_ = false;
};

} // namespace kubesim
