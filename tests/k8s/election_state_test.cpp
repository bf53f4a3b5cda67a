#include "k8s/election_state.hpp"

#include <gtest/gtest.h>

namespace k8s {
namespace {

using namespace std::chrono_literals;

constexpr timestamp noon{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 12h};

/// One candidate, a Lease of 15 s and the server that keeps it.
class election_test : public testing::Test {
protected:
  election_state candidate{{.lease = {"kube-system", "operator"}, .identity = "me"}};

  static lease held_by(const std::string& holder, const std::string& version) {
    lease made;
    made.metadata.name = "operator";
    made.metadata.name_space = "kube-system";
    made.metadata.resource_version = version;
    made.holder = holder;
    made.duration = 15s;
    made.transitions = 4;
    return made;
  }

  template <class Action>
  Action expect(election_time now) {
    auto what = candidate.next(now, noon);
    if (const auto* wanted = std::get_if<Action>(&what))
      return *wanted;
    ADD_FAILURE() << "unexpected action, number " << what.index();
    return {};
  }

  /// Takes a Lease that nobody holds.
  void lead(election_time sent) {
    candidate.saw(std::nullopt, sent);
    auto taken = expect<election::create>(sent).object;
    taken.metadata.resource_version = "1";
    candidate.wrote(taken, sent);
  }
};

TEST_F(election_test, looks_first) {
  expect<election::look>(0s);
}

TEST_F(election_test, creates_the_lease_where_there_is_none_and_leads_from_before_it_was_sent) {
  candidate.saw(std::nullopt, 1s);
  auto made = expect<election::create>(1s).object;
  EXPECT_EQ(made.holder, "me");
  EXPECT_EQ(made.duration, 15s);
  EXPECT_EQ(made.acquired, noon);
  EXPECT_FALSE(candidate.leads_until());
  candidate.wrote(made, 2s);
  EXPECT_EQ(candidate.leads_until(), election_time{12s});
}

TEST_F(election_test, renews_every_second_and_keeps_the_time_of_the_acquisition) {
  lead(0s);
  EXPECT_EQ(expect<election::wait_until>(100ms).due, election_time{1s});
  const auto renewal = candidate.next(1s, noon + 1s);
  ASSERT_TRUE(std::holds_alternative<election::replace>(renewal));
  const auto& object = std::get<election::replace>(renewal).object;
  EXPECT_EQ(object.acquired, noon);
  EXPECT_EQ(object.renewed, noon + 1s);
  EXPECT_EQ(object.metadata.resource_version, "1");
  candidate.wrote(object, 1s);
  EXPECT_EQ(candidate.leads_until(), election_time{11s});
}

TEST_F(election_test, waits_for_the_holders_duration_from_when_it_saw_the_last_change) {
  candidate.saw(held_by("other", "7"), 10s);
  for (auto now = 11s; now < 25s; now += 1s) {
    expect<election::look>(now);
    candidate.saw(held_by("other", "7"), now);
  }
  EXPECT_EQ(expect<election::wait_until>(24500ms).due, election_time{25s});
  const auto object = expect<election::replace>(25s).object;
  EXPECT_EQ(object.metadata.resource_version, "7") << "whoever is faster wins";
  EXPECT_EQ(object.transitions, 5);
}

TEST_F(election_test, a_renewal_by_the_holder_begins_the_wait_anew) {
  candidate.saw(held_by("other", "7"), 10s);
  candidate.saw(held_by("other", "8"), 20s);
  candidate.saw(held_by("other", "8"), 34s);
  EXPECT_EQ(expect<election::wait_until>(34s).due, election_time{35s});
  expect<election::replace>(35s);
}

TEST_F(election_test, a_look_that_fails_does_not_begin_the_wait_anew) {
  candidate.saw(held_by("other", "7"), 10s);
  candidate.failed(20s);
  EXPECT_EQ(expect<election::wait_until>(20s).due, election_time{21s});
  expect<election::look>(21s);
  candidate.saw(held_by("other", "7"), 25s);
  expect<election::replace>(25s);
}

TEST_F(election_test, takes_a_released_lease_at_once) {
  candidate.saw(held_by("", "7"), 10s);
  expect<election::replace>(10s);
}

TEST_F(election_test, an_earlier_life_of_the_same_name_is_waited_for_like_any_other) {
  candidate.saw(held_by("me", "7"), 10s);
  EXPECT_FALSE(candidate.leads_until());
  candidate.saw(held_by("me", "7"), 24500ms);
  EXPECT_EQ(expect<election::wait_until>(24500ms).due, election_time{25s});
}

TEST_F(election_test, a_failed_renewal_takes_nothing_from_the_time_that_is_left) {
  lead(0s);
  candidate.failed(5s);
  EXPECT_EQ(candidate.leads_until(), election_time{10s});
  expect<election::look>(6s);
  candidate.saw(held_by("me", "1"), 6s);
  EXPECT_EQ(candidate.leads_until(), election_time{10s}) << "a look proves nothing";
}

TEST_F(election_test, another_holder_ends_the_lead_at_once) {
  lead(0s);
  candidate.failed(1s);
  candidate.saw(held_by("other", "9"), 2s);
  EXPECT_FALSE(candidate.leads_until());
  EXPECT_FALSE(candidate.released(noon)) << "it is not ours to release";
}

TEST_F(election_test, leads_a_third_of_the_duration_less_than_others_wait) {
  lead(0s);
  EXPECT_EQ(*candidate.leads_until() + 5s, election_time{15s});
}

TEST_F(election_test, releases_what_it_holds) {
  EXPECT_FALSE(candidate.released(noon));
  lead(0s);
  const auto object = candidate.released(noon + 3s);
  ASSERT_TRUE(object);
  EXPECT_TRUE(object->holder.empty());
  EXPECT_EQ(object->metadata.resource_version, "1");
}

TEST(lease, is_written_with_six_digits_and_read_back) {
  lease made;
  made.metadata.name = "operator";
  made.holder = "me";
  made.duration = 15s;
  made.acquired = made.renewed = noon;
  const auto object = made.encode();
  EXPECT_EQ(object["spec"]["renewTime"], "2026-01-02T12:00:00.000000Z");
  const auto read = lease::decode(object);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->holder, "me");
  EXPECT_EQ(read->duration, 15s);
  EXPECT_EQ(read->acquired, noon);
}

} // namespace
} // namespace k8s
