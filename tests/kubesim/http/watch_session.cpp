#include "tests/kubesim/http/watch_session.hpp"

#include <boost/system/error_code.hpp>

namespace kubesim::http {

namespace {

using namespace std::chrono_literals;

/// Without timeoutSeconds a real server picks half an hour to an hour.
constexpr std::chrono::seconds default_lifetime = 45min;
constexpr std::chrono::seconds between_bookmarks = 60s;
/// So long before the end comes the last bookmark.
constexpr std::chrono::seconds farewell = 1s;

std::chrono::milliseconds lifetime_of(const watch_request& request) {
  auto wanted = request.options.timeout_seconds.value_or(0);
  constexpr std::int64_t longest = 24 * 3600;
  return wanted > 0 ? std::chrono::seconds{std::min(wanted, longest)} : default_lifetime;
}

} // namespace

watch_session::watch_session(boost::asio::any_io_executor loop, api_registry& objects,
                             fault_plan& faults, watch_request request, watch_outlet outlet)
    : end_timer_{loop},
      last_bookmark_timer_{loop},
      bookmark_timer_{loop},
      hold_timer_{loop},
      faults_{faults},
      lifetime_{lifetime_of(request)},
      outlet_{std::move(outlet)},
      feed_{objects, request,
            [this](std::string line, const std::string& name) { take(std::move(line), name); }} {
  seen_as_.at = passage::point::watch_event;
  seen_as_.verb = "watch";
  seen_as_.user = request.user;
  seen_as_.resource = request.type->plural;
  seen_as_.name_space = request.name_space;
}

void watch_session::start() {
  arm_timers();
  if (!feed_.start())
    finish();
}

void watch_session::stop() {
  is_over_ = true;
  for (auto* timer : {&end_timer_, &last_bookmark_timer_, &bookmark_timer_, &hold_timer_})
    timer->cancel();
}

void watch_session::arm_timers() {
  auto once = [self = shared_from_this()](auto&& act) {
    return [self, act](boost::system::error_code error) {
      if (!error && !self->is_over_)
        act(*self);
    };
  };
  end_timer_.expires_after(lifetime_);
  end_timer_.async_wait(once([](watch_session& self) { self.finish(); }));
  if (lifetime_ > 2 * farewell) {
    last_bookmark_timer_.expires_after(lifetime_ - farewell);
    last_bookmark_timer_.async_wait(once([](watch_session& self) { self.feed_.send_bookmark(); }));
  }
  arm_bookmarks();
}

void watch_session::arm_bookmarks() {
  bookmark_timer_.expires_after(between_bookmarks);
  bookmark_timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (error || self->is_over_)
      return;
    self->feed_.send_bookmark();
    self->arm_bookmarks();
  });
}

void watch_session::take(std::string line, const std::string& name) {
  if (is_over_)
    return;
  seen_as_.name = name;
  auto decided = faults_.next(seen_as_);
  if (std::holds_alternative<swallow>(decided))
    return;
  if (std::holds_alternative<fall_silent>(decided))
    return fall_silent_for_good();
  if (const auto* late = std::get_if<delay>(&decided))
    return hold(late->time, std::move(line));
  if (std::holds_alternative<drop_before>(decided)) {
    stop();
    return outlet_.abort();
  }
  if (const auto* refusal = std::get_if<refuse>(&decided)) {
    pass_on(R"({"type":"ERROR","object":)" + refusal->why.status.dump() + "}\n");
    return finish();
  }
  if (std::holds_alternative<repeat>(decided))
    pass_on(line);
  pass_on(std::move(line));
  if (std::holds_alternative<drop_after>(decided))
    finish();
}

/// What was to come before stays to come. Nothing ends the watch but its client.
void watch_session::fall_silent_for_good() {
  release();
  stop();
}

/// Behind a late event all others wait: a stream keeps its order.
void watch_session::pass_on(std::string line) {
  if (is_holding_)
    held_.push_back(std::move(line));
  else
    outlet_.send(std::move(line));
}

void watch_session::hold(std::chrono::milliseconds time, std::string line) {
  held_.push_back(std::move(line));
  if (is_holding_)
    return;
  is_holding_ = true;
  hold_timer_.expires_after(time);
  hold_timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error && !self->is_over_)
      self->release();
  });
}

void watch_session::release() {
  is_holding_ = false;
  for (auto& line : std::exchange(held_, {}))
    outlet_.send(std::move(line));
}

void watch_session::finish() {
  if (is_over_)
    return;
  release();
  stop();
  outlet_.end();
}

} // namespace kubesim::http
