#pragma once

#include "crds/volume_backup.hpp"
#include "k8s/watcher.hpp"
#include "tests/scenarios/application.hpp"
#include "tests/scenarios/embedded_cluster.hpp"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace scenarios {

/// Many applications of one pod and one claim each, dealt out to namespaces, with hooks that do
/// nothing: what is left is the operator's own work.
class crowd {
public:
  struct extent {
    int namespaces, applications;
  };

  /// Creates them; `cluster` must outlive it.
  crowd(embedded_cluster& cluster, extent size);

  bool await_ready(milliseconds limit);

  /// One VolumeBackup for each of `number` applications from `first` on, all requests at once.
  void back_up(const std::string& round, int number, int first = 0);

  struct tally {
    int under_way = 0; ///< frozen, cutting, thawing or uploading
    int uploading = 0; ///< of those
    int ended = 0;
    std::vector<std::string> failures; ///< what ended, but not as Completed
  };
  /// As the watch has seen it.
  tally look(const std::string& round) const;
  /// All of a round, as last seen.
  std::vector<crds::volume_backup_status> statuses(const std::string& round) const;

private:
  void note(const json& object);
  std::string namespace_of(int index) const;

  embedded_cluster& cluster_;
  extent size_;
  mutable std::mutex guard_;
  std::map<std::string, std::map<std::string, crds::volume_backup_status>>
      seen_; ///< by round and name
  k8s::watcher watch_;
};

} // namespace scenarios
