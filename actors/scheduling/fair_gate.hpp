#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace actors {

/// Lets so many in at a time; the namespaces that wait take turns, each in its own order. Pure.
class fair_gate {
public:
  using ticket = std::uint64_t;

  explicit fair_gate(std::size_t most_inside) : most_inside_{most_inside} {}

  void enter(ticket which, const std::string& name_space);
  /// One that was let in has ended.
  void leave() { --inside_; }
  /// Those that may go in now.
  std::vector<ticket> admit();

private:
  std::size_t most_inside_, inside_ = 0;
  std::unordered_map<std::string, std::deque<ticket>> waiting_; ///< by namespace, none empty
  std::deque<std::string> order_;                               ///< of the namespaces that wait
};

} // namespace actors
