#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace actors {

/// Whose turn it is to freeze: one at a time for each thing that can be frozen. Pure.
///
/// A ticket names all that it freezes; its turn has come when it is the first in the queue of each.
/// Tickets enter all their queues at once, so none waits in a circle.
class freeze_turns {
public:
  using ticket = std::uint64_t;

  /// True if its turn has come at once.
  bool enter(ticket which, std::vector<std::string> keys);
  /// One that froze before this process began: its turn is now, whoever else thinks so.
  void enter_first(ticket which, std::vector<std::string> keys);
  /// Gives up its turn or its place; those whose turn that makes it.
  std::vector<ticket> leave(ticket which);
  /// Those that it waits for, each once.
  std::vector<ticket> ahead_of(ticket which) const;

private:
  struct visitor {
    std::vector<std::string> keys;
    bool has_turn = false;
  };

  bool is_first_everywhere(ticket which, const visitor& who) const;

  std::unordered_map<ticket, visitor> visitors_;
  std::unordered_map<std::string, std::deque<ticket>> queues_;
};

} // namespace actors
