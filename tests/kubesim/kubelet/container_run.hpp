#pragma once

#include "tests/kubesim/kubelet/kubelet_context.hpp"
#include "tests/kubesim/kubelet/pod_status.hpp"
#include "tests/kubesim/kubelet/probe_runner.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace kubesim {

enum class container_role { init, main };

/// One container of a pod through its starts, restarts, probes and end.
class container_run {
public:
  container_run(kubelet_context& kubelet, pod_surroundings& pod, json spec, container_role role);
  container_run(const container_run&) = delete;
  container_run& operator=(const container_run&) = delete;

  const std::string& name() const { return name_; }
  const container_facts& facts() const { return facts_; }
  bool is_running() const { return process_ != 0; }
  bool is_waiting() const { return is_waiting_; }

  /// Starts it, or says in its facts what it waits for; then `retry` goes on.
  void start();
  void retry();
  /// Running and ready without a process.
  void pretend();
  /// A signal for the first process, if there is one.
  void signal(int number);
  /// As `signal`, with an event that says so.
  void ask_to_stop();

  /// Runs a further process in the container; as one of the machine where there are no containers.
  process_id exec(std::vector<std::string> arguments, bool has_terminal,
                  const std::array<int, 3>& streams, launcher::listener on_report);

  /// The first process and all execs.
  std::vector<pid_t> processes() const;

  /// The file of the present start, or of the one before.
  std::string log_file(bool of_previous) const;

private:
  void begin(const image& from);
  void wait_with(const waiting_reason& why);
  void launch(process_spec process, std::vector<bind_mount> mounts, const image& from);
  void hear(const launch_report& report);
  void note_start(pid_t pid);
  void note_end(int exit_code, const std::string& reason, const std::string& message);
  bool must_restart() const;
  void restart_later();
  void start_probes();
  void judge(probe_kind kind, bool verdict);
  void stop_probes();

  kubelet_context& kubelet_;
  pod_surroundings& pod_;
  json spec_;
  std::string name_;
  container_role role_;
  container_facts facts_;
  process_spec process_spec_;
  process_id process_ = 0;
  pid_t pid_ = 0;
  std::map<process_id, pid_t> execs_;
  std::map<probe_kind, std::unique_ptr<probe_runner>> probes_;
  timers::token restart_;
  timers::token kill_;
  int starts_ = 0;
  bool is_waiting_ = false; ///< `start` could not, for want of something
};

} // namespace kubesim
