#include "tests/scenarios/embedded_cluster.hpp"

#include "k8s/curl_transport.hpp"
#include "tests/scenarios/application.hpp"
#include "tests/scenarios/scrape.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <future>
#include <thread>

namespace scenarios {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const fs::path project{PROJECT_DIRECTORY};

fs::path new_directory() {
  auto path = (fs::temp_directory_path() / "backup-scenario-XXXXXX").string();
  if (!mkdtemp(path.data()))
    throw std::runtime_error("cannot make a directory for the cluster");
  return path;
}

std::vector<std::string> kubesim_command(const fs::path& directory,
                                         const std::vector<std::string>& options) {
  std::vector<std::string> command{
      KUBESIM_PROGRAM,       "--kubeconfig-out",  directory / "admin.kubeconfig",
      "--state-dir",         directory / "state", "--log",
      directory / "requests"};
  command.insert(command.end(), options.begin(), options.end());
  return command;
}

} // namespace

bool await(const std::function<bool()>& condition, milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end)
      return false;
    std::this_thread::sleep_for(20ms);
  }
  return true;
}

embedded_cluster::embedded_cluster(std::vector<std::string> options) : directory_{new_directory()} {
  const auto log = directory_ / "kubesim.log";
  kubesim_ = std::make_unique<child_process>(kubesim_command(directory_, options), log);
  if (!await([&log] { return text_of(log).find("kubesim listening") != std::string::npos; }))
    throw std::runtime_error("kubesim does not start: " + text_of(log));
  auto access = k8s::kube_config({directory_ / "admin.kubeconfig", {}});
  if (!access)
    throw std::runtime_error(to_string(access.error()));
  access_ = std::move(*access);
  loop_ = std::make_unique<k8s::event_loop>();
  api_ = std::make_unique<k8s::client>(
      *loop_, k8s::make_curl_transport(*loop_, std::make_shared<k8s::connection_config>(access_)));
}

embedded_cluster::~embedded_cluster() {
  operators_.clear();
  api_.reset();
  loop_.reset();
  kubesim_.reset();
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

finished_command embedded_cluster::kubectl(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command{"kubectl", "--kubeconfig", directory_ / "admin.kubeconfig"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_command(command, directory_ / "kubectl.log");
}

void embedded_cluster::install(const std::string& manifests, const std::string& name_space) {
  const auto applied = kubectl({"apply", "-f", project / manifests});
  if (applied.exit_code != 0)
    throw std::runtime_error("kubectl apply -f " + manifests + ": " + applied.output);
  // Refused where only the definitions were installed.
  (void)ask(k8s::patch_request(kinds::deployment, {name_space, usual_account},
                               k8s::patch_kind::merge, {{"spec", {{"replicas", 0}}}}));
}

void embedded_cluster::give_account(int replica, const std::string& account) {
  const auto patch = json::array(
      {{{"op", "add"},
        {"path", "/subjects/-"},
        {"value", {{"kind", "ServiceAccount"}, {"name", account}, {"namespace", "kube-system"}}}}});
  must(k8s::create_request(kinds::service_account, "kube-system",
                           object_of(kinds::service_account, account)));
  must(k8s::patch_request(kinds::cluster_role_binding, {{}, usual_account}, k8s::patch_kind::json,
                          patch));
  must(k8s::patch_request(kinds::role_binding, {"kube-system", usual_account},
                          k8s::patch_kind::json, patch));
  write_kubeconfig(account, "kube-system");
  accounts_[replica] = account;
}

void embedded_cluster::write_kubeconfig(const std::string& account, const std::string& name_space) {
  const auto answer
      = must({.method = "POST",
              .path = "/api/v1/namespaces/" + name_space + "/serviceaccounts/" + account + "/token",
              .content_type = "application/json",
              .body = json{{"apiVersion", "authentication.k8s.io/v1"},
                           {"kind", "TokenRequest"},
                           {"spec", {{"expirationSeconds", 86400}}}}
                          .dump()});
  std::ofstream{directory_ / "ca.crt"} << access_.ca_pem;
  const json named{{"name", account}};
  auto server = named, user = named, context = named;
  server["cluster"]
      = {{"server", access_.server}, {"certificate-authority", (directory_ / "ca.crt").string()}};
  user["user"]["token"] = answer.at("status").at("token");
  context["context"] = {{"cluster", account}, {"user", account}, {"namespace", name_space}};
  std::ofstream{kubeconfig_of(account)} << json{{"apiVersion", "v1"},
                                                {"kind", "Config"},
                                                {"clusters", json::array({server})},
                                                {"users", json::array({user})},
                                                {"contexts", json::array({context})},
                                                {"current-context", account}};
}

fs::path embedded_cluster::log_of(int replica) const {
  return directory_ / ("operator-" + std::to_string(replica) + ".log");
}

void embedded_cluster::start_operator(const std::vector<std::string>& options, int replica) {
  auto& started = operators_[replica];
  started.process.reset();
  started.log_begin = text_of(log_of(replica)).size();
  const auto account = accounts_.find(replica);
  std::vector<std::string> command{
      OPERATOR_PROGRAM,
      "--kubeconfig",
      kubeconfig_of(account == accounts_.end() ? usual_account : account->second),
      "--health-address",
      "127.0.0.1:0",
      "--metrics-address",
      "127.0.0.1:0"};
  command.insert(command.end(), options.begin(), options.end());
  started.process = std::make_unique<child_process>(command, log_of(replica));
}

bool embedded_cluster::await_operator_ready() {
  return await(
      [this] { return operator_log().find("watching VolumeBackups") != std::string::npos; });
}

void embedded_cluster::kill_operator_hard() {
  operator_process().send_signal(SIGKILL);
  if (operator_process().await_end(10s) != 128 + SIGKILL)
    throw std::runtime_error("the operator outlives SIGKILL");
}

std::vector<k8s::result<json>> embedded_cluster::ask_all(std::vector<k8s::request> all) {
  using outcome = k8s::result<json>;
  std::vector<std::future<outcome>> waiting;
  for (auto& one : all) {
    const auto answer = std::make_shared<std::promise<outcome>>();
    waiting.push_back(answer->get_future());
    api_->send(std::move(one), patience,
               [answer](outcome came) { answer->set_value(std::move(came)); });
  }
  std::vector<outcome> outcomes;
  for (auto& one : waiting)
    outcomes.push_back(one.get());
  return outcomes;
}

k8s::result<json> embedded_cluster::ask(k8s::request what) {
  return std::move(ask_all({std::move(what)}).front());
}

json embedded_cluster::must(k8s::request what) {
  auto answer = ask(std::move(what));
  if (!answer)
    throw std::runtime_error(to_string(answer.error()));
  return std::move(*answer);
}

fs::path embedded_cluster::volume_directory(const std::string& name_space,
                                            const std::string& claim) {
  const auto bound = must(k8s::get_request(kinds::claim, {name_space, claim}));
  const auto volume = must(k8s::get_request(
      kinds::volume, {{}, bound.value("/spec/volumeName"_json_pointer, std::string{})}));
  return volume.value("/spec/csi/volumeAttributes/kubesim~1directory"_json_pointer, std::string{});
}

fs::path embedded_cluster::snapshot_directory(const std::string& handle) const {
  return directory_ / "state" / "snapshots" / handle;
}

std::vector<std::string> embedded_cluster::execs_in(const std::string& name_space) const {
  std::vector<std::string> found;
  for (const auto& line : lines_of(server_log())) {
    const auto path = json::parse(line, nullptr, false).value("path", std::string{});
    if (path.starts_with("/api/v1/namespaces/" + name_space + "/pods/")
        && path.find("/exec?") != std::string::npos)
      found.push_back(path);
  }
  return found;
}

std::size_t embedded_cluster::requests_of(const std::string& user,
                                          const std::string& name_space) const {
  const auto part = "/namespaces/" + name_space;
  const auto is_about = [&](const std::string& path) {
    const auto found = path.find(part);
    if (found == std::string::npos)
      return false;
    const auto rest = path.substr(found + part.size());
    return rest.empty() || rest.front() == '/' || rest.front() == '?';
  };
  std::size_t found = 0;
  for (const auto& line : lines_of(server_log()))
    if (const auto entry = json::parse(line, nullptr, false);
        entry.is_object() && entry.value("user", "") == user && is_about(entry.value("path", "")))
      ++found;
  return found;
}

int embedded_cluster::metrics_port(int replica) const {
  constexpr std::string_view announcement = "serves /metrics on port ";
  const auto log = operator_log(replica);
  const auto found = log.find(announcement);
  if (found == std::string::npos)
    throw std::runtime_error("the operator serves no metrics: " + log);
  return std::stoi(log.substr(found + announcement.size()));
}

std::map<std::string, double> embedded_cluster::metrics(int replica) const {
  return series_of(page_of(metrics_port(replica), "/metrics"));
}

std::string embedded_cluster::operator_log(int replica) const {
  const auto text = text_of(log_of(replica));
  const auto found = operators_.find(replica);
  const auto begin = found == operators_.end() ? 0 : found->second.log_begin;
  return text.substr(std::min(begin, text.size()));
}

} // namespace scenarios
