// What the operator asks of a server for each backup, without anything else: no checks, no
// recovery, no state. The limit that bench/high_volume measures the operator against. Backs up
// whatever VolumeBackups appear, and says at its end what it took.

#include "actors/freeze_session/session_script.hpp"
#include "crds/volume_backup.hpp"
#include "k8s/client.hpp"
#include "k8s/config/connection_config.hpp"
#include "k8s/curl_transport.hpp"
#include "k8s/event_loop.hpp"
#include "k8s/exec.hpp"
#include "k8s/watcher.hpp"
#include "tests/scenarios/application.hpp"

#include <CLI/CLI.hpp>

#include <deque>
#include <future>
#include <iostream>
#include <map>
#include <sys/resource.h>

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
namespace kinds = scenarios::kinds;

constexpr auto deadline = 120s;
constexpr const char* finalizer = "backups.example.com/bare-client";

[[noreturn]] void fail(const std::string& why) {
  std::cerr << why << std::endl;
  std::_Exit(1);
}

/// On the loop's thread.
class bare_client {
public:
  bare_client(k8s::client& api, k8s::exec_opener& exec, int number, int most_at_once)
      : api_{api}, exec_{exec}, left_{number}, free_{most_at_once} {}

  std::future<void> done() { return done_.get_future(); }

  void see_backup(const json& object) {
    const auto& meta = object.at("metadata");
    const auto key
        = meta.at("namespace").get<std::string>() + "/" + meta.at("name").get<std::string>();
    const bool is_of_another_round = object.contains("/status/phase"_json_pointer);
    if (!seen_.emplace(key, nullptr).second || is_of_another_round)
      return;
    auto one = std::make_shared<chain>();
    one->key = {meta.at("namespace"), meta.at("name")};
    one->uid = meta.at("uid");
    one->application = object.at("/spec/applicationRef"_json_pointer);
    waiting_.push_back(std::move(one));
    start_next();
  }

  void see_snapshot(const json& object) {
    const auto found = of_snapshots_.find(object.at("/metadata/name"_json_pointer));
    if (found == of_snapshots_.end())
      return;
    const auto one = found->second;
    if (object.contains("/status/creationTime"_json_pointer) && !one->is_cut) {
      one->is_cut = true;
      one->session->write(std::string{freeze_session::thaw_line});
    }
    if (object.value("/status/readyToUse"_json_pointer, false))
      one->is_ready = true;
    finish_if_ready(one);
  }

private:
  struct chain {
    k8s::object_key key;
    std::string uid, application, pod, output;
    std::shared_ptr<k8s::exec_session> session;
    int reads = 0;
    bool is_frozen = false, is_cut = false, is_thawed = false, is_ready = false, is_over = false;
  };
  using chain_ptr = std::shared_ptr<chain>;

  void start_next() {
    if (waiting_.empty() || free_ == 0)
      return;
    --free_;
    const auto one = std::move(waiting_.front());
    waiting_.pop_front();
    one->reads = 5;
    const auto& space = one->key.name_space;
    for (const auto* plural : {"deployments", "statefulsets", "daemonsets"})
      send(k8s::get_request({"apps", "v1", plural, ""}, {space, one->application}),
           [this, one](const json&) { count_read(one); });
    send(k8s::get_request(kinds::claim, {space, one->application}),
         [this, one](const json&) { count_read(one); });
    send(k8s::list_request(kinds::pod, space, {.limit = 500}), [this, one](const json& pods) {
      for (const auto& pod : pods.at("items"))
        if (const std::string name = pod.at("/metadata/name"_json_pointer);
            name.starts_with(one->application + "-"))
          one->pod = name;
      count_read(one);
    });
  }

  void count_read(const chain_ptr& one) {
    if (--one->reads == 0)
      patch(one, {{"metadata", {{"finalizers", {finalizer}}}}}, {}, [this, one] {
        patch(one, {{"status", {{"phase", "Freezing"}}}}, "status", [this, one] { freeze(one); });
      });
  }

  void freeze(const chain_ptr& one) {
    one->session = exec_.open(
        {.pod = {one->key.name_space, one->pod},
         .container = "main",
         .command = freeze_session::session_command(freeze_session::session_id(one->uid, 1, 0)),
         .with_stdin = true},
        {.on_open = {},
         .on_output =
             [this, one](k8s::exec_channel, std::string_view bytes) {
               one->output += bytes;
               if (!one->is_frozen && one->output.find("@freeze frozen") != std::string::npos)
                 cut(one);
             },
         .on_done =
             [this, one](const k8s::exec_outcome& outcome) {
               if (!std::holds_alternative<k8s::exec_exited>(outcome))
                 fail("the session of " + one->pod + " was lost");
               verify(one);
             }});
    one->session->write(freeze_session::session_input(
        {.not_after
         = std::chrono::ceil<std::chrono::seconds>(std::chrono::system_clock::now() + 60s),
         .client = {},
         .ready = {},
         .pre = "true",
         .post = "true"}));
  }

  void cut(const chain_ptr& one) {
    one->is_frozen = true;
    auto object = scenarios::object_of(kinds::snapshot, "bare-" + one->key.name);
    object["metadata"]["labels"] = {{"backups.example.com/backup", one->uid}};
    object["spec"]["source"]["persistentVolumeClaimName"] = one->application;
    of_snapshots_["bare-" + one->key.name] = one;
    send(k8s::create_request(kinds::snapshot, one->key.name_space, object), [](const json&) {});
  }

  void verify(const chain_ptr& one) {
    send(k8s::get_request(kinds::pod, {one->key.name_space, one->pod}), [this, one](const json&) {
      patch(one, {{"status", {{"phase", "Uploading"}}}}, "status", [this, one] {
        one->is_thawed = true;
        finish_if_ready(one);
      });
    });
  }

  void finish_if_ready(const chain_ptr& one) {
    if (!one->is_thawed || !one->is_ready || std::exchange(one->is_over, true))
      return;
    patch(one, {{"status", {{"phase", "Completed"}}}}, "status", [this, one] {
      patch(one, {{"metadata", {{"finalizers", nullptr}}}}, {}, [this, one] {
        auto event = scenarios::object_of(kinds::event, one->key.name + ".completed");
        event.update({{"reason", "Completed"},
                      {"type", "Normal"},
                      {"message", "completed"},
                      {"involvedObject",
                       {{"kind", "VolumeBackup"},
                        {"name", one->key.name},
                        {"uid", one->uid},
                        {"namespace", one->key.name_space}}}});
        send(k8s::create_request(kinds::event, one->key.name_space, event), [this](const json&) {
          ++free_;
          if (--left_ == 0)
            return done_.set_value();
          start_next();
        });
      });
    });
  }

  void patch(const chain_ptr& one, const json& body, std::string_view subresource,
             std::function<void()> then) {
    send(k8s::patch_request(crds::volume_backup::kind, one->key, k8s::patch_kind::merge, body,
                            subresource),
         [then = std::move(then)](const json&) { then(); });
  }

  void send(k8s::request what, std::function<void(const json&)> then) {
    api_.send(std::move(what), deadline,
              [this, then = std::move(then)](const k8s::result<json>& answer) {
                if (answer || answer.error().is_not_found())
                  return then(answer ? *answer : json{});
                fail(to_string(answer.error()));
              });
  }

  k8s::client& api_;
  k8s::exec_opener& exec_;
  int left_, free_;
  std::deque<chain_ptr> waiting_;
  std::map<std::string, chain_ptr> seen_, of_snapshots_;
  std::promise<void> done_;
};

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

} // namespace

int main(int argc, char** argv) {
  std::string kubeconfig;
  int number = 1, most_at_once = 100;
  CLI::App app{"The requests of backups without any logic"};
  app.add_option("--kubeconfig", kubeconfig)->required();
  app.add_option("--backups", number, "ends after so many")->required();
  app.add_option("--at-once", most_at_once, "chains of requests that run at a time");
  CLI11_PARSE(app, argc, argv);
  const auto access = k8s::kube_config({kubeconfig, {}});
  if (!access) {
    std::cerr << to_string(access.error()) << '\n';
    return 1;
  }
  const auto config = std::make_shared<const k8s::connection_config>(*access);
  k8s::event_loop loop;
  k8s::client api{loop, k8s::make_curl_transport(loop, config)};
  const auto exec = k8s::make_websocket_exec(loop, config);
  bare_client client{api, *exec, number, most_at_once};
  auto done = client.done();
  const k8s::watcher snapshots{
      api, kinds::snapshot, {}, {.on_changed = [&](const json& one) { client.see_snapshot(one); }}};
  const k8s::watcher backups{api,
                             crds::volume_backup::kind,
                             {},
                             {.on_changed = [&](const json& one) { client.see_backup(one); },
                              .on_synced = [] { std::cout << "watching" << std::endl; }}};
  done.wait();
  std::cout << "cpu " << cpu_seconds() << std::endl;
}
