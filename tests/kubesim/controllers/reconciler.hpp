#pragma once

#include "tests/kubesim/controllers/work_queue.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace kubesim::control {

/// What is to follow a visit.
struct [[nodiscard]] outcome {
  enum class next { await_change, visit_later, try_again } step = next::await_change;
  std::chrono::milliseconds delay{0}; ///< for visit_later
  std::string why;                    ///< for try_again
};

/// Nothing to do until an object changes.
inline outcome await_change() {
  return {};
}

inline outcome visit_after(std::chrono::milliseconds delay) {
  return {outcome::next::visit_later, delay, {}};
}

/// The visit failed; another one follows after a back-off.
inline outcome try_again(std::string why) {
  return {outcome::next::try_again, {}, std::move(why)};
}

/// The same for a refused verb.
outcome try_again(const refusal& why);

/// Brings what belongs to one object to the state that the object asks for. Decides from what is
/// there now, never from which event came; visiting once too often changes nothing.
class reconciler {
public:
  virtual ~reconciler() = default;
  virtual std::string_view name() const = 0;
  virtual outcome reconcile(const object_ref& object, time_point now) = 0;
};

} // namespace kubesim::control
