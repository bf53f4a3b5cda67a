#include "tests/scenarios/cluster_scenario.hpp"

#include "crds/volume_backup_provider.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace scenarios {

using namespace std::chrono_literals;

std::unique_ptr<embedded_cluster> cluster_scenario::cluster_;

void cluster_scenario::start_cluster(std::vector<std::string> options) {
  cluster_ = std::make_unique<embedded_cluster>(std::move(options));
  cluster_->install();
  cluster_->write_operator_kubeconfig();
  cluster_->start_operator();
  ASSERT_TRUE(cluster_->await_operator_ready()) << cluster_->operator_log();
}

void cluster_scenario::TearDownTestSuite() {
  cluster_.reset();
}

void cluster_scenario::SetUp() {
  static int number = 0;
  name_space_ = "shop-" + std::to_string(++number);
  if (cluster_)
    given_namespace(name_space_);
}

void cluster_scenario::TearDown() {
  if (!cluster_)
    return;
  if (HasFailure())
    std::cerr << "log of the operator:\n" << cluster_->operator_log() << '\n';
  (void)cluster_->ask(k8s::delete_request(kinds::name_space, {{}, name_space_}, {}));
}

void cluster_scenario::given_namespace(const std::string& name) {
  cluster().must(k8s::create_request(kinds::name_space, {}, object_of(kinds::name_space, name)));
}

void cluster_scenario::given_provider(const std::string& name, json spec) {
  auto object = object_of(crds::volume_backup_provider::kind, name);
  object["spec"] = std::move(spec);
  cluster().must(k8s::create_request(crds::volume_backup_provider::kind, name_space_, object));
}

bool cluster_scenario::is_ready(const application& what, const std::string& name_space) {
  const auto found = cluster().must(k8s::get_request(what.kind, {name_space, what.name}));
  const auto* counter
      = what.kind == kinds::daemon_set ? "/status/numberReady" : "/status/readyReplicas";
  return found.value(json::json_pointer{counter}, 0) == what.pods;
}

void cluster_scenario::given_application(const application& what) {
  for (auto& one : requests_for(what, name_space_))
    cluster().must(std::move(one));
  if (what.becomes_ready && what.storage_class.empty()) {
    ASSERT_TRUE(await([&] { return is_ready(what, name_space_); }))
        << what.name << " does not become ready";
    return;
  }
  ASSERT_TRUE(await([this] { return count(kinds::pod) > 0; }));
}

k8s::result<json> cluster_scenario::try_to_back_up(const std::string& name, json spec) {
  spec.emplace("applicationRef", "app");
  auto object = object_of(crds::volume_backup::kind, name);
  object["spec"] = std::move(spec);
  return cluster().ask(k8s::create_request(crds::volume_backup::kind, name_space_, object));
}

void cluster_scenario::back_up(const std::string& name, json spec) {
  const auto created = try_to_back_up(name, std::move(spec));
  ASSERT_TRUE(created) << to_string(created.error());
}

crds::volume_backup cluster_scenario::status(const std::string& name) {
  auto decoded = crds::volume_backup::decode(
      cluster().must(k8s::get_request(crds::volume_backup::kind, {name_space_, name})));
  if (decoded)
    return std::move(*decoded);
  ADD_FAILURE() << to_string(decoded.error());
  return {};
}

crds::volume_backup cluster_scenario::await_phase(const std::string& name, crds::backup_phase phase,
                                                  milliseconds limit) {
  crds::volume_backup seen;
  const bool came = await(
      [&] {
        seen = status(name);
        return seen.status.phase == phase || is_final(seen.status.phase);
      },
      limit);
  EXPECT_TRUE(came && seen.status.phase == phase)
      << name << " is " << to_string(seen.status.phase) << ", not " << to_string(phase) << ": "
      << seen.status.reason << ": " << seen.status.message;
  return seen;
}

bool cluster_scenario::await_event(const std::string& name, const std::string& reason) {
  return await([&] {
    const auto list = cluster().must(k8s::list_request(kinds::event, name_space_, {}));
    return std::any_of(list.at("items").begin(), list.at("items").end(), [&](const json& event) {
      return event.value("/involvedObject/name"_json_pointer, "") == name
             && event.value("reason", "") == reason;
    });
  });
}

json cluster_scenario::condition(const std::string& name, const std::string& type) {
  const auto backup
      = cluster().must(k8s::get_request(crds::volume_backup::kind, {name_space_, name}));
  for (const auto& one : backup.value("/status/conditions"_json_pointer, json::array()))
    if (one.value("type", "") == type)
      return one;
  return json::object();
}

void cluster_scenario::patch_backup(const std::string& name, const json& patch) {
  cluster().must(k8s::patch_request(crds::volume_backup::kind, {name_space_, name},
                                    k8s::patch_kind::merge, patch));
}

void cluster_scenario::delete_backup(const std::string& name) {
  cluster().must(k8s::delete_request(crds::volume_backup::kind, {name_space_, name}, {}));
}

bool cluster_scenario::is_gone(const k8s::resource_kind& kind, const std::string& name) {
  const auto found = cluster().ask(k8s::get_request(kind, {name_space_, name}));
  return !found && found.error().is_not_found();
}

std::size_t cluster_scenario::count(const k8s::resource_kind& kind) {
  return cluster().must(k8s::list_request(kind, name_space_, {})).at("items").size();
}

std::vector<std::string> cluster_scenario::lines_on(const std::string& claim,
                                                    const std::string& file) {
  return lines_of(cluster().volume_directory(name_space_, claim) / file);
}

std::size_t cluster_scenario::hook_runs(const std::string& what) {
  const auto lines = lines_on("data", "hooks");
  return static_cast<std::size_t>(
      std::count_if(lines.begin(), lines.end(),
                    [&what](const auto& line) { return line.starts_with(what + " "); }));
}

bool cluster_scenario::is_frozen() {
  const auto directory = cluster().volume_directory(name_space_, "data");
  for (const auto& entry : std::filesystem::directory_iterator{directory})
    if (entry.path().filename().string().starts_with("frozen."))
      return true;
  return false;
}

} // namespace scenarios
