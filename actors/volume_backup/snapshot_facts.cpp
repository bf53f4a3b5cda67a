#include "actors/volume_backup/snapshot_facts.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace actors {

using messages::snapshot_observed;

snapshot_observed observe(const k8s::volume_snapshot& snapshot) {
  snapshot_observed seen;
  seen.snapshot = snapshot.metadata.key();
  seen.name = snapshot.metadata.name;
  if (!snapshot.group.empty())
    seen.member = member_key(snapshot.metadata.name_space, snapshot.group, snapshot.source_claim);
  seen.uid = snapshot.metadata.uid;
  seen.content_name = snapshot.content_name;
  seen.restore_size = snapshot.restore_size;
  seen.creation_time = snapshot.creation_time;
  seen.ready_to_use = snapshot.ready_to_use;
  seen.error = snapshot.error.value_or("");
  seen.is_deleted = snapshot.metadata.is_being_deleted();
  return seen;
}

snapshot_observed observe(const k8s::volume_snapshot_content& content) {
  snapshot_observed seen;
  seen.snapshot = content.snapshot;
  seen.uid = content.snapshot_uid;
  seen.content_name = content.metadata.name;
  seen.handle = content.snapshot_handle;
  seen.driver = content.driver;
  seen.creation_time = content.creation_time;
  seen.has_creation_time_in_nanoseconds = content.creation_time.has_value();
  seen.error = content.error;
  return seen;
}

snapshot_observed observe(const k8s::volume_group_snapshot& group) {
  snapshot_observed seen;
  seen.snapshot = group_key(group.metadata.name_space, group.metadata.name);
  seen.name = group.metadata.name;
  seen.uid = group.metadata.uid;
  seen.content_name = seen.handle = group.content_name;
  seen.creation_time = group.creation_time;
  seen.ready_to_use = group.ready_to_use;
  seen.error = group.error.value_or("");
  seen.is_deleted = group.metadata.is_being_deleted();
  return seen;
}

k8s::object_key member_key(std::string_view name_space, std::string_view group,
                           std::string_view claim) {
  return {std::string{name_space}, std::string{group} + "/" + std::string{claim}};
}

k8s::object_key group_key(std::string_view name_space, std::string_view group) {
  return member_key(name_space, group, {});
}

bool is_of_group(const k8s::object_key& key) {
  return key.name.find('/') != std::string::npos;
}

bool is_named_as_member(std::string_view snapshot) {
  constexpr std::string_view prefix = "snapshot-";
  return snapshot.starts_with(prefix) && snapshot.size() == prefix.size() + 64
         && snapshot.find_first_not_of("0123456789abcdef", prefix.size()) == std::string_view::npos;
}

bool is_another(const snapshot_observed& known, const snapshot_observed& news) {
  const auto differ = [](const std::string& left, const std::string& right) {
    return !left.empty() && !right.empty() && left != right;
  };
  return differ(known.uid, news.uid) || differ(known.content_name, news.content_name);
}

void merge(snapshot_observed& seen, const snapshot_observed& news) {
  if (is_another(seen, news)) {
    seen.is_deleted = true;
    return;
  }
  const auto take = [](std::string& have, const std::string& given) {
    if (!given.empty())
      have = given;
  };
  take(seen.name, news.name);
  take(seen.uid, news.uid);
  take(seen.content_name, news.content_name);
  take(seen.handle, news.handle);
  take(seen.driver, news.driver);
  take(seen.restore_size, news.restore_size);
  seen.snapshot = news.snapshot;
  if (news.creation_time
      && (!seen.has_creation_time_in_nanoseconds || news.has_creation_time_in_nanoseconds)) {
    seen.creation_time = news.creation_time;
    seen.has_creation_time_in_nanoseconds = news.has_creation_time_in_nanoseconds;
  }
  seen.ready_to_use = seen.ready_to_use || news.ready_to_use;
  seen.is_deleted = seen.is_deleted || news.is_deleted;
  if (news.error)
    seen.error = news.error->empty() ? std::nullopt : news.error;
}

bool is_cut(const snapshot_observed& seen) {
  return seen.creation_time.has_value();
}

bool is_final_error(std::string_view error) {
  // As drivers and the snapshot controller word them: a quota of snapshots, a class or driver that
  // cannot do it.
  static constexpr std::array<std::string_view, 6> signs{"failedprecondition", "resourceexhausted",
                                                         "unimplemented",      "invalidargument",
                                                         "configured maximum", "permissiondenied"};
  std::string lower{error};
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(signs.begin(), signs.end(),
                     [&lower](auto sign) { return lower.find(sign) != std::string::npos; });
}

} // namespace actors
