#pragma once

#include "tests/kubesim/csi/driver.hpp"
#include "tests/kubesim/csi/work_pool.hpp"
#include "tests/kubesim/kubelet/event_recorder.hpp"
#include "tests/kubesim/kubelet/timers.hpp"

#include <random>

namespace kubesim {

/// What provisioner and snapshotter share.
struct csi_context {
  csi_context(registry& all_objects, boost::asio::io_context& loop, node& on, csi_options how);

  registry& objects;
  node& kubelet;
  csi_options options;
  timers clock;
  work_pool pool;
  const resource_type &claims, &volumes, &storage_classes;
  /// Null where nobody has installed the snapshot kinds.
  const resource_type *snapshots, *contents, *snapshot_classes;
  /// The same for groups.
  const resource_type *groups, *group_contents, *group_classes;

  state_layout layout() const { return kubelet.layout(); }
  time_point now() const { return std::chrono::system_clock::now(); }
  /// A handle as a driver invents it.
  std::string new_handle();

private:
  std::mt19937_64 random_;
};

/// The default class of a kind: the one whose annotation says so, of those that `fits` accepts.
std::shared_ptr<const json> default_class(const registry& objects, const resource_type& type,
                                          std::string_view annotation,
                                          const std::function<bool(const json&)>& fits);

namespace snapshot_finalizer {
inline constexpr const char* as_source
    = "snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection";
inline constexpr const char* bound
    = "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection";
inline constexpr const char* in_group
    = "snapshot.storage.kubernetes.io/volumesnapshot-in-group-protection";
inline constexpr const char* content
    = "snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection";
} // namespace snapshot_finalizer

namespace volume_finalizer {
inline constexpr const char* provisioner = "external-provisioner.volume.kubernetes.io/finalizer";
inline constexpr const char* protection = "kubernetes.io/pv-protection";
} // namespace volume_finalizer

/// Processes that write to a volume stand still for no longer while it is cut.
inline constexpr std::chrono::seconds longest_stop{2};
/// Of a cut that failed so many times before.
std::chrono::seconds wait_before_retry(int attempts);

bool is_being_deleted(const json& object);
/// What a volume's claimRef says of its claim.
json reference_to_claim(const json& claim);
/// The VolumeGroupSnapshot that owns a VolumeSnapshot; empty: none.
std::string group_of(const json& snapshot);
/// Nothing happens if it is gone or has that status already.
void write_status(registry& objects, const resource_type& type, const object_ref& ref, json status);

bool has_finalizer(const json& object, std::string_view finalizer);
/// Writes the object's finalizers anew with one more or one less; refused only if it is gone.
void add_finalizer(registry& objects, const resource_type& type, const object_ref& ref,
                   const std::string& finalizer);
void drop_finalizers(registry& objects, const resource_type& type, const object_ref& ref,
                     const std::vector<std::string>& finalizers);

/// `500ms`, `2s`, `1m`, `-10s`; nothing if it is none of these.
std::optional<std::chrono::milliseconds> parse_latency(std::string_view text);

std::int64_t nanoseconds(time_point time);

/// Bytes of a quantity; 0 if it is none.
std::int64_t bytes_of(const json& quantity);

} // namespace kubesim
