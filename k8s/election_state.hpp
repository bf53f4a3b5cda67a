#pragma once

#include "k8s/resources/lease.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>

/// One candidate's view of an election by Lease. Pure: times come in, requests go out as values.
///
/// Nobody compares clocks with anybody: a candidate counts the holder's time from the moment at
/// which it saw the Lease change itself, and the holder counts its own from before it sent the last
/// renewal that was accepted. So the holder's time is over first, by a third of the duration.
namespace k8s {

/// A clock that goes on while the process is stopped or the machine sleeps.
using election_time = std::chrono::nanoseconds;

struct election_settings {
  object_key lease;
  std::string identity; ///< unlike that of every other candidate
  std::chrono::seconds duration{15};

  /// Between two renewals, and between two looks at another's Lease.
  std::chrono::milliseconds pause() const { return std::chrono::milliseconds{duration} / 15; }
  /// From sending a renewal to the end of what it allows: others may act at `duration`.
  std::chrono::milliseconds leads_for() const {
    return std::chrono::milliseconds{duration} * 2 / 3;
  }
};

namespace election {

/// Look at the Lease.
struct look {};
/// Nothing to do before that time.
struct wait_until {
  election_time due{};
};
/// Create the Lease; somebody else may be faster.
struct create {
  k8s::lease object;
};
/// Replace the Lease that was seen last; a conflict means that somebody else was faster.
struct replace {
  k8s::lease object;
};

using action = std::variant<look, wait_until, create, replace>;

} // namespace election

class election_state {
public:
  explicit election_state(election_settings settings) : settings_{std::move(settings)} {}

  /// What is there, read at `now`; none: no Lease of that name.
  void saw(const std::optional<lease>& found, election_time now);
  /// Our write was accepted; `sent` is the time before it was sent.
  void wrote(const lease& accepted, election_time sent);
  /// A look or write failed: the next one is a look, after a pause.
  void failed(election_time now);

  election::action next(election_time now, timestamp wall) const;

  /// The end of what the last accepted write allows; none: we do not hold it.
  std::optional<election_time> leads_until() const { return leads_until_; }

  /// The Lease as given up; none if we do not hold it.
  std::optional<lease> released(timestamp wall) const;

private:
  lease taken(timestamp wall) const;

  election_settings settings_;
  bool has_looked_ = false, is_current_ = false;
  std::optional<lease> seen_;
  election_time seen_changed_{}; ///< when `seen_` was first seen with its resourceVersion
  election_time looked_{};
  std::optional<election_time> leads_until_;
  election_time not_before_{};
};

} // namespace k8s
