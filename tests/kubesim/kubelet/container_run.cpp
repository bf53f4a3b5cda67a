#include "tests/kubesim/kubelet/container_run.hpp"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <random>

namespace kubesim {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto longest_backoff = 300s;

/// `containerd://` and 64 digits, as clients expect it.
std::string new_container_id() {
  static std::mt19937_64 random{std::random_device{}()};
  std::string digits;
  for (int i = 0; i < 64; ++i)
    digits += "0123456789abcdef"[random() & 15];
  return "containerd://" + digits;
}

std::map<std::string, std::string> variables_of(const process_spec& process) {
  std::map<std::string, std::string> all;
  for (const auto& variable : process.environment) {
    const auto equals = variable.find('=');
    all[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  return all;
}

waiting_reason missing_image(const json& spec) {
  const auto reference = text_at_path(spec, {"image"});
  if (text_at_path(spec, {"imagePullPolicy"}) == "Never")
    return {"ErrImageNeverPull",
            "Container image \"" + reference + "\" is not present with pull policy of Never"};
  return {"ImagePullBackOff", "Back-off pulling image \"" + reference
                                  + "\": no folder of images/ answers to that name"};
}

} // namespace

container_run::container_run(kubelet_context& kubelet, pod_surroundings& pod, json spec,
                             container_role role)
    : kubelet_{kubelet},
      pod_{pod},
      spec_(std::move(spec)), // braces would make it a list
      name_{text_at_path(spec_, {"name"})},
      role_{role} {
  if (role_ == container_role::main && !at_path(pod_.pod(), {"spec", "initContainers"}).empty())
    facts_.reason = "PodInitializing";
}

void container_run::start() {
  restart_.reset();
  is_waiting_ = false;
  if (pod_.is_ending() || is_running())
    return;
  if (const auto* from = kubelet_.images.find(text_at_path(spec_, {"image"})))
    begin(*from);
  else
    wait_with(missing_image(spec_));
}

void container_run::retry() {
  if (is_waiting_)
    start();
}

void container_run::pretend() {
  const auto* known = kubelet_.images.find(text_at_path(spec_, {"image"}));
  const auto from = known ? *known : image{};
  auto process = process_of(pod_.pod(), spec_, from, pod_.addresses(), pod_.configuration());
  if (const auto* spec = std::get_if<process_spec>(&process))
    process_spec_ = *spec;
  process_spec_.working_directory = "/";
  facts_.state = container_state::running;
  facts_.container_id = new_container_id();
  facts_.image_id = from.id;
  facts_.started_at = kubelet_.now();
  facts_.is_ready = facts_.is_started = true;
}

void container_run::begin(const image& from) {
  auto process = process_of(pod_.pod(), spec_, from, pod_.addresses(), pod_.configuration());
  if (const auto* why = std::get_if<waiting_reason>(&process))
    return wait_with(*why);
  auto& spec = std::get<process_spec>(process);
  auto mounts = mounts_of(spec_, pod_.volumes(), variables_of(spec));
  if (const auto* why = std::get_if<waiting_reason>(&mounts))
    return wait_with(*why);
  launch(std::move(spec), std::move(std::get<std::vector<bind_mount>>(mounts)), from);
}

void container_run::wait_with(const waiting_reason& why) {
  facts_.state = container_state::waiting;
  facts_.reason = why.reason;
  facts_.message = why.message;
  is_waiting_ = true;
  kubelet_.events.record(pod_.pod(), event_type::warning, "Failed", "Error: " + why.message);
  pod_.note_change();
}

void container_run::launch(process_spec process, std::vector<bind_mount> mounts,
                           const image& from) {
  process_spec_ = std::move(process);
  launch_request request{.kind = request_kind::container, .sandbox = uid_of(pod_.pod())};
  request.process = process_spec_;
  request.root.staging = (kubelet_.options.state_dir / "staging").string();
  request.root.directories = from.directories;
  request.root.mounts = pod_.files();
  request.root.mounts.insert(request.root.mounts.end(), from.files.begin(), from.files.end());
  request.root.mounts.insert(request.root.mounts.end(), mounts.begin(), mounts.end());
  facts_.image_id = from.id;
  facts_.container_id = new_container_id();
  if (starts_++ > 0)
    ++facts_.restart_count;

  const auto log = log_file(false);
  fs::create_directories(fs::path{log}.parent_path());
  const descriptor nothing{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  const descriptor output{::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
  process_ = kubelet_.processes.start(
      std::move(request), {nothing.get(), output.get(), output.get()},
      [this, keep = pod_.keep()](const launch_report& report) { hear(report); });
}

void container_run::hear(const launch_report& report) {
  if (report.kind == report_kind::started)
    return note_start(report.pid);
  process_ = 0;
  pid_ = 0;
  if (report.kind == report_kind::failed) {
    facts_.started_at = kubelet_.now();
    note_end(128, "StartError", "failed to create containerd task: " + report.problem);
  } else {
    note_end(report.exit_code, report.exit_code == 0 ? "Completed" : "Error", {});
  }
}

void container_run::note_start(pid_t pid) {
  pid_ = pid;
  facts_.state = container_state::running;
  facts_.reason.clear();
  facts_.message.clear();
  facts_.started_at = kubelet_.now();
  facts_.is_started = at_path(spec_, {"startupProbe"}).is_null();
  facts_.is_ready = facts_.is_started && at_path(spec_, {"readinessProbe"}).is_null();
  kubelet_.events.record(pod_.pod(), event_type::normal, "Started", "Started container " + name_);
  if (role_ == container_role::main)
    start_probes();
  pod_.note_change();
}

void container_run::note_end(int exit_code, const std::string& reason, const std::string& message) {
  stop_probes();
  kill_.reset();
  facts_.state = container_state::terminated;
  facts_.exit_code = exit_code;
  facts_.reason = reason;
  facts_.message = message;
  facts_.finished_at = kubelet_.now();
  facts_.is_ready = facts_.is_started = false;
  if (must_restart())
    restart_later();
  pod_.note_change();
}

bool container_run::must_restart() const {
  const auto policy = text_at_path(pod_.pod(), {"spec", "restartPolicy"}, "Always");
  if (pod_.is_ending() || policy == "Never")
    return false;
  const bool has_failed = facts_.exit_code != 0;
  return has_failed || (policy == "Always" && role_ == container_role::main);
}

/// The first restart is at once; the next ones wait, twice as long each time.
void container_run::restart_later() {
  facts_.last_state = state_of(facts_);
  if (facts_.finished_at - facts_.started_at > 2 * longest_backoff)
    starts_ = 1;
  const auto keep = pod_.keep();
  if (starts_ <= 1)
    return kubelet_.clock.post([this, keep] { start(); });
  const auto doublings = std::min(starts_ - 2, 10);
  const auto delay = std::min<std::chrono::milliseconds>(
      kubelet_.options.restart_backoff * (1 << doublings), longest_backoff);
  facts_.state = container_state::waiting;
  facts_.reason = "CrashLoopBackOff";
  const auto ref = ref_of(pod_.pod());
  facts_.message = "back-off " + std::to_string(delay / 1s)
                   + "s restarting failed container=" + name_ + " pod=" + ref.name + "_"
                   + ref.name_space + "(" + uid_of(pod_.pod()) + ")";
  kubelet_.events.record(pod_.pod(), event_type::warning, "BackOff",
                         "Back-off restarting failed container " + name_);
  restart_ = kubelet_.clock.after(delay, [this] { start(); });
}

void container_run::signal(int number) {
  if (is_running())
    kubelet_.processes.signal(process_, number);
}

void container_run::ask_to_stop() {
  restart_.reset();
  if (!is_running())
    return;
  kubelet_.events.record(pod_.pod(), event_type::normal, "Killing", "Stopping container " + name_);
  signal(SIGTERM);
}

void container_run::start_probes() {
  const auto begin = [this](probe_kind kind, const char* field) {
    if (const auto& probe = at_path(spec_, {field}); probe.is_object())
      probes_[kind] = std::make_unique<probe_runner>(
          kubelet_, pod_, *this, probe, kind, [this, kind](bool verdict) { judge(kind, verdict); });
  };
  if (!facts_.is_started)
    return begin(probe_kind::startup, "startupProbe");
  begin(probe_kind::readiness, "readinessProbe");
  begin(probe_kind::liveness, "livenessProbe");
}

void container_run::stop_probes() {
  probes_.clear();
}

void container_run::judge(probe_kind kind, bool verdict) {
  if (kind == probe_kind::readiness) {
    if (facts_.is_ready != verdict) {
      facts_.is_ready = verdict;
      pod_.note_change();
    }
    return;
  }
  if (kind == probe_kind::startup && verdict) {
    facts_.is_started = true;
    facts_.is_ready = at_path(spec_, {"readinessProbe"}).is_null();
    stop_probes();
    start_probes();
    return pod_.note_change();
  }
  if (verdict)
    return;
  stop_probes();
  ask_to_stop();
  const auto grace = number_at_path(pod_.pod(), {"spec", "terminationGracePeriodSeconds"}, 30);
  kill_ = kubelet_.clock.after(std::chrono::seconds{grace}, [this] { signal(SIGKILL); });
}

process_id container_run::exec(std::vector<std::string> arguments, bool has_terminal,
                               const std::array<int, 3>& streams, launcher::listener on_report) {
  launch_request request{.kind = kubelet_.options.run_processes ? request_kind::exec
                                                                : request_kind::plain,
                         .sandbox = uid_of(pod_.pod()),
                         .joins = process_};
  request.process = process_spec_;
  request.process.arguments = std::move(arguments);
  request.process.has_terminal = has_terminal;
  if (has_terminal)
    request.process.environment.emplace_back("TERM=xterm");
  const auto id = std::make_shared<process_id>(0);
  *id = kubelet_.processes.start(std::move(request), streams,
                                 [this, keep = pod_.keep(), id,
                                  on_report = std::move(on_report)](const launch_report& report) {
                                   if (report.kind == report_kind::started)
                                     execs_[*id] = report.pid;
                                   else
                                     execs_.erase(*id);
                                   on_report(report);
                                 });
  return *id;
}

std::vector<pid_t> container_run::processes() const {
  std::vector<pid_t> all;
  if (pid_ > 0)
    all.push_back(pid_);
  for (const auto& [id, pid] : execs_)
    all.push_back(pid);
  return all;
}

std::string container_run::log_file(bool of_previous) const {
  const auto number = std::max(0, facts_.restart_count - (of_previous ? 1 : 0));
  return (kubelet_.layout().pod(uid_of(pod_.pod())) / "logs" / name_
          / (std::to_string(number) + ".log"))
      .string();
}

} // namespace kubesim
