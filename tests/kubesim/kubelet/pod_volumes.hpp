#pragma once

#include "tests/kubesim/kubelet/container_process.hpp"
#include "tests/kubesim/kubelet/state_layout.hpp"

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace kubesim {

/// A bound claim on this machine: a directory, or the file that stands for its device.
struct claim_storage {
  std::string path;
  bool is_block = false;
};

/// Where the files of volumes come from.
struct volume_sources {
  configuration_lookup configuration;
  /// A claim of the pod's namespace; nothing while it is not bound.
  std::function<std::optional<claim_storage>(const std::string& claim)> storage_of_claim;
  /// A token of the pod's service account.
  std::function<std::string()> service_account_token;
};

/// A volume's directory or file on this machine, by the volume's name.
using prepared_volumes = std::map<std::string, std::string>;

/// Makes the volumes of a pod, below `directory` where they are the pod's own. While something is
/// missing the answer says what; calling again goes on.
std::variant<prepared_volumes, waiting_reason>
prepare_volumes(const json& pod, const pod_addresses& addresses,
                const std::filesystem::path& directory, const volume_sources& sources);

/// What of them is mounted where in one container; missing sub-paths are created.
std::variant<std::vector<bind_mount>, waiting_reason>
mounts_of(const json& container, const prepared_volumes& volumes,
          const std::map<std::string, std::string>& variables);

/// The names of the claims that a pod mounts.
std::vector<std::string> claims_of_pod(const json& pod);

} // namespace kubesim
