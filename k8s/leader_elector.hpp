#pragma once

#include "k8s/client.hpp"
#include "k8s/election_state.hpp"
#include "k8s/event_loop.hpp"

#include <atomic>
#include <functional>
#include <memory>

namespace k8s {

/// The time since the machine was started, sleep included (CLOCK_BOOTTIME).
election_time boot_time();

struct election_handlers {
  std::function<void()> on_lead{};                       ///< once
  std::function<void()> on_lost{};                       ///< once, after on_lead
  std::function<void(const std::string&)> on_observed{}; ///< another holder was seen
  std::function<void(const error&)> on_failed{};         ///< a request failed; it is repeated
};

/// A candidate in an election by Lease; see `election_state`. Runs on `loop`, which should have no
/// other work, with a client of its own, so that a leader under load keeps its Lease. Does nothing
/// before `start`.
///
/// Handlers come on the loop's thread. After `on_lost` it does nothing more.
class leader_elector {
public:
  leader_elector(event_loop& loop, std::shared_ptr<client> api, election_settings settings,
                 election_handlers handlers, std::function<election_time()> clock = boot_time);
  /// Gives nothing up; the Lease runs out. Not from the loop's thread.
  ~leader_elector();
  leader_elector(const leader_elector&) = delete;
  leader_elector& operator=(const leader_elector&) = delete;

  /// Becomes a candidate; once.
  void start();

  /// From any thread, at any time: true only while no other candidate can hold the Lease.
  bool leads() const;

  /// Gives the Lease up, so that another candidate need not wait for its end; returns when the
  /// server has it, or after `limit`. Nothing may be acting any more. Not from the loop's thread.
  void release(std::chrono::milliseconds limit);

private:
  class impl;
  std::shared_ptr<impl> impl_;
};

} // namespace k8s
