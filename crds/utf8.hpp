#pragma once

#include <cstddef>
#include <string>

namespace crds {

/// `bytes` with U+FFFD for what is not UTF-8. Hooks and drivers write any bytes, JSON carries only
/// UTF-8.
std::string as_utf8(const std::string& bytes);

/// Whole characters from the end, or the beginning, of `text`, at most `longest` bytes of them.
std::string suffix_of(const std::string& text, std::size_t longest);
std::string prefix_of(const std::string& text, std::size_t longest);

} // namespace crds
