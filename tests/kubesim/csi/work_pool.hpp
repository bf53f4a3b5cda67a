#pragma once

#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace kubesim {

/// Threads for what blocks; results come back to the loop. Nothing comes back after destruction.
class work_pool {
public:
  work_pool(boost::asio::io_context& loop, int threads);
  work_pool(const work_pool&) = delete;
  work_pool& operator=(const work_pool&) = delete;
  ~work_pool();

  /// `job` on a thread, then its return value to `then` on the loop.
  void run(std::function<std::string()> job, std::function<void(std::string)> then);

private:
  struct crew;
  std::shared_ptr<crew> crew_;
};

} // namespace kubesim
