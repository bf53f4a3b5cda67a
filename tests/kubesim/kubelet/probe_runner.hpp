#pragma once

#include "tests/kubesim/kubelet/kubelet_context.hpp"
#include "tests/kubesim/kubelet/probe.hpp"

#include <functional>
#include <memory>
#include <string>

namespace kubesim {

class container_run;

enum class probe_kind { startup, readiness, liveness };

/// Runs one probe of a container again and again until it is destroyed.
class probe_runner {
public:
  using verdict_listener = std::function<void(bool verdict)>;

  probe_runner(kubelet_context& kubelet, pod_surroundings& pod, container_run& container,
               const json& probe, probe_kind kind, verdict_listener on_verdict);
  ~probe_runner();

private:
  struct check;

  void schedule(std::chrono::milliseconds delay);
  void run();
  void conclude(bool has_succeeded);
  process_id start_check(launcher::listener on_report);
  process_id start_connect(const json& target, std::string http_request,
                           launcher::listener on_report);

  kubelet_context& kubelet_;
  pod_surroundings& pod_;
  container_run& container_;
  json probe_;
  probe_kind kind_;
  probe_timing timing_;
  probe_judge judge_;
  verdict_listener on_verdict_;
  timers::token next_, limit_;
  std::shared_ptr<check> running_;
};

} // namespace kubesim
