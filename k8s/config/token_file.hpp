#pragma once

#include "k8s/config/connection_config.hpp"

#include <string>

namespace k8s {

/// The whole of a file; `configuration` naming the path if it cannot be read.
result<std::string> read_file(const std::string& path);

/// A token that is read again when its file changed or the last reading is a minute old. If the
/// file cannot be read later, the last token stays in use: the server then says 401. Fails if it
/// cannot be read now, or is empty.
result<token_source> token_from_file(const std::string& path);

} // namespace k8s
