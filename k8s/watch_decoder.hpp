#pragma once

#include "k8s/result.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace k8s {

struct watch_event {
  enum class type { added, modified, deleted, bookmark, error };
  type what = type::added;
  nlohmann::json object; ///< of `error`: a Status
};

/// Pure: from the bytes of a watch to its events. One event is one line; where the bytes are cut
/// means nothing.
class watch_decoder {
public:
  /// An object has 1.5 MiB at most in etcd; JSON may be several times that.
  static constexpr std::size_t default_longest_line = 16 << 20;

  explicit watch_decoder(std::size_t longest_line = default_longest_line)
      : longest_line_{longest_line} {}

  /// The events that these bytes complete. After an error (`protocol`) the stream is of no more
  /// use.
  result<std::vector<watch_event>> feed(std::string_view bytes);

private:
  std::size_t longest_line_;
  std::string partial_line_;
};

} // namespace k8s
