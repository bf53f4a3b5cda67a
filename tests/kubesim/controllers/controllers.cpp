#include "tests/kubesim/controllers/controllers.hpp"

#include "tests/kubesim/controllers/workshop.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_timer.hpp>

#include <utility>

namespace kubesim {

/// Runs a workshop on the loop.
struct controllers::shop_floor : std::enable_shared_from_this<shop_floor> {
  shop_floor(api_registry& objects, boost::asio::io_context& io, controller_options options)
      : loop{io}, timer{io}, shop{objects, std::move(options), [this] { wake(); }} {}

  void wake() {
    if (std::exchange(is_awake, true))
      return;
    boost::asio::post(loop, [weak = weak_from_this()] {
      if (auto self = weak.lock())
        self->work();
    });
  }

  void work() {
    using clock = std::chrono::system_clock;
    shop.work(clock::now());
    is_awake = false;
    const auto next = shop.next_due();
    if (next && *next <= clock::now())
      wake();
    else if (next)
      sleep_until(*next);
  }

  void sleep_until(std::chrono::system_clock::time_point when) {
    timer.expires_at(when);
    timer.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
      if (auto self = weak.lock(); self && !cancelled)
        self->wake();
    });
  }

  boost::asio::io_context& loop;
  boost::asio::system_timer timer;
  bool is_awake = false; ///< `work` is posted or running
  control::workshop shop;
};

controllers::controllers(api_registry& objects, boost::asio::io_context& loop,
                         controller_options options)
    : floor_{std::make_shared<shop_floor>(objects, loop, std::move(options))} {
  floor_->wake();
}

controllers::~controllers() {
  floor_->timer.cancel();
}

} // namespace kubesim
