#include "k8s/event_loop.hpp"
#include "tests/k8s/awaited.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace k8s {
namespace {

using namespace std::chrono_literals;
using k8s::testing::inbox;

TEST(event_loop, runs_what_is_posted_in_order_on_its_thread) {
  inbox<int> ran;
  event_loop loop;
  for (int i = 0; i < 100; ++i)
    loop.post([&, i] { ran.put(loop.is_this_thread() ? i : -1); });
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(ran.next(), i);
  EXPECT_FALSE(loop.is_this_thread());
}

TEST(event_loop, a_call_returns_when_the_task_has_run) {
  event_loop loop;
  bool has_run = false;
  loop.call([&] { loop.call([&] { has_run = true; }); });
  EXPECT_TRUE(has_run);
}

TEST(event_loop, timers_run_by_time_and_not_by_start) {
  inbox<int> ran;
  event_loop loop;
  const auto late = loop.run_after(60ms, [&] { ran.put(2); });
  const auto early = loop.run_after(20ms, [&] { ran.put(1); });
  EXPECT_EQ(ran.next(), 1);
  EXPECT_EQ(ran.next(), 2);
}

TEST(event_loop, a_timer_that_is_cancelled_destroyed_or_replaced_does_not_run) {
  inbox<int> ran;
  event_loop loop;
  event_loop::timer cancelled = loop.run_after(10ms, [&] { ran.put(-1); });
  cancelled.cancel();
  {
    const auto destroyed = loop.run_after(10ms, [&] { ran.put(-2); });
  }
  event_loop::timer replaced = loop.run_after(10ms, [&] { ran.put(-3); });
  replaced = loop.run_after(30ms, [&] { ran.put(1); });
  EXPECT_EQ(ran.next(), 1);
  EXPECT_EQ(ran.size(), 1u);
}

TEST(event_loop, a_timer_may_replace_itself_while_it_runs) {
  inbox<int> ran;
  event_loop loop;
  event_loop::timer timer;
  std::function<void(int)> tick = [&](int left) {
    ran.put(left);
    if (left > 0)
      timer = loop.run_after(1ms, [&, left] { tick(left - 1); });
  };
  loop.post([&] { tick(3); });
  for (int left = 3; left >= 0; --left)
    EXPECT_EQ(ran.next(), left);
}

TEST(event_loop, timers_started_and_cancelled_from_many_threads_are_safe) {
  std::atomic<int> ran{0};
  event_loop loop;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n) {
        auto timer = loop.run_after(std::chrono::microseconds{n}, [&] { ++ran; });
        if (n % 2 == 0)
          std::this_thread::yield();
      }
    });
  for (auto& thread : threads)
    thread.join();
  loop.call([] {});
  EXPECT_LE(ran, 800);
}

TEST(event_loop, drops_what_is_still_queued_at_its_end) {
  const auto held = std::make_shared<int>(0);
  {
    event_loop loop;
    const auto timer = loop.run_after(1h, [held] { ++*held; });
    loop.post([&loop, held] { loop.post([held] {}); });
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(*held, 0);
}

} // namespace
} // namespace k8s
