#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace kubesim {

/// The loop as seen by what only wants to be called later.
class timers {
public:
  explicit timers(boost::asio::io_context& loop) : loop_{&loop} {}

  /// Nothing is called once it is destroyed.
  using token = std::shared_ptr<void>;
  [[nodiscard]] token after(std::chrono::milliseconds delay, std::function<void()> task) const;
  /// On the next turn of the loop.
  void post(std::function<void()> task) const;
  /// Nothing that was posted is called any more.
  void close() { *is_open_ = false; }

private:
  boost::asio::io_context* loop_;
  std::shared_ptr<bool> is_open_ = std::make_shared<bool>(true);
};

} // namespace kubesim
