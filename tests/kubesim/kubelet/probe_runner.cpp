#include "tests/kubesim/kubelet/probe_runner.hpp"

#include "tests/kubesim/kubelet/container_run.hpp"

#include <csignal>
#include <fcntl.h>

namespace kubesim {
namespace {

const char* name_of(probe_kind kind) {
  switch (kind) {
  case probe_kind::startup:
    return "Startup";
  case probe_kind::readiness:
    return "Readiness";
  case probe_kind::liveness:
    return "Liveness";
  }
  return "";
}

/// A port by number or by the name that the container gives it.
int port_of(const json& target, const json& pod, const std::string& container) {
  const auto& port = at_path(target, {"port"});
  if (port.is_number_integer())
    return port.get<int>();
  for (const auto& spec : at_path(pod, {"spec", "containers"}))
    if (text_at_path(spec, {"name"}) == container)
      for (const auto& named : at_path(spec, {"ports"}))
        if (at_path(named, {"name"}) == port)
          return static_cast<int>(number_at_path(named, {"containerPort"}, 0));
  return 0;
}

std::string http_request_of(const json& get, const std::string& host) {
  auto request = "GET " + text_at_path(get, {"path"}, "/") + " HTTP/1.1\r\nHost: " + host
                 + "\r\nUser-Agent: kube-probe/1.36\r\nConnection: close\r\n";
  for (const auto& header : at_path(get, {"httpHeaders"}))
    request += text_at_path(header, {"name"}) + ": " + text_at_path(header, {"value"}) + "\r\n";
  return request + "\r\n";
}

} // namespace

/// One run of the probe; what comes after its end or its time limit is not heard.
struct probe_runner::check {
  process_id process = 0;
};

probe_runner::probe_runner(kubelet_context& kubelet, pod_surroundings& pod,
                           container_run& container, const json& probe, probe_kind kind,
                           verdict_listener on_verdict)
    : kubelet_{kubelet},
      pod_{pod},
      container_{container},
      probe_(probe), // braces would make it a list
      kind_{kind},
      timing_{timing_of(probe)},
      judge_{timing_},
      on_verdict_{std::move(on_verdict)} {
  schedule(timing_.initial_delay);
}

probe_runner::~probe_runner() = default;

void probe_runner::schedule(std::chrono::milliseconds delay) {
  next_ = kubelet_.clock.after(delay, [this] { run(); });
}

void probe_runner::run() {
  running_ = std::make_shared<check>();
  const std::weak_ptr<check> still_wanted = running_;
  running_->process = start_check([this, still_wanted](const launch_report& report) {
    if (still_wanted.expired() || report.kind == report_kind::started)
      return;
    conclude(report.kind == report_kind::exited && report.exit_code == 0);
  });
  limit_ = kubelet_.clock.after(timing_.timeout, [this] {
    kubelet_.processes.signal(running_->process, SIGKILL);
    conclude(false);
  });
}

void probe_runner::conclude(bool has_succeeded) {
  running_.reset();
  limit_.reset();
  if (!has_succeeded)
    kubelet_.events.record(pod_.pod(), event_type::warning, "Unhealthy",
                           std::string{name_of(kind_)} + " probe failed");
  schedule(timing_.period);
  if (const auto verdict = judge_.count(has_succeeded)) {
    const auto tell = on_verdict_; // the verdict may be our end
    tell(*verdict);
  }
}

process_id probe_runner::start_check(launcher::listener on_report) {
  if (const auto& exec = at_path(probe_, {"exec"}); exec.is_object()) {
    const descriptor nothing{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    return container_.exec(at_path(exec, {"command"}).get<std::vector<std::string>>(), false,
                           {nothing.get(), nothing.get(), nothing.get()}, std::move(on_report));
  }
  if (const auto& get = at_path(probe_, {"httpGet"}); get.is_object())
    return start_connect(get, http_request_of(get, pod_.addresses().pod), std::move(on_report));
  return start_connect(at_path(probe_, {"tcpSocket"}), {}, std::move(on_report));
}

process_id probe_runner::start_connect(const json& target, std::string http_request,
                                       launcher::listener on_report) {
  launch_request request{.kind = request_kind::connect, .sandbox = uid_of(pod_.pod())};
  request.connection
      = {.address = text_at_path(target, {"host"}, pod_.addresses().pod),
         .port = port_of(target, pod_.pod(), container_.name()),
         .timeout_ms = static_cast<int>(timing_.timeout / std::chrono::milliseconds{1}),
         .http_request = std::move(http_request)};
  return kubelet_.processes.start(std::move(request), {-1, -1, -1}, std::move(on_report));
}

} // namespace kubesim
