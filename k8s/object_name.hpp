#pragma once

#include <string>
#include <string_view>

namespace k8s {

/// Ten letters and digits that stand for a text, the same in every process. No protection against
/// somebody who looks for two texts of one digest.
std::string short_digest(std::string_view text);

/// A name for a new object: what people can read, cut to length, and a digest of what makes it
/// unique. The same for the same arguments, so that whoever comes later finds the object.
std::string unique_name(std::string readable, std::string_view unique);

} // namespace k8s
