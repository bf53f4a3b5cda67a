#pragma once

#include <string_view>

namespace freeze_session {

/// freeze_session.sh and freeze_rescue.sh, each with freeze_functions.sh before it; made by
/// embed_program.cmake.
extern const std::string_view session_program;
extern const std::string_view rescue_program;

} // namespace freeze_session
