#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace freeze_session {

/// One simple command of a shell text.
struct simple_command {
  std::vector<std::string> words; ///< without quotes; nothing is expanded
  bool in_background = false;     ///< ends with `&`
  bool reads_file = false;        ///< has a redirection `<`
};

/// Takes a shell text apart far enough to see which programs it runs. Never fails: what it does not
/// understand stays part of a word.
std::vector<simple_command> simple_commands_of(std::string_view text);

} // namespace freeze_session
