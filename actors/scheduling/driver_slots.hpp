#pragma once

#include "actors/scheduling/driver_limits.hpp"
#include "actors/scheduling/freeze_limit.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace actors {

/// The slots of the storage drivers, taken before a freeze. Pure. Beside the limits that are set,
/// each driver has one that follows from how promptly it cuts (`freeze_limit`).
///
/// A ticket takes the slots for all its snapshots at once. Each driver serves its waiting
/// namespaces in turn (start-time fair queueing, one unit for each ticket), and nobody passes the
/// first in a driver's line, or one that wants many slots would starve. A ticket that asks for more
/// than the driver's limit is served when the driver has nothing else to do.
class driver_slots {
public:
  using ticket = std::uint64_t;
  using time_point = std::chrono::steady_clock::time_point;

  explicit driver_slots(std::map<std::string, driver_limits> limits) : limits_{std::move(limits)} {}

  /// `freezes`: an application is frozen until its snapshots are cut. Only such a ticket counts for
  /// the limit on freezes: what freezes nothing has time, and tells nothing of how prompt cuts are.
  void enter(ticket which, const std::string& name_space, driver_demand demand, bool freezes);
  /// One whose snapshots were asked for before this process began: holds its slots at once.
  void enter_holding(ticket which, driver_demand demand, bool freezes);
  /// Gives up its slots or its place.
  void leave(ticket which);

  /// Those that have their slots from now on, in the order of their turn.
  std::vector<ticket> admit(time_point now);
  /// When `admit` may admit somebody although nobody left; none: not before one leaves.
  std::optional<time_point> next_admission(time_point now) const;

  /// What its freeze took that others could have lengthened; it still holds its slots.
  void note_overhead(ticket which, std::chrono::nanoseconds overhead);

  bool is_waiting(ticket which) const;
  /// The longest of the lines that it waits in.
  std::string driver_waited_for(ticket which) const;
  /// Tickets that wait, by driver.
  std::map<std::string, std::size_t> depths() const;

private:
  struct visitor {
    driver_demand demand;
    std::string name_space;
    bool freezes = false;
    std::uint64_t tag = 0; ///< of the order
    bool holds = false;
    std::size_t beside = 0; ///< with `holds`: in flight when it began, at its busiest driver
  };

  struct driver_line {
    std::set<std::pair<std::uint64_t, ticket>> waiting;
    std::unordered_map<std::string, std::uint64_t> last_tags; ///< of waiting namespaces
    std::uint64_t served_tag = 0;
    std::size_t in_use = 0;       ///< snapshots
    std::size_t applications = 0; ///< that hold slots and freeze
    freeze_limit most_applications;
    std::uint64_t served_at = 0; ///< counts admissions: the line served longest ago is next
    time_point open_from{};      ///< perSecond
  };

  bool is_first_everywhere(ticket which, const visitor& who) const;
  bool fits(const visitor& who, time_point now) const;
  std::optional<ticket> next(time_point now) const;
  void take(ticket which, time_point now);
  void forget_place(ticket which, const visitor& who);

  std::map<std::string, driver_limits> limits_;
  std::unordered_map<ticket, visitor> visitors_;
  std::map<std::string, driver_line> lines_; ///< by driver
  std::uint64_t admissions_ = 0;
};

} // namespace actors
