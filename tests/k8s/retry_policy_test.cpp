#include "k8s/retry_policy.hpp"

#include <gtest/gtest.h>

namespace k8s {
namespace {

using namespace std::chrono_literals;

double no_jitter() {
  return 0;
}
double most_jitter() {
  return 0.999999;
}

TEST(backoff, doubles_from_first_to_longest) {
  const backoff waits{.first = 100ms, .longest = 1s};
  EXPECT_EQ(waits.delay(1, no_jitter), 100ms);
  EXPECT_EQ(waits.delay(2, no_jitter), 200ms);
  EXPECT_EQ(waits.delay(4, no_jitter), 800ms);
  EXPECT_EQ(waits.delay(5, no_jitter), 1s);
  EXPECT_EQ(waits.delay(1'000'000, no_jitter), 1s);
}

TEST(backoff, takes_half_away_at_most) {
  const backoff waits{.first = 100ms, .longest = 1s};
  EXPECT_EQ(waits.delay(1, [] { return 0.5; }), 75ms);
  EXPECT_GE(waits.delay(1, most_jitter), 50ms);
}

TEST(system_random, stays_within_its_bounds_and_moves) {
  const auto random = system_random();
  const double first = random();
  bool has_moved = false;
  for (int i = 0; i < 100; ++i) {
    const double next = random();
    ASSERT_GE(next, 0);
    ASSERT_LT(next, 1);
    has_moved = has_moved || next != first;
  }
  EXPECT_TRUE(has_moved);
}

struct failed_call {
  std::string situation;
  repeatable repeat;
  error failure;
  bool is_repeated;
};

TEST(retry_policy, repeats_only_what_is_useful_and_safe) {
  const error refused{.code = errc::connection};
  const error broken{.code = errc::connection, .maybe_applied = true};
  const error throttled{.code = errc::too_many_requests};
  const error down{.code = errc::unavailable, .maybe_applied = true};
  const error late{.code = errc::timeout, .maybe_applied = true};
  const std::vector<failed_call> table{
      {"a read without a connection", repeatable::always, refused, true},
      {"a read whose connection broke", repeatable::always, broken, true},
      {"a read of a server that is down", repeatable::always, down, true},
      {"a read that was throttled", repeatable::always, throttled, true},
      {"a read that took too long", repeatable::always, late, true},
      {"a read of something missing", repeatable::always, {.code = errc::not_found}, false},
      {"a read that is forbidden", repeatable::always, {.code = errc::forbidden}, false},
      {"a read with a bad certificate", repeatable::always, {.code = errc::tls}, false},
      {"a read of an expired list", repeatable::always, {.code = errc::gone}, false},
      {"a read that was cancelled", repeatable::always, {.code = errc::cancelled}, false},
      {"a create without a connection", repeatable::if_refused, refused, true},
      {"a create that was throttled", repeatable::if_refused, throttled, true},
      {"a create whose connection broke", repeatable::if_refused, broken, false},
      {"a create on a server that is down", repeatable::if_refused, down, false},
      {"a create that took too long", repeatable::if_refused, late, false},
      {"a create that conflicts", repeatable::if_refused, {.code = errc::already_exists}, false},
      {"a call whose caller repeats", repeatable::never, refused, false},
  };
  const failed_try first{.number = 1, .since_start = 1s, .deadline = 10s};
  for (const auto& row : table)
    EXPECT_EQ(wait_before_retry(row.repeat, row.failure, first, no_jitter).has_value(),
              row.is_repeated)
        << row.situation;
}

TEST(retry_policy, waits_longer_with_each_try_and_as_long_as_the_server_asks) {
  const error down{.code = errc::unavailable};
  const auto wait = [&](int number) {
    return *wait_before_retry(repeatable::always, down, {.number = number, .deadline = 60s},
                              no_jitter);
  };
  EXPECT_EQ(wait(1), 50ms);
  EXPECT_EQ(wait(2), 100ms);
  EXPECT_EQ(wait(20), 5s);

  const error throttled{.code = errc::too_many_requests, .retry_after = 7s};
  EXPECT_EQ(wait_before_retry(repeatable::always, throttled, {.deadline = 60s}, no_jitter), 7s);
}

TEST(retry_policy, gives_up_rather_than_pass_the_deadline) {
  const error throttled{.code = errc::too_many_requests, .retry_after = 7s};
  EXPECT_EQ(wait_before_retry(repeatable::always, throttled, {.since_start = 3s, .deadline = 10s},
                              no_jitter),
            std::nullopt);
  EXPECT_TRUE(wait_before_retry(repeatable::always, throttled, {.since_start = 2s, .deadline = 10s},
                                no_jitter)
                  .has_value());
}

} // namespace
} // namespace k8s
