#pragma once

#include <caf/typed_actor.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace messages {

/// The turn has come: whatever else wanted to freeze the same has thawed, and the drivers have
/// room.
struct turn_granted {};

/// Others are first; `turn_granted` follows.
struct turn_delayed {
  std::string waits_for;    ///< for people: `shop/nightly to thaw`, `a slot of driver ...`
  bool is_for_slot = false; ///< only for that: nobody changes the application meanwhile
};

/// Whoever waits for a turn.
using turn_taker = caf::typed_actor<caf::reacts_to<turn_granted>, caf::reacts_to<turn_delayed>>;

/// A turn to freeze all of that and to have so many snapshots cut. Answered by `turn_granted`, at
/// once or after a `turn_delayed`. It ends with `end_turn` or with the taker.
struct take_turn {
  std::vector<std::string> keys; ///< what may be frozen by one at a time; empty: freezes nothing
  std::map<std::string, std::size_t> snapshots; ///< by driver; empty: waits for none
  std::string name_space, name;                 ///< of the backup
  turn_taker taker;
  bool has_frozen_already = false; ///< before this process began: goes first, is not answered
};

struct end_turn {
  turn_taker taker;
  /// What its freeze took that others could have lengthened; none: nothing was measured.
  std::optional<std::chrono::nanoseconds> overhead{};
};

} // namespace messages
