#include "tests/kubesim/kubelet/pod_worker.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

namespace kubesim {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

bool uses_host_network(const json& pod) {
  return flag_at_path(pod, {"spec", "hostNetwork"}, false);
}

bool has_finished(const json& pod) {
  const auto phase = text_at_path(pod, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed";
}

bool is_marked_for_deletion(const json& pod) {
  return !at_path(pod, {"metadata", "deletionTimestamp"}).is_null();
}

} // namespace

pod_worker::pod_worker(kubelet_context& kubelet, std::shared_ptr<const json> pod,
                       std::string address)
    : kubelet_{kubelet}, pod_{std::move(pod)}, uid_{uid_of(*pod_)}, claims_{claims_of_pod(*pod_)} {
  facts_.addresses = {uses_host_network(*pod_) ? "127.0.0.1" : std::move(address), "127.0.0.1"};
  for (const auto& spec : at_path(*pod_, {"spec", "initContainers"}))
    init_.push_back(std::make_unique<container_run>(kubelet_, *this, spec, container_role::init));
  for (const auto& spec : at_path(*pod_, {"spec", "containers"}))
    main_.push_back(std::make_unique<container_run>(kubelet_, *this, spec, container_role::main));
}

pod_worker::~pod_worker() = default;

void pod_worker::begin() {
  if (has_finished(*pod_)) {
    stage_ = stage::ended;
    return;
  }
  if (is_marked_for_deletion(*pod_))
    return begin_end();
  if (!kubelet_.options.run_processes)
    return pretend();
  write_status();
  prepare();
}

void pod_worker::pretend() {
  facts_.has_sandbox = true;
  stage_ = stage::running;
  for (auto& container : main_)
    container->pretend();
  write_status();
}

void pod_worker::update(std::shared_ptr<const json> pod) {
  const bool was_ending = is_marked_for_deletion(*pod_);
  const auto grace_before = number_at_path(*pod_, {"metadata", "deletionGracePeriodSeconds"}, 0);
  pod_ = std::move(pod);
  if (!is_marked_for_deletion(*pod_))
    return;
  if (!was_ending || !is_ending_)
    return begin_end();
  const auto grace = number_at_path(*pod_, {"metadata", "deletionGracePeriodSeconds"}, 0);
  if (grace < grace_before)
    schedule_kill(std::chrono::seconds{grace});
}

void pod_worker::retry() {
  if (is_ending_ || !kubelet_.options.run_processes)
    return;
  if (stage_ == stage::waiting_for_volumes)
    return prepare();
  if (stage_ != stage::initializing && stage_ != stage::running)
    return;
  for (auto& container : stage_ == stage::running ? main_ : init_)
    container->retry();
}

void pod_worker::prepare() {
  auto prepared = prepare_volumes(*pod_, facts_.addresses, kubelet_.layout().pod(uid_) / "volumes",
                                  sources());
  if (const auto* why = std::get_if<waiting_reason>(&prepared)) {
    kubelet_.events.record(*pod_, event_type::warning, "FailedMount", why->message);
    return;
  }
  volumes_ = std::move(std::get<prepared_volumes>(prepared));
  write_own_files();
  make_sandbox();
}

volume_sources pod_worker::sources() const {
  return {.configuration = configuration(),
          .storage_of_claim = [this](const std::string& claim) { return storage_of_claim(claim); },
          .service_account_token =
              [this] {
                const auto& token = kubelet_.options.service_account_token;
                return token ? token(ref_of(*pod_).name_space,
                                     text_at_path(*pod_, {"spec", "serviceAccountName"}, "default"))
                             : std::string{};
              }};
}

std::optional<claim_storage> pod_worker::storage_of_claim(const std::string& claim) const {
  const auto object = kubelet_.objects.find(kubelet_.claims, {ref_of(*pod_).name_space, claim});
  if (!object || text_at_path(*object, {"status", "phase"}) != "Bound")
    return std::nullopt;
  const auto volume = kubelet_.objects.find(kubelet_.volumes,
                                            {"", text_at_path(*object, {"spec", "volumeName"})});
  if (!volume)
    return std::nullopt;
  for (const char* kind : {"hostPath", "local"})
    if (auto path = text_at_path(*volume, {"spec", kind, "path"}); !path.empty())
      return claim_storage{path};
  const auto handle = text_at_path(*volume, {"spec", "csi", "volumeHandle"});
  const auto directory = kubelet_.layout().volume(handle);
  if (handle.empty() || !fs::is_directory(directory))
    return std::nullopt;
  if (text_at_path(*volume, {"spec", "volumeMode"}) == "Block")
    return claim_storage{state_layout::device(directory).string(), true};
  return claim_storage{directory.string()};
}

configuration_lookup pod_worker::configuration() const {
  return [this](std::string_view plural, const std::string& name) {
    const auto& type = plural == "secrets" ? kubelet_.secrets : kubelet_.config_maps;
    return kubelet_.objects.find(type, {ref_of(*pod_).name_space, name});
  };
}

/// A pod in the machine's network keeps the machine's names.
void pod_worker::write_own_files() const {
  const auto directory = kubelet_.layout().pod(uid_);
  fs::create_directories(directory);
  if (uses_host_network(*pod_))
    return;
  const auto name = ref_of(*pod_).name;
  std::ofstream{directory / "hostname"} << name << "\n";
  std::ofstream{directory / "hosts"} << "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n"
                                     << facts_.addresses.pod << "\t" << name << "\n";
}

std::vector<bind_mount> pod_worker::files() const {
  if (uses_host_network(*pod_))
    return {};
  const auto directory = kubelet_.layout().pod(uid_);
  return {{(directory / "hostname").string(), "/etc/hostname"},
          {(directory / "hosts").string(), "/etc/hosts"}};
}

void pod_worker::make_sandbox() {
  stage_ = stage::making_sandbox;
  kubelet_.processes.make_sandbox(uid_,
                                  {.hostname = ref_of(*pod_).name.substr(0, 63),
                                   .address = facts_.addresses.pod,
                                   .shares_host_network = uses_host_network(*pod_)},
                                  [this, self = shared_from_this()](const launch_report& report) {
                                    if (!report.problem.empty()) {
                                      kubelet_.events.record(*pod_, event_type::warning,
                                                             "FailedCreatePodSandBox",
                                                             report.problem);
                                      return;
                                    }
                                    facts_.has_sandbox = true;
                                    stage_ = stage::initializing;
                                    if (is_gone_)
                                      return clean_up();
                                    if (is_ending_)
                                      return remove_object();
                                    write_status();
                                    go_on();
                                  });
}

/// Starts what is due after a change of facts.
void pod_worker::go_on() {
  if (is_ending_)
    return;
  if (stage_ == stage::initializing && initialize() == step_result::waits)
    return;
  if (stage_ == stage::initializing) {
    stage_ = stage::running;
    for (auto& container : main_)
      container->start();
  }
  end_if_all_have();
}

pod_worker::step_result pod_worker::initialize() {
  for (auto& container : init_) {
    const auto& facts = container->facts();
    if (facts.state == container_state::terminated && facts.exit_code == 0)
      continue;
    if (facts.state == container_state::waiting && facts.container_id.empty()
        && !container->is_running() && !container->is_waiting())
      container->start();
    else
      end_if_all_have();
    return step_result::waits;
  }
  return step_result::done;
}

/// A pod that will not restart anything is over.
void pod_worker::end_if_all_have() {
  if (!is_ending_ && has_running())
    return;
  gather_facts();
  const auto phase = phase_of(*pod_, facts_);
  if (phase != "Succeeded" && phase != "Failed")
    return;
  stage_ = stage::ended;
  if (facts_.has_sandbox)
    kubelet_.processes.drop_sandbox(uid_);
  facts_.has_sandbox = false;
}

void pod_worker::gather_facts() {
  facts_.is_ending = is_ending_;
  facts_.init_containers.clear();
  facts_.containers.clear();
  for (auto& container : init_)
    facts_.init_containers.push_back(container->facts());
  for (auto& container : main_)
    facts_.containers.push_back(container->facts());
}

container_run* pod_worker::find(const std::string& container) {
  for (auto* group : {&main_, &init_})
    for (auto& it : *group)
      if (it->name() == container)
        return it.get();
  return nullptr;
}

std::vector<pid_t> pod_worker::processes() const {
  std::vector<pid_t> all;
  for (const auto* group : {&init_, &main_})
    for (const auto& container : *group)
      for (const auto pid : container->processes())
        all.push_back(pid);
  return all;
}

bool pod_worker::has_running() const {
  const auto runs = [](const auto& container) { return container->is_running(); };
  return std::any_of(main_.begin(), main_.end(), runs)
         || std::any_of(init_.begin(), init_.end(), runs);
}

bool pod_worker::has_ever_run() const {
  return std::any_of(main_.begin(), main_.end(), [](const auto& container) {
    return !container->facts().container_id.empty();
  });
}

void pod_worker::note_change() {
  if (std::exchange(change_is_noted_, true))
    return;
  kubelet_.clock.post([this, self = shared_from_this()] {
    change_is_noted_ = false;
    if (is_gone_ || is_ending_) {
      if (has_running())
        return;
      return is_gone_ ? clean_up() : remove_object();
    }
    go_on();
    write_status();
  });
}

void pod_worker::write_status() {
  const auto ref = ref_of(*pod_);
  const auto present = kubelet_.objects.find(kubelet_.pods, ref);
  if (!present || uid_of(*present) != uid_)
    return;
  gather_facts();
  auto status = status_of(*present, facts_, kubelet_.now());
  if (at_path(*present, {"status"}) == status)
    return;
  auto changed = *present;
  changed["status"] = std::move(status);
  // Refused only if the pod went away meanwhile, of which the watch tells us.
  [[maybe_unused]] const auto written
      = kubelet_.objects.update(kubelet_.pods, ref, std::move(changed), "status");
}

void pod_worker::begin_end() {
  is_ending_ = true;
  if (stage_ == stage::making_sandbox)
    return; // its report goes on from here
  if (!has_running() || !kubelet_.options.run_processes)
    return remove_object();
  write_status();
  for (auto* group : {&init_, &main_})
    for (auto& container : *group)
      container->ask_to_stop();
  schedule_kill(
      std::chrono::seconds{number_at_path(*pod_, {"metadata", "deletionGracePeriodSeconds"}, 30)});
}

void pod_worker::schedule_kill(std::chrono::seconds grace) {
  kill_ = kubelet_.clock.after(grace, [this] { kill_all(); });
}

void pod_worker::kill_all() {
  for (auto* group : {&init_, &main_})
    for (auto& container : *group)
      container->signal(SIGKILL);
}

/// All has ended: the last status, then the object goes, which comes back to us as `vanish`.
void pod_worker::remove_object() {
  kill_.reset();
  if (kubelet_.options.run_processes && has_ever_run()) {
    end_if_all_have();
    write_status();
  }
  removal_options at_once;
  at_once.uid = uid_;
  at_once.grace_seconds = 0;
  // Refused only if it is gone already.
  [[maybe_unused]] const auto removed
      = kubelet_.objects.remove(kubelet_.pods, ref_of(*pod_), at_once);
}

void pod_worker::vanish() {
  is_gone_ = is_ending_ = true;
  kill_.reset();
  if (stage_ == stage::making_sandbox)
    return;
  if (has_running())
    return kill_all();
  clean_up();
}

void pod_worker::clean_up() {
  if (facts_.has_sandbox && kubelet_.options.run_processes)
    kubelet_.processes.drop_sandbox(uid_);
  facts_.has_sandbox = false;
  stage_ = stage::ended;
  std::error_code ignored;
  fs::remove_all(kubelet_.layout().pod(uid_), ignored);
}

} // namespace kubesim
