#include "tests/kubesim/kubelet/timers.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace kubesim {

timers::token timers::after(std::chrono::milliseconds delay, std::function<void()> task) const {
  auto timer = std::make_shared<boost::asio::steady_timer>(*loop_, delay);
  const std::weak_ptr<boost::asio::steady_timer> still_wanted = timer;
  timer->async_wait(
      [still_wanted, task = std::move(task)](const boost::system::error_code& failed) {
        if (!failed && !still_wanted.expired())
          task();
      });
  return timer;
}

void timers::post(std::function<void()> task) const {
  boost::asio::post(*loop_, [task = std::move(task), is_open = is_open_] {
    if (*is_open)
      task();
  });
}

} // namespace kubesim
