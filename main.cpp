#include "actors/operator_options.hpp"
#include "actors/operator_process.hpp"

#include <malloc.h>

int main(int argc, char** argv) {
  // The few threads hand objects to each other: arenas of their own would keep what each once
  // needed. Measured with 2,000 backups in flight: 75 MiB with them, 62 without, at the same
  // processor time.
  mallopt(M_ARENA_MAX, 1);
  const auto options = actors::parse_command_line(argc, argv);
  if (const auto* exit = std::get_if<actors::early_exit>(&options))
    return exit->status;
  return actors::run_operator(std::get<actors::operator_options>(options));
}
