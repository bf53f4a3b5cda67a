#pragma once

#include "tests/kubesim/faults/fault_plan.hpp"
#include "tests/kubesim/http/watch_feed.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace kubesim::http {

/// Where a watch writes to. `end` finishes the answer in good order, `abort` cuts the connection.
struct watch_outlet {
  std::function<void(std::string)> send;
  std::function<void()> end, abort;
};

/// One watch in progress: its feed, its timers, and what the fault plan does to its events. Calls
/// the outlet from the loop only; never again after it ended or was destroyed.
class watch_session : public std::enable_shared_from_this<watch_session> {
public:
  watch_session(boost::asio::any_io_executor loop, api_registry& objects, fault_plan& faults,
                watch_request request, watch_outlet outlet);

  void start();
  /// The client is gone.
  void stop();

private:
  void take(std::string line, const std::string& name);
  void pass_on(std::string line);
  void hold(std::chrono::milliseconds time, std::string line);
  void release();
  void fall_silent_for_good();
  void finish();
  void arm_timers();
  void arm_bookmarks();

  boost::asio::steady_timer end_timer_, last_bookmark_timer_, bookmark_timer_, hold_timer_;
  fault_plan& faults_;
  passage seen_as_;
  std::chrono::milliseconds lifetime_;
  watch_outlet outlet_;
  watch_feed feed_;
  std::deque<std::string> held_;
  bool is_holding_ = false, is_over_ = false;
};

} // namespace kubesim::http
