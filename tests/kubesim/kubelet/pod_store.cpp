#include "tests/kubesim/kubelet/pod_store.hpp"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>

namespace kubesim {
namespace {

namespace fs = std::filesystem;

constexpr int patience_with_check_ms = 20'000;

const resource_type& type_of(const registry& objects, const char* plural) {
  const auto* type = objects.find_type("", "v1", plural);
  if (!type)
    throw std::runtime_error(std::string{"the registry does not serve "} + plural);
  return *type;
}

std::string how_to_give_it(const std::string& problem) {
  return "containers cannot run here: " + problem
         + "\nEither run as root with CAP_SYS_ADMIN (docker run --privileged, or --cap-add "
           "SYS_ADMIN "
           "--security-opt seccomp=unconfined --security-opt apparmor=unconfined), or allow user "
           "namespaces: sysctl -w user.max_user_namespaces=15000 "
           "kernel.unprivileged_userns_clone=1 "
           "kernel.apparmor_restrict_unprivileged_userns=0.\nWithout containers: --no-processes.";
}

} // namespace

std::string missing_for_containers(launcher& processes, const fs::path& state_dir) {
  const std::string name = "check";
  processes.make_sandbox(name, {.hostname = name, .address = "10.244.255.254"},
                         [](const launch_report&) {});
  const auto made = processes.wait_for_last(patience_with_check_ms);
  if (!made.problem.empty())
    return how_to_give_it(made.problem);
  launch_request request{.kind = request_kind::container, .sandbox = name};
  request.process.arguments = {"/bin/true"};
  request.root.staging = (state_dir / "staging").string();
  const descriptor nothing{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  processes.start(std::move(request), {nothing.get(), nothing.get(), nothing.get()},
                  [](const launch_report&) {});
  const auto started = processes.wait_for_last(patience_with_check_ms);
  processes.drop_sandbox(name);
  return started.kind == report_kind::failed ? how_to_give_it(started.problem) : std::string{};
}

pod_store::pod_store(registry& objects, boost::asio::io_context& loop, node_options options)
    : loop_{loop} {
  options.state_dir = fs::absolute(options.state_dir);
  for (const char* name : {"staging/root", "staging/upper", "volumes", "snapshots", "pods"})
    fs::create_directories(options.state_dir / name);
  launcher_ = std::make_unique<launcher>(loop, options.launcher);
  if (options.run_processes)
    if (const auto problem = missing_for_containers(*launcher_, options.state_dir);
        !problem.empty())
      throw std::runtime_error(problem);
  const auto images = options.images_dir;
  const auto node_name = options.node_name;
  context_ = std::unique_ptr<kubelet_context>(
      new kubelet_context{.objects = objects,
                          .options = std::move(options),
                          .processes = *launcher_,
                          .clock = timers{loop},
                          .images = image_store{images},
                          .events = event_recorder{objects, "kubelet", node_name},
                          .pods = type_of(objects, "pods"),
                          .claims = type_of(objects, "persistentvolumeclaims"),
                          .volumes = type_of(objects, "persistentvolumes"),
                          .config_maps = type_of(objects, "configmaps"),
                          .secrets = type_of(objects, "secrets")});
  subscriptions_.push_back(
      objects.subscribe(context_->pods, [this](const change& what) { hear_of_pod(what); }));
  for (const auto* type : {&context_->claims, &context_->config_maps, &context_->secrets})
    subscriptions_.push_back(objects.subscribe(*type, [this](const change& what) {
      if (what.kind != change_kind::deleted)
        retry_waiting(ref_of(*what.object).name_space);
    }));
  for (const auto& pod : objects.all(context_->pods))
    adopt(pod);
}

pod_store::~pod_store() {
  subscriptions_.clear();
}

pod_worker* pod_store::find(const object_ref& pod) {
  const auto uid = uids_.find(pod);
  return uid == uids_.end() ? nullptr : by_uid_.at(uid->second).get();
}

std::vector<pid_t> pod_store::processes_on_claim(const object_ref& claim) const {
  std::vector<pid_t> all;
  const auto users = users_of_claims_.find(claim);
  if (users == users_of_claims_.end())
    return all;
  for (const auto& uid : users->second)
    for (const auto pid : by_uid_.at(uid)->processes())
      all.push_back(pid);
  return all;
}

void pod_store::stop() {
  subscriptions_.clear();
  for (const auto& [uid, worker] : by_uid_)
    worker->vanish();
}

void pod_store::hear_of_pod(const change& what) {
  if (what.kind == change_kind::deleted)
    return forget(*what.object);
  const auto it = by_uid_.find(uid_of(*what.object));
  if (it == by_uid_.end())
    return adopt(what.object);
  const auto worker = it->second;
  worker->update(what.object);
}

void pod_store::adopt(std::shared_ptr<const json> pod) {
  if (text_at_path(*pod, {"spec", "nodeName"}) != context_->options.node_name)
    return;
  const auto uid = uid_of(*pod);
  const auto ref = ref_of(*pod);
  auto worker = std::make_shared<pod_worker>(*context_, std::move(pod), next_address());
  by_uid_[uid] = worker;
  uids_[ref] = uid;
  for (const auto& claim : worker->claims())
    users_of_claims_[{ref.name_space, claim}].insert(uid);
  worker->begin();
}

/// The worker lives on until its last process has ended.
void pod_store::forget(const json& pod) {
  const auto it = by_uid_.find(uid_of(pod));
  if (it == by_uid_.end())
    return;
  const auto worker = it->second;
  by_uid_.erase(it);
  const auto ref = ref_of(pod);
  if (const auto known = uids_.find(ref); known != uids_.end() && known->second == uid_of(pod))
    uids_.erase(known);
  for (const auto& claim : worker->claims()) {
    const auto users = users_of_claims_.find({ref.name_space, claim});
    if (users != users_of_claims_.end() && users->second.erase(uid_of(pod)) > 0
        && users->second.empty())
      users_of_claims_.erase(users);
  }
  worker->vanish();
}

void pod_store::retry_waiting(const std::string& name_space) {
  if (!context_->options.run_processes)
    return;
  for (auto it = uids_.lower_bound({name_space, ""});
       it != uids_.end() && it->first.name_space == name_space; ++it) {
    const auto worker = by_uid_.at(it->second);
    worker->retry();
  }
}

std::string pod_store::next_address() {
  const auto number = ++addresses_;
  return "10.244." + std::to_string(number / 250 % 250) + "." + std::to_string(number % 250 + 2);
}

node::node(registry& objects, boost::asio::io_context& loop, node_options options)
    : pods_{std::make_unique<pod_store>(objects, loop, std::move(options))} {}

node::~node() = default;

const node_options& node::options() const {
  return pods_->context().options;
}

std::vector<pid_t> node::processes_on_claim(const object_ref& claim) const {
  return pods_->processes_on_claim(claim);
}

void node::stop() {
  pods_->stop();
}

pod_store& node::pods() {
  return *pods_;
}

} // namespace kubesim
