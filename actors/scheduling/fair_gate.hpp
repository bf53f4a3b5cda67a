#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace actors {

/// Lets so many in at a time; the namespaces that wait take turns, each in its own order. Those
/// that were let in are ahead until they move on, and the others of their namespace wait for them
/// to do so. Pure.
class fair_gate {
public:
  using ticket = std::uint64_t;

  struct limits {
    std::size_t inside;
    std::size_t ahead; ///< of one namespace
  };

  explicit fair_gate(limits most) : most_{most} {}
  fair_gate(const fair_gate&) = delete;
  fair_gate& operator=(const fair_gate&) = delete;

  void enter(ticket which, const std::string& name_space);
  /// Before all others, and ahead of nobody.
  void enter_first(ticket which) { first_.push_back(which); }
  /// One that was let in has ended what it does inside.
  void leave() { --inside_; }
  /// One of this namespace that was let in no longer waits for anything.
  void move_on(const std::string& name_space);
  /// One of this namespace was let in for nothing: the next one goes in its place.
  void take_back(const std::string& name_space);
  /// Those that may go in now.
  std::vector<ticket> admit();

  /// Is there a namespace that waits for those ahead?
  bool is_held_up() const { return !held_up_.empty(); }
  /// Lets one more in of so many such namespaces, of those first that wait longest: what they wait
  /// for may take hours.
  void relent(std::size_t most);

private:
  using names = std::list<std::string>;

  struct line {
    std::deque<ticket> waiting;
    std::optional<names::iterator> held_up; ///< its place there; else in the order, if any waits
    std::size_t ahead = 0, beyond = 0;      ///< `beyond`: how many more `relent` allowed
  };

  bool may_go_ahead(const line& its) const { return its.ahead < most_.ahead + its.beyond; }
  void line_up(line& its);

  limits most_;
  std::size_t inside_ = 0;
  std::deque<ticket> first_;
  std::unordered_map<std::string, line> lines_; ///< by namespace; none that is of no use
  names order_;                                 ///< of the namespaces whose turn will come
  names held_up_;                               ///< those that wait for those ahead
};

} // namespace actors
