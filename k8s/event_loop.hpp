#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace k8s {

/// The one thread on which all of this library's I/O, timers and callbacks run.
///
/// `post` and `run_after` may be called from any thread. The destructor stops the loop and joins
/// its thread; what is still queued is dropped, so owners of transports, watchers and execs are
/// destroyed first (they answer what waits with `cancelled`).
class event_loop {
public:
  /// Cancels its timer when destroyed or assigned; must not outlive the loop. From any thread; a
  /// timer that has begun to run may still finish.
  class timer {
  public:
    timer() = default;
    timer(timer&&) noexcept = default;
    timer& operator=(timer&& other) noexcept;
    ~timer();
    void cancel();

  private:
    friend class event_loop;
    struct state;
    std::shared_ptr<state> state_;
  };

  event_loop();
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  boost::asio::io_context& context();
  void post(std::function<void()> task);
  /// Runs the task on the loop and returns when it has run; at once if this is the loop's thread.
  void call(std::function<void()> task);
  [[nodiscard]] timer run_after(std::chrono::nanoseconds delay, std::function<void()> task);
  bool is_this_thread() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace k8s
