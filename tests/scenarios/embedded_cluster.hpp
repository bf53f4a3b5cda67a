#pragma once

#include "k8s/client.hpp"
#include "k8s/config/connection_config.hpp"
#include "k8s/event_loop.hpp"
#include "tests/scenarios/child_process.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace scenarios {

using nlohmann::json;
using std::chrono::milliseconds;

/// Generous: these programs share the machine with others. What is measured has limits of its own.
inline constexpr milliseconds patience{60'000};

/// Until the condition holds; false if it did not within the limit.
bool await(const std::function<bool()>& condition, milliseconds limit = patience);

/// A kubesim with its own state, an operator beside it, and a client of both with all rights.
/// Throws std::runtime_error where one of them does not do what is asked.
class embedded_cluster {
public:
  explicit embedded_cluster(std::vector<std::string> options = {});
  ~embedded_cluster();

  /// What an administrator does: `kubectl apply -f`. The Deployment gets no pods, as no image is
  /// there; start_operator() runs the program with the rights of its service account.
  void install(const std::string& manifests = "deploy/",
               const std::string& name_space = "kube-system");
  /// As an administrator.
  finished_command kubectl(const std::vector<std::string>& arguments) const;
  void write_operator_kubeconfig(const std::string& name_space = "kube-system") {
    write_kubeconfig(usual_account, name_space);
  }
  /// A service account of its own, with the same rights: the server's log tells replicas apart.
  void give_account(int replica, const std::string& account);
  std::filesystem::path admin_kubeconfig() const { return directory_ / "admin.kubeconfig"; }
  /// In place of the one that runs as that replica, if any.
  void start_operator(const std::vector<std::string>& options = {}, int replica = 0);
  bool await_operator_ready();
  child_process& operator_process(int replica = 0) { return *operators_.at(replica).process; }
  /// SIGKILL.
  void kill_operator_hard();
  void stop_operators() { operators_.clear(); }

  k8s::client& api() { return *api_; }
  /// Blocks for the answer.
  k8s::result<json> ask(k8s::request what);
  /// All at once; the outcomes in order.
  std::vector<k8s::result<json>> ask_all(std::vector<k8s::request> all);
  /// For what must succeed: throws what the server said otherwise.
  json must(k8s::request what);

  std::filesystem::path volume_directory(const std::string& name_space, const std::string& claim);
  std::filesystem::path snapshot_directory(const std::string& handle) const;
  /// One JSON line for each request, and for each freeze and thaw of a pod without processes.
  std::filesystem::path server_log() const { return directory_ / "requests"; }
  /// The requests that were logged so far and opened an exec in a pod of that namespace.
  std::vector<std::string> execs_in(const std::string& name_space) const;
  /// How many requests were logged so far of that user about that namespace or what is in it.
  std::size_t requests_of(const std::string& user, const std::string& name_space) const;
  /// Of the process that runs, or ran last, as that replica.
  std::string operator_log(int replica = 0) const;
  /// Where that replica serves /metrics.
  int metrics_port(int replica = 0) const;
  /// What that replica's /metrics say now, by series: `name{label="value"}`.
  std::map<std::string, double> metrics(int replica = 0) const;

private:
  static constexpr const char* usual_account = "backup-restore-operator";

  std::filesystem::path directory_;
  struct replica_process {
    std::size_t log_begin = 0;
    std::unique_ptr<child_process> process;
  };

  std::filesystem::path log_of(int replica) const;
  void write_kubeconfig(const std::string& account, const std::string& name_space);
  std::filesystem::path kubeconfig_of(const std::string& account) const {
    return directory_ / (account + ".kubeconfig");
  }

  std::unique_ptr<child_process> kubesim_;
  std::map<int, replica_process> operators_;
  std::map<int, std::string> accounts_; ///< by replica, where it is not the usual one
  k8s::connection_config access_;
  std::unique_ptr<k8s::event_loop> loop_;
  std::unique_ptr<k8s::client> api_;
};

} // namespace scenarios
