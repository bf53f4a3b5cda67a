#include "actors/freeze_session/one_shot_lock.hpp"

namespace freeze_session {

one_shot_finding judge_one_shot(std::string_view) {
  return {};
}

} // namespace freeze_session
