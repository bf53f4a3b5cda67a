#include "actors/operator_process.hpp"

#include "actors/operator_config.hpp"
#include "actors/operator_root.hpp"
#include "actors/status_server.hpp"
#include "k8s/curl_transport.hpp"
#include "k8s/event_loop.hpp"
#include "k8s/leader_elector.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <csignal>
#include <ctime>
#include <future>
#include <pthread.h>
#include <random>
#include <unistd.h>

namespace actors {

namespace {

using namespace std::chrono_literals;

/// Shorter than the pod's terminationGracePeriodSeconds, so that the end is ours and not a SIGKILL.
constexpr auto longest_stop = 55s;

k8s::result<k8s::connection_config> find_cluster(const operator_options& options) {
  if (options.kubeconfig.empty() && options.context.empty()) {
    auto found = k8s::in_cluster_config();
    if (found || found.error().code != k8s::errc::not_found)
      return found;
  }
  return k8s::kube_config({options.kubeconfig, options.context});
}

/// Nothing if the file of `--config` cannot be used, which was logged then.
std::optional<operator_config> find_settings(const operator_options& options, const journal& log) {
  if (options.config.empty())
    return operator_config{};
  auto read = read_config(options.config);
  if (auto* settings = std::get_if<operator_config>(&read))
    return std::move(*settings);
  log.error({}, "--config " + options.config + ": " + std::get<config_problem>(read).message);
  return std::nullopt;
}

/// Null if the address of that option cannot be used, which was logged then.
std::shared_ptr<status_server> serve(k8s::event_loop& loop, const std::string& option,
                                     const std::string& address, status_server::pages pages,
                                     const journal& log) {
  std::string paths;
  for (const auto& [path, page] : pages)
    paths += (paths.empty() ? "" : " and ") + path;
  auto server = status_server::listen(loop, address, std::move(pages));
  if (server) {
    log.info({}, "serves " + paths + " on port " + std::to_string((*server)->port()));
    return std::move(*server);
  }
  log.error({}, to_string(server.error()) + " (" + option + ")");
  return nullptr;
}

/// SIGTERM and SIGINT as values: blocked in every thread, waited for in this one.
class stop_signals {
public:
  stop_signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }

  /// True if a signal came within `wait`.
  bool wait_for(std::chrono::milliseconds wait) const {
    const timespec limit{wait.count() / 1000, wait.count() % 1000 * 1'000'000};
    return sigtimedwait(&set_, nullptr, &limit) > 0;
  }

private:
  sigset_t set_{};
};

/// What the probes ask. Written by several threads.
struct health {
  std::atomic<bool> has_definitions{false}, is_synced{false}, is_stopping{false};

  status_page readiness() const {
    if (is_stopping)
      return {503, "stopping\n"};
    if (!has_definitions)
      return {503, "the CustomResourceDefinitions are not installed\n"};
    return is_synced ? status_page{200, "ok\n"}
                     : status_page{503, "VolumeBackups have not been listed yet\n"};
  }
};

k8s::result<k8s::done> check_definitions(k8s::client& api) {
  std::promise<k8s::result<nlohmann::json>> answered;
  k8s::request request;
  request.method = "GET";
  request.path = "/apis/" + crds::volume_backup::kind.api_version();
  request.repeat = k8s::repeatable::always;
  request.verb = "get";
  request.resource = "apis";
  api.send(request, 10s, [&answered](k8s::result<nlohmann::json> answer) {
    answered.set_value(std::move(answer));
  });
  const auto answer = answered.get_future().get();
  if (!answer)
    return answer.error();
  for (const auto& plural :
       {crds::volume_backup::kind.plural, crds::volume_backup_provider::kind.plural,
        crds::volume_restore::kind.plural}) {
    bool is_served = false;
    for (const auto& resource : answer->value("resources", nlohmann::json::array()))
      is_served = is_served || resource.value("name", "") == plural;
    if (!is_served)
      return k8s::error{.code = k8s::errc::not_found,
                        .attempted = request.summary(),
                        .detail = std::string{plural} + " are not served",
                        .reason = {},
                        .retry_after = {}};
  }
  return k8s::done{};
}

/// Waits until our kinds are served. False if a signal came first.
bool await_definitions(k8s::client& api, const stop_signals& signals, const journal& log) {
  for (auto pause = 1s;; pause = std::min(2 * pause, 30s)) {
    const auto checked = check_definitions(api);
    if (checked)
      return true;
    const bool is_missing = checked.error().is_not_found();
    log.error({}, (is_missing ? "the CustomResourceDefinitions of backups.example.com/v1alpha1 are "
                                "not installed; install them with: "
                                "kubectl apply -f crds/ (or deploy/, which has them too): "
                              : "the API server cannot be asked for our kinds: ")
                      + to_string(checked.error()));
    if (signals.wait_for(pause))
      return false;
  }
}

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

/// Unlike that of every other process, also of this pod's next one: an earlier life's Lease is
/// waited for like anybody's.
std::string new_identity() {
  std::ostringstream text;
  text << host_name() << '_' << std::hex << std::random_device{}();
  return text.str();
}

/// Whether this replica may act: always, or while it holds the Lease. The Lease has a thread and a
/// connection of its own, so that no load delays its renewal.
class leadership {
public:
  leadership(const operator_options& options,
             const std::shared_ptr<const k8s::connection_config>& config, journal log,
             std::shared_ptr<metrics> counts)
      : log_{std::move(log)}, counts_{std::move(counts)} {
    if (!options.leader_elect)
      return;
    loop_ = std::make_unique<k8s::event_loop>();
    const auto api = std::make_shared<k8s::client>(*loop_, k8s::make_curl_transport(*loop_, config),
                                                   counts_->request_observer());
    const auto& name_space = config->name_space;
    elector_ = std::make_unique<k8s::leader_elector>(
        *loop_, api,
        k8s::election_settings{
            .lease = {name_space.empty() ? "kube-system" : name_space, "backup-restore-operator"},
            .identity = new_identity(),
            .duration = std::chrono::ceil<std::chrono::seconds>(options.lease_duration)},
        handlers());
  }

  /// From any thread.
  bool may_act() const { return !elector_ || elector_->leads(); }

  /// `root` gets `lead` when this replica may act. The handle must live as long as this.
  void begin(const root_actor& root) {
    root_ = &root;
    if (elector_)
      return elector_->start();
    counts_->set_leader(true);
    caf::anon_send(root, lead{});
  }

  /// When nothing acts any more.
  void give_up() {
    if (elector_)
      elector_->release(5s);
  }

private:
  k8s::election_handlers handlers() {
    return {.on_lead =
                [this] {
                  log_.info({}, "leads from now on");
                  counts_->set_leader(true);
                  caf::anon_send(*root_, lead{});
                },
            .on_lost =
                [this] {
                  // Another replica may act from now on. The end of this process closes its freeze
                  // sessions, whose pods thaw by that; nothing is faster or surer.
                  log_.error({}, "lost the Lease; ends");
                  std::_Exit(4);
                },
            .on_observed =
                [this](const std::string& holder) {
                  if (!holder.empty())
                    log_.info({}, "stands by for " + holder);
                },
            .on_failed
            = [this](const k8s::error& why) { log_.warn({}, "the Lease: " + to_string(why)); }};
  }

  journal log_;
  std::shared_ptr<metrics> counts_;
  std::unique_ptr<k8s::event_loop> loop_;
  std::unique_ptr<k8s::leader_elector> elector_;
  const root_actor* root_ = nullptr;
};

/// Waits for a signal, or for the actors to end by themselves; then stops them. The caller's handle
/// keeps the root alive: without one CAF would end it, and with it everything that still thaws.
int supervise(caf::actor_system& system, const root_actor& root, const stop_signals& signals,
              health& probes, const journal& log) {
  const auto actors_running = [&system] { return system.registry().running() > 0; };
  while (!signals.wait_for(200ms))
    if (!actors_running())
      return 1;
  log.info({}, "stopping");
  probes.is_stopping = true;
  caf::anon_send(root, stop_work{});
  const auto end = std::chrono::steady_clock::now() + longest_stop;
  while (actors_running() && std::chrono::steady_clock::now() < end)
    signals.wait_for(20ms);
  if (!actors_running())
    return 0;
  log.error({}, "actors did not end in time; the freeze sessions thaw by their end-of-file");
  std::_Exit(3); // ~actor_system would wait for them for ever
}

} // namespace

int run_operator(const operator_options& options) {
  const stop_signals signals; // before any thread exists
  const journal log{options.log_format, options.log_level};
  const auto settings = find_settings(options, log);
  if (!settings)
    return 1;
  auto found = find_cluster(options);
  if (!found) {
    log.error({}, "no usable cluster: " + to_string(found.error()));
    return 1;
  }
  const auto config = std::make_shared<const k8s::connection_config>(std::move(*found));
  k8s::event_loop loop;
  health probes;
  const auto counts = std::make_shared<metrics>();
  const auto answering = serve(loop, "--health-address", options.health_address,
                               {{"/healthz",
                                 [] {
                                   return status_page{200, "ok\n"};
                                 }},
                                {"/readyz", [&probes] { return probes.readiness(); }}},
                               log);
  const auto exposing = serve(loop, "--metrics-address", options.metrics_address,
                              {{"/metrics",
                                [counts] {
                                  return status_page{200, counts->text()};
                                }}},
                              log);
  if (!answering || !exposing)
    return 1;
  root_config root;
  root.api = std::make_shared<k8s::client>(loop, k8s::make_curl_transport(loop, config),
                                           counts->request_observer());
  log.info({}, "backup-restore-operator " OPERATOR_VERSION " uses " + config->server);
  if (!await_definitions(*root.api, signals, log))
    return 0;
  probes.has_definitions = true;
  leadership leads{options, config, log, counts};
  root.exec = k8s::make_websocket_exec(loop, config);
  root.may_act = [&leads] { return leads.may_act(); };
  root.namespaces = options.namespaces;
  root.limits.max_freeze_cap = options.max_freeze_cap;
  root.limits.thaw_on_driver = settings->thaw_on_driver;
  root.drivers = settings->limits;
  root.log = log;
  root.metrics = counts;
  root.instance = host_name();
  root.on_synced = [&probes] { probes.is_synced = true; };
  caf::actor_system_config actor_config;
  actor_config.set("scheduler.policy", caf::atom("sharing"));
  actor_config.set("scheduler.max-threads", std::size_t{options.threads});
  actor_config.set("scheduler.max-throughput", std::size_t{100});
  caf::actor_system system{actor_config};
  const auto acting = system.spawn(operator_root, std::move(root));
  leads.begin(acting);
  const auto status = supervise(system, acting, signals, probes, log);
  leads.give_up();
  return status;
}

} // namespace actors
