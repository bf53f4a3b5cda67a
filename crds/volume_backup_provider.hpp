#pragma once

#include "crds/condition.hpp"
#include "k8s/resource.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crds {

enum class provider_type { snapshot, object_store };
enum class thaw_on { cut, ready };

struct object_store_spec {
  std::string endpoint, bucket, prefix, region, secret_ref;
};

struct volume_backup_provider_spec {
  provider_type type = provider_type::snapshot;
  std::map<std::string, std::string> snapshot_classes; ///< driver -> VolumeSnapshotClass
  std::optional<crds::thaw_on>
      thaw_on; ///< absent: at the cut, unless the operator's configuration knows the driver
  std::string hooks_preset, hooks_container;
  std::optional<object_store_spec> object_store;
};

struct volume_backup_provider_status {
  std::int64_t observed_generation = 0;
  std::vector<condition> conditions;
};

struct volume_backup_provider {
  static constexpr k8s::resource_kind kind{"backups.example.com", "v1alpha1",
                                           "volumebackupproviders", "VolumeBackupProvider"};

  k8s::object_meta metadata;
  volume_backup_provider_spec spec;
  volume_backup_provider_status status;
  /// As in volume_backup.
  std::vector<std::string> spec_problems;

  static k8s::result<volume_backup_provider> decode(const nlohmann::json& object);
};

nlohmann::json encode(const volume_backup_provider_status& status);

} // namespace crds
