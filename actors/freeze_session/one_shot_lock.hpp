#pragma once

#include "actors/freeze_session/hook_declaration.hpp"

#include <string>
#include <string_view>

namespace freeze_session {

/// How long what a one-shot pre-hook has locked stays locked.
enum class lock_lifetime {
  lasting, ///< nothing known speaks against it (`fsfreeze`, `fsyncLock`, a client kept open)
  ends_with_client, ///< gone before the snapshot: the client's exit releases it
  unsure            ///< a client and a statement that may or may not be such a pair
};

struct one_shot_finding {
  lock_lifetime lifetime = lock_lifetime::lasting;
  std::string client, statement; ///< e.g. `mysql`, `FLUSH TABLES WITH READ LOCK`; may be empty
  std::string advice;            ///< what to use instead, for an event; quotes no command
};

/// Judges the text of a pre-hook that runs as a shell command.
one_shot_finding judge_one_shot(std::string_view pre_hook);
/// Judges a declaration; a client that is kept open in the freeze session holds its lock.
one_shot_finding judge_one_shot(const hook_declaration& hooks);

} // namespace freeze_session
