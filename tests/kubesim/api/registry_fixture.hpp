#pragma once

#include "tests/kubesim/api/registry_factory.hpp"

#include <deque>
#include <functional>
#include <string>

namespace kubesim::test {

inline kind_rules plain_kind(const std::string& plural, const std::string& kind) {
  kind_rules rules;
  rules.type.version = "v1";
  rules.type.plural = plural;
  rules.type.kind = kind;
  rules.type.list_kind = kind + "List";
  return rules;
}

inline kind_rules namespace_kind() {
  auto rules = plain_kind("namespaces", "Namespace");
  rules.type.is_namespaced = false;
  rules.begin_deletion = [](json& object) { object["status"]["phase"] = "Terminating"; };
  rules.is_held = [](const json& object) { return object.value("held", false); };
  return rules;
}

/// A custom kind with a status subresource.
inline kind_rules widget_kind() {
  auto rules = plain_kind("widgets", "Widget");
  rules.type.group = "example.com";
  rules.type.is_custom = true;
  rules.type.has_status = true;
  rules.type.has_generation = true;
  rules.allows_unconditional_update = false;
  return rules;
}

/// Graceful deletion, as of pods.
inline kind_rules runner_kind() {
  auto rules = plain_kind("runners", "Runner");
  rules.type.has_generation = true;
  rules.delete_answers_object = true;
  rules.grace_seconds = [](const json&) { return 30; };
  return rules;
}

/// A registry on a clock and a loop that the test moves by hand; the namespace `n` exists.
class small_cluster {
public:
  explicit small_cluster(std::size_t history_length = 1000) {
    registry_options options;
    options.post = [this](std::function<void()> task) { posted_.push_back(std::move(task)); };
    options.now = [this] { return now; };
    options.random = [this] { return ++random_; };
    options.history_length = history_length;
    objects = make_registry(
        {plain_kind("configmaps", "ConfigMap"), namespace_kind(), widget_kind(), runner_kind()},
        std::move(options));
    (void)objects->create(type("namespaces"), {}, {{"metadata", {{"name", "n"}}}});
    run();
  }

  const resource_type& type(const std::string& plural) const {
    return *objects->find_type(plural == "widgets" ? "example.com" : "", "v1", plural);
  }

  /// Runs what was posted, and what that posts, until nothing is left.
  void run() {
    while (!posted_.empty()) {
      auto task = std::move(posted_.front());
      posted_.pop_front();
      task();
    }
  }

  json create(const std::string& plural, const std::string& name, json more = json::object()) {
    more["metadata"]["name"] = name;
    auto made = objects->create(type(plural), "n", std::move(more));
    return made ? *made : made.refusal().status;
  }

  json merge(const std::string& plural, const std::string& name, const json& patch,
             std::string_view subresource = {}) {
    auto written = objects->merge(type(plural), {"n", name}, patch, subresource);
    return written ? *written : written.refusal().status;
  }

  json update(const std::string& plural, const std::string& name, json object,
              std::string_view subresource = {}) {
    auto written = objects->update(type(plural), {"n", name}, std::move(object), subresource);
    return written ? *written : written.refusal().status;
  }

  json remove(const std::string& plural, const std::string& name, removal_options options = {}) {
    auto removed = objects->remove(type(plural), {"n", name}, options);
    return removed ? *removed : removed.refusal().status;
  }

  std::shared_ptr<const json> find(const std::string& plural, const std::string& name) const {
    return objects->find(type(plural), {"n", name});
  }

  std::chrono::system_clock::time_point now{std::chrono::seconds{1'700'000'000}};
  std::unique_ptr<api_registry> objects;

private:
  std::deque<std::function<void()>> posted_;
  std::uint64_t random_ = 0;
};

} // namespace kubesim::test
