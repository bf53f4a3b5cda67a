#include "tests/kubesim/csi/work_pool.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>

namespace kubesim {

struct work_pool::crew {
  crew(boost::asio::io_context& on, int count) : loop{on}, pool{static_cast<std::size_t>(count)} {}

  boost::asio::io_context& loop;
  boost::asio::thread_pool pool;
  std::atomic<bool> is_open{true};
};

work_pool::work_pool(boost::asio::io_context& loop, int threads)
    : crew_{std::make_shared<crew>(loop, threads)} {}

work_pool::~work_pool() {
  crew_->is_open = false;
  crew_->pool.join();
}

void work_pool::run(std::function<std::string()> job, std::function<void(std::string)> then) {
  boost::asio::post(crew_->pool, [all = crew_.get(), keep = std::weak_ptr{crew_},
                                  job = std::move(job), then = std::move(then)]() mutable {
    if (!all->is_open)
      return;
    auto result = job();
    boost::asio::post(all->loop, [keep, then = std::move(then), result = std::move(result)] {
      if (const auto still = keep.lock(); still && still->is_open)
        then(result);
    });
  });
}

} // namespace kubesim
