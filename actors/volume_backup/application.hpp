#pragma once

#include "k8s/resources/pod.hpp"
#include "k8s/resources/workload.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Pure: what `spec.applicationRef` means.
namespace actors {

enum class application_kind { any_workload, deployment, stateful_set, daemon_set, pod, claim };

/// `mysql`, `deployment/mysql`, `persistentvolumeclaim/data`, ...
struct application_ref {
  application_kind kind = application_kind::any_workload;
  std::string name;
};

/// Empty if the part before the slash is no kind we know, or the name is empty.
std::optional<application_ref> parse_application_ref(std::string_view text);

/// A Deployment, StatefulSet or DaemonSet that an applicationRef names.
struct found_workload {
  std::string kind;
  k8s::object_meta metadata;
  k8s::label_selector selector;
};

bool selects(const k8s::label_selector& selector, const std::map<std::string, std::string>& labels);

/// Pods that have ended for good use no volume.
bool has_ended(const k8s::pod& pod);

/// The pods of a workload among those of its namespace, without those that have ended.
std::vector<k8s::pod> pods_of(const found_workload& workload, const std::vector<k8s::pod>& pods);

/// The claims that pods mount, in order of name, each once.
std::vector<std::string> claims_of(const std::vector<k8s::pod>& pods);

} // namespace actors
