#pragma once

#include <caf/typed_actor.hpp>

#include <string>
#include <vector>

namespace messages {

/// The turn has come: whatever else wanted to freeze the same has thawed.
struct turn_granted {};

/// Others are first; `turn_granted` follows when they have thawed.
struct turn_delayed {
  std::string behind; ///< their names, for people
};

/// Whoever waits for a turn.
using turn_taker = caf::typed_actor<caf::reacts_to<turn_granted>, caf::reacts_to<turn_delayed>>;

/// A turn to freeze all of that. Answered by `turn_granted`, at once or after a `turn_delayed`. It
/// ends with `end_turn` or with the taker.
struct take_turn {
  std::vector<std::string> keys;
  std::string name; ///< of the backup, for those behind it
  turn_taker taker;
  bool has_frozen_already = false; ///< before this process began: goes first, is not answered
};

struct end_turn {
  turn_taker taker;
};

} // namespace messages
