#pragma once

#include <optional>

namespace kubesim {

/// Containers are forked by a small single-threaded launcher, which is this same program started
/// anew with one argument: the server holds threads and must not fork itself. So main() calls this
/// first and returns what it returns; nothing means an ordinary start.
std::optional<int> container_main(int argc, char** argv);

} // namespace kubesim
