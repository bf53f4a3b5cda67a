#pragma once

#include "actors/freeze_session/tail_buffer.hpp"

#include <mutex>
#include <string>
#include <string_view>

namespace actors {

/// The end of what hooks print. The loop's thread writes, an actor reads: a message for each piece
/// would let a hook that floods its output fill the actor's mailbox. Thread-safe.
class output_tail {
public:
  void append(std::string_view bytes) {
    const std::lock_guard guard{access_};
    kept_.append(bytes);
  }
  std::string text() const {
    const std::lock_guard guard{access_};
    return kept_.text();
  }

private:
  mutable std::mutex access_;
  freeze_session::tail_buffer kept_;
};

} // namespace actors
