#include "actors/snapshot_feed.hpp"
#include "actors/volume_backup/snapshot_facts.hpp"
#include "tests/support/actor_fixture.hpp"

namespace {

using namespace actors;

struct listener_state {
  static constexpr const char* name = "listener";
};

/// Keeps what the feed tells.
snapshot_follower::behavior_type listen(self_of<snapshot_follower, listener_state>,
                                        std::vector<snapshot_observed>* heard) {
  return {[heard](const snapshot_observed& fact) { heard->push_back(fact); }};
}

struct snapshot_feed_test : support::actor_fixture {
  static inline const std::string digits = std::string(64, 'a');
  const k8s::object_key member{"shop", "snapshot-" + digits};
  const k8s::object_key as_member = member_key("shop", "group", "data");
  snapshot_feed_actor feed = track(system.spawn(snapshot_feed, snapshot_feed_config{}));
  std::vector<snapshot_observed> heard;
  snapshot_follower follower = track(system.spawn(listen, &heard));

  void follow(const k8s::object_key& what) {
    caf::anon_send(feed, follow_snapshot{what, follower});
    run();
  }

  void unfollow(const k8s::object_key& what) {
    caf::anon_send(feed, unfollow_snapshot{what, follower});
    run();
  }

  void snapshot_is_seen(const std::string& of_group = "group") {
    k8s::volume_snapshot snapshot;
    snapshot.metadata.name = member.name;
    snapshot.metadata.name_space = member.name_space;
    snapshot.group = of_group;
    snapshot.source_claim = "data";
    caf::anon_send(feed, observe(snapshot));
    run();
  }

  void content_is_seen(const std::string& handle = "handle-1") {
    k8s::volume_snapshot_content content;
    content.snapshot = member;
    content.snapshot_handle = handle;
    caf::anon_send(feed, observe(content));
    run();
  }

  void snapshot_is_removed() {
    snapshot_observed gone;
    gone.snapshot = member;
    gone.is_deleted = true;
    caf::anon_send(feed, gone);
    run();
  }
};

TEST_F(snapshot_feed_test, tells_of_a_snapshot_and_its_content_by_the_snapshots_name) {
  follow(member);
  snapshot_is_seen("");
  content_is_seen();
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(heard[1].handle, "handle-1");
}

TEST_F(snapshot_feed_test, tells_of_a_member_by_its_group_and_claim) {
  follow(as_member);
  snapshot_is_seen("another");
  EXPECT_TRUE(heard.empty());
  snapshot_is_seen();
  content_is_seen();
  snapshot_is_removed();
  ASSERT_EQ(heard.size(), 3U);
  EXPECT_EQ(heard[0].name, member.name);
  EXPECT_EQ(heard[1].handle, "handle-1");
  EXPECT_TRUE(heard[2].is_deleted);
  for (const auto& fact : heard)
    EXPECT_EQ(fact.snapshot, as_member);
}

TEST_F(snapshot_feed_test, a_content_that_is_seen_before_its_member_is_not_lost) {
  follow(as_member);
  content_is_seen();
  EXPECT_TRUE(heard.empty());
  snapshot_is_seen();
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(heard[0].name, member.name) << "who hears of a cut has to know whose it is";
  EXPECT_EQ(heard[1].handle, "handle-1");
}

TEST_F(snapshot_feed_test, forgets_a_member_that_nobody_follows_any_more) {
  follow(as_member);
  content_is_seen();
  snapshot_is_seen();
  unfollow(as_member);
  heard.clear();
  follow(as_member);
  content_is_seen("another");
  EXPECT_TRUE(heard.empty()) << "whose it is has to be told again";
}

TEST_F(snapshot_feed_test, forgets_with_the_last_follower_what_contents_said_early) {
  follow(as_member);
  content_is_seen();
  unfollow(as_member);
  follow(as_member);
  snapshot_is_seen();
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].handle, "");
}

TEST_F(snapshot_feed_test, a_follower_that_ends_is_forgotten_with_its_member) {
  follow(as_member);
  snapshot_is_seen();
  caf::anon_send_exit(follower, caf::exit_reason::kill);
  run();
  follower = track(system.spawn(listen, &heard));
  heard.clear();
  follow(as_member);
  content_is_seen();
  EXPECT_TRUE(heard.empty());
  snapshot_is_seen();
  EXPECT_EQ(heard.size(), 2U);
}

TEST_F(snapshot_feed_test, tells_of_a_group) {
  follow(group_key("shop", "group"));
  k8s::volume_group_snapshot group;
  group.metadata.name = "group";
  group.metadata.name_space = "shop";
  group.ready_to_use = true;
  caf::anon_send(feed, observe(group));
  run();
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_TRUE(heard[0].ready_to_use);
}

} // namespace
