#include "actors/volume_backup/snapshot_facts.hpp"

#include <gtest/gtest.h>

namespace {

using namespace actors;
using messages::snapshot_observed;
using namespace std::chrono_literals;

constexpr k8s::timestamp noon{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 12h};

TEST(snapshot_facts, the_first_creation_time_is_the_cut) {
  snapshot_observed seen, news;
  EXPECT_FALSE(is_cut(seen));
  news.creation_time = noon;
  merge(seen, news);
  EXPECT_TRUE(is_cut(seen));
}

TEST(snapshot_facts, nanoseconds_of_the_content_win_in_any_order) {
  k8s::volume_snapshot snapshot;
  snapshot.creation_time = noon;
  k8s::volume_snapshot_content content;
  content.creation_time = noon + 123ns;
  snapshot_observed one, other;
  merge(one, observe(snapshot));
  merge(one, observe(content));
  merge(other, observe(content));
  merge(other, observe(snapshot));
  EXPECT_EQ(one.creation_time, noon + 123ns);
  EXPECT_EQ(other.creation_time, noon + 123ns);
}

TEST(snapshot_facts, an_error_clears_when_the_snapshot_has_none_any_more) {
  k8s::volume_snapshot snapshot;
  snapshot.error = "the object has been modified";
  snapshot_observed seen;
  merge(seen, observe(snapshot));
  EXPECT_EQ(seen.error, "the object has been modified");
  snapshot.error.reset();
  merge(seen, observe(snapshot));
  EXPECT_FALSE(seen.error);
}

TEST(snapshot_facts, content_without_an_error_says_nothing_of_the_snapshots_error) {
  snapshot_observed seen;
  seen.error = "quota";
  merge(seen, observe(k8s::volume_snapshot_content{}));
  EXPECT_EQ(seen.error, "quota");
}

TEST(snapshot_facts, another_object_of_the_same_name_says_that_the_first_is_gone) {
  k8s::volume_snapshot ours, another;
  ours.metadata.uid = "uid-1";
  another.metadata.uid = "uid-2";
  another.creation_time = noon;
  snapshot_observed seen;
  merge(seen, observe(ours));
  merge(seen, observe(another));
  EXPECT_TRUE(seen.is_deleted);
  EXPECT_FALSE(is_cut(seen));
  snapshot_observed from_status, now;
  from_status.content_name = "content-1";
  EXPECT_FALSE(is_another(from_status, now));
  now.content_name = "content-2";
  EXPECT_TRUE(is_another(from_status, now));
}

TEST(snapshot_facts, a_member_tells_its_name_and_what_it_is_followed_as) {
  k8s::volume_snapshot snapshot;
  snapshot.metadata.name = "snapshot-abc";
  snapshot.metadata.name_space = "shop";
  snapshot.source_claim = "data";
  EXPECT_EQ(observe(snapshot).member, k8s::object_key{});
  snapshot.group = "nightly-group";
  const auto seen = observe(snapshot);
  EXPECT_EQ(seen.name, "snapshot-abc");
  EXPECT_EQ(seen.member, member_key("shop", "nightly-group", "data"));
  EXPECT_TRUE(is_of_group(seen.member));
  EXPECT_FALSE(is_of_group(seen.snapshot));
}

TEST(snapshot_facts, a_group_is_ready_without_a_handle_of_its_own) {
  k8s::volume_group_snapshot group;
  group.metadata.name = "nightly-group";
  group.metadata.name_space = "shop";
  group.content_name = "groupsnapcontent-1";
  group.creation_time = noon;
  const auto seen = observe(group);
  EXPECT_EQ(seen.snapshot, group_key("shop", "nightly-group"));
  EXPECT_TRUE(is_cut(seen));
  EXPECT_FALSE(seen.handle.empty());
}

TEST(snapshot_facts, members_are_known_by_the_name_that_their_controller_gives) {
  EXPECT_TRUE(is_named_as_member("snapshot-" + std::string(64, 'a')));
  EXPECT_FALSE(is_named_as_member("snapshot-" + std::string(63, 'a')));
  EXPECT_FALSE(is_named_as_member("snapshot-" + std::string(64, 'g')));
  EXPECT_FALSE(is_named_as_member("nightly-data-bcdfghjklm"));
}

TEST(snapshot_facts, only_errors_that_waiting_cannot_clear_are_final) {
  for (const auto* final_one : {"rpc error: code = ResourceExhausted desc = too many",
                                "snapshot limit reaches the configured maximum (3)",
                                "rpc error: code = FailedPrecondition desc = no"})
    EXPECT_TRUE(is_final_error(final_one)) << final_one;
  for (const auto* passing : {"Operation cannot be fulfilled: the object has been modified",
                              "rpc error: code = DeadlineExceeded",
                              "cannot get claim from snapshot", "rpc error: code = Unavailable"})
    EXPECT_FALSE(is_final_error(passing)) << passing;
}

} // namespace
