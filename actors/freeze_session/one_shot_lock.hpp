#pragma once

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
  std::string client, statement; ///< e.g. `mysql`, `FLUSH TABLES WITH READ LOCK`; empty if lasting
  std::string advice;            ///< what to use instead, for an event; names no command text
};

/// Judges the text of a pre-hook that runs as a one-shot command (hook_mode::session or exec).
one_shot_finding judge_one_shot(std::string_view pre_hook);

} // namespace freeze_session
