#include "k8s/event_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <future>
#include <thread>

namespace k8s {

namespace asio = boost::asio;

struct event_loop::timer::state {
  state(event_loop& owner, std::chrono::nanoseconds delay)
      : loop{owner}, clock{owner.context(), delay} {}

  event_loop& loop;
  asio::steady_timer clock; ///< touched by the loop's thread alone once it waits
  std::atomic<bool> is_over{false};
};

event_loop::timer& event_loop::timer::operator=(timer&& other) noexcept {
  if (this != &other) {
    cancel();
    state_ = std::move(other.state_);
  }
  return *this;
}

event_loop::timer::~timer() {
  cancel();
}

void event_loop::timer::cancel() {
  const auto cancelled = std::move(state_);
  if (!cancelled || cancelled->is_over.exchange(true))
    return;
  if (cancelled->loop.is_this_thread())
    cancelled->clock.cancel();
  else
    cancelled->loop.post([cancelled] { cancelled->clock.cancel(); });
}

struct event_loop::impl {
  std::thread thread; ///< outlives the context, as what the context drops may still ask for it
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
};

event_loop::event_loop() : impl_{std::make_unique<impl>()} {
  impl_->thread = std::thread{[this] { impl_->context.run(); }};
}

event_loop::~event_loop() {
  impl_->context.stop();
  impl_->thread.join();
}

asio::io_context& event_loop::context() {
  return impl_->context;
}

void event_loop::post(std::function<void()> task) {
  asio::post(impl_->context, std::move(task));
}

void event_loop::call(std::function<void()> task) {
  // Without a thread the loop is being destroyed, and this is the only one left.
  if (is_this_thread() || !impl_->thread.joinable())
    return task();
  // Shared, as the waiting thread may be off before set_value returns.
  const auto ran = std::make_shared<std::promise<void>>();
  post([ran, &task] {
    task();
    ran->set_value();
  });
  ran->get_future().wait();
}

event_loop::timer event_loop::run_after(std::chrono::nanoseconds delay,
                                        std::function<void()> task) {
  timer started;
  started.state_ = std::make_shared<timer::state>(*this, delay);
  started.state_->clock.async_wait(
      [state = started.state_, task = std::move(task)](const boost::system::error_code& failure) {
        if (!failure && !state->is_over.exchange(true))
          task();
      });
  return started;
}

bool event_loop::is_this_thread() const {
  return impl_->thread.get_id() == std::this_thread::get_id();
}

} // namespace k8s
