#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace actors {

/// Lets so many in at a time; the namespaces that wait take turns, each in its own order. One whose
/// earlier ones got in, but have not moved on from there, waits for them. Pure.
class fair_gate {
public:
  using ticket = std::uint64_t;

  /// `most_ahead`: of a namespace, those that were let in and have not moved on.
  fair_gate(std::size_t most_inside, std::size_t most_ahead)
      : most_inside_{most_inside}, most_ahead_{most_ahead} {}

  void enter(ticket which, const std::string& name_space);
  /// One that was let in has ended what it does inside.
  void leave() { --inside_; }
  /// One of this namespace that was let in no longer waits for anything.
  void move_on(const std::string& name_space);
  /// Those that may go in now.
  std::vector<ticket> admit();

  /// Is there a namespace that waits for its own?
  bool is_held_up() const { return held_up_ > 0; }
  /// Lets one more of each such namespace in: what it waits for may take hours.
  void relent();

private:
  struct line {
    std::deque<ticket> waiting;
    std::size_t ahead = 0, beyond = 0; ///< `beyond`: of those ahead, let in by `relent`
    bool is_held_up = false;           ///< and so not in the order
  };

  void line_up(const std::string& name_space, line& its);

  std::size_t most_inside_, most_ahead_, inside_ = 0, held_up_ = 0;
  std::unordered_map<std::string, line> lines_; ///< by namespace; none that is of no use
  std::deque<std::string> order_;               ///< of the namespaces that wait for others
};

} // namespace actors
