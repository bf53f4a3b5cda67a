#pragma once

#include "k8s/client.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace actors {

struct cluster_config {
  std::shared_ptr<k8s::client> api;
  /// May this process still write? False once another replica may have taken over. From the loop's
  /// and any actor's thread.
  std::function<bool()> may_act;
  std::chrono::milliseconds read_deadline{10'000};
  std::chrono::milliseconds write_deadline{10'000};
  std::string instance; ///< reportingInstance of events: this pod's name
};

} // namespace actors
