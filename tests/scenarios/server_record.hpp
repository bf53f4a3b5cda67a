#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// What the server's own log says of several replicas that act under names of their own, and what
/// the invariants of the contract say of it. Times are ms of Unix time, by one clock: the server's.
namespace scenarios {

struct server_record {
  using time = std::chrono::milliseconds;

  /// A freeze session that a replica opened, or a thaw (by whatever cause) of a pod.
  struct session {
    time at;
    bool is_frozen; ///< else it was thawed
    std::string user, name_space, pod;
    std::string id;  ///< of the session that was opened, or that a rescue was for
    std::string why; ///< it was thawed: `line`, `eof`, `timer`, `term`, `rescue`
  };
  /// A write that the server accepted.
  struct write {
    time at;
    std::string user, method, path;
  };

  std::vector<session> sessions; ///< in order
  std::vector<write> writes;     ///< in order, but for leases, reviews, dry runs and events
  std::vector<write> leases;     ///< accepted writes of the Lease: from each its user leads
};

/// Of users whose name begins with `users`.
server_record read_record(const std::filesystem::path& log, const std::string& users);

struct freeze {
  std::string user, name_space, pod;
  server_record::time frozen;
  std::optional<server_record::time> thawed;
  std::string why;
};
/// In the order in which they began.
std::vector<freeze> freezes_of(const server_record& record);

/// What breaks I1 or I2, in words. A thaw by the session's own timer is one too: whoever froze the
/// pod, or came after, should have been first.
std::vector<std::string> broken_freezes(const std::vector<freeze>& all,
                                        std::chrono::milliseconds max_freeze);

/// What breaks I7, in words: freezes begun and writes accepted of a replica whose lease, by its
/// last renewal, had ended or had gone to another one.
std::vector<std::string> acts_without_a_lease(const server_record& record,
                                              std::chrono::milliseconds lease);

/// From each takeover's last renewal of the former leader to the first act of the new one.
std::vector<std::chrono::milliseconds> takeovers_of(const server_record& record);

} // namespace scenarios
