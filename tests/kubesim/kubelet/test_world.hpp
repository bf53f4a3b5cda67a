#pragma once

#include "tests/kubesim/api/api_registry.hpp"
#include "tests/kubesim/kubelet/node.hpp"
#include "tests/kubesim/kubelet/pod_fields.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace kubesim {

/// A registry and a node with real containers, without HTTP and controllers: pods are bound to the
/// node by whoever makes them.
class test_world {
public:
  explicit test_world(bool run_processes = true);
  ~test_world();
  test_world(const test_world&) = delete;
  test_world& operator=(const test_world&) = delete;

  boost::asio::io_context loop;
  std::unique_ptr<api_registry> objects;
  std::unique_ptr<node> kubelet;

  /// Creates an object in namespace `default` (if it has namespaces).
  json make(const json& object);
  /// Null if there is none.
  json get(const std::string& kind, const std::string& name) const;
  void patch(const std::string& kind, const std::string& name, const json& patch,
             const std::string& subresource = {});
  void remove(const std::string& kind, const std::string& name);
  const resource_type& type_of(const std::string& kind) const;

  /// Runs the loop until the condition holds; fails the test after half a minute.
  template <class Condition>
  void run_until(Condition holds) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (!holds()) {
      ASSERT_LT(std::chrono::steady_clock::now(), limit) << "the condition never held";
      loop.restart();
      loop.run_one_for(std::chrono::milliseconds{50});
    }
  }
  /// ... until the text at the path of an object is this.
  void run_until_is(const std::string& kind, const std::string& name,
                    std::initializer_list<std::string_view> path, const std::string& text);

  /// What a command in the pod's first container writes and how it ends.
  struct outcome {
    std::string output;
    int exit_code = -1;
  };
  outcome run_in(const std::string& pod, const std::string& script);

  std::filesystem::path directory;
};

/// A pod of this node whose only container `main` runs a script.
json test_pod(const std::string& name, const std::string& script);
/// The same with a claim mounted at /data.
json test_pod_with_claim(const std::string& name, const std::string& script,
                         const std::string& claim);
json test_claim(const std::string& name);

} // namespace kubesim
