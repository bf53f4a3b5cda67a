#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace freeze_session {

/// Keeps the end of a stream: the output of a hook as the status may carry it.
class tail_buffer {
public:
  explicit tail_buffer(std::size_t limit = 1024) : limit_{limit} {}

  void append(std::string_view bytes);
  bool empty() const { return kept_.empty(); }
  /// At most `limit` bytes of valid UTF-8: cut at a character's border, invalid bytes and control
  /// characters other than newline and tab replaced.
  std::string text() const;

private:
  std::size_t limit_;
  std::string kept_;
  bool cut_ = false;
};

} // namespace freeze_session
