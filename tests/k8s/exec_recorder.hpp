#pragma once

#include "k8s/event_loop.hpp"
#include "k8s/exec.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace k8s::testing {

/// Keeps what a session tells its handlers, and waits for it.
class exec_recorder {
public:
  explicit exec_recorder(event_loop& loop) : loop_{loop} {}

  exec_handlers handlers() {
    return {
        .on_open
        = [this](std::string_view protocol) { note("open", [&] { protocol_ = protocol; }); },
        .on_output =
            [this](exec_channel channel, std::string_view bytes) {
              note("output", [&] {
                (channel == exec_channel::standard_output ? output_ : error_output_) += bytes;
              });
            },
        .on_done =
            [this](exec_outcome outcome) {
              note("done", [&] { outcomes_.push_back(std::move(outcome)); });
            },
    };
  }

  /// Empty if it does not come in time.
  std::optional<exec_outcome> outcome() {
    wait([&] { return !outcomes_.empty(); });
    const std::lock_guard guard{mutex_};
    return outcomes_.empty() ? std::nullopt : std::optional{outcomes_.front()};
  }
  std::string protocol() {
    wait([&] { return !protocol_.empty(); });
    return locked(protocol_);
  }
  /// All that has come, once it holds `part`.
  std::string output_with(const std::string& part) {
    wait([&] { return output_.find(part) != std::string::npos; });
    return locked(output_);
  }

  std::string output() { return locked(output_); }
  std::string error_output() { return locked(error_output_); }
  std::size_t outcome_count() {
    const std::lock_guard guard{mutex_};
    return outcomes_.size();
  }
  /// Calls that came on another thread than the loop's, or after the outcome.
  std::vector<std::string> misplaced_calls() {
    const std::lock_guard guard{mutex_};
    return misplaced_;
  }

private:
  template <class Change>
  void note(const char* call, Change change) {
    const std::lock_guard guard{mutex_};
    if (!loop_.is_this_thread() || !outcomes_.empty())
      misplaced_.emplace_back(call);
    change();
    changed_.notify_all();
  }

  template <class Condition>
  void wait(Condition condition) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, std::chrono::seconds{20}, condition);
  }

  std::string locked(const std::string& text) {
    const std::lock_guard guard{mutex_};
    return text;
  }

  event_loop& loop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string protocol_, output_, error_output_;
  std::vector<exec_outcome> outcomes_;
  std::vector<std::string> misplaced_;
};

} // namespace k8s::testing
