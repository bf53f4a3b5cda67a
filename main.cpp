#include "actors/operator_options.hpp"
#include "actors/operator_process.hpp"

int main(int argc, char** argv) {
  const auto options = actors::parse_command_line(argc, argv);
  if (const auto* exit = std::get_if<actors::early_exit>(&options))
    return exit->status;
  return actors::run_operator(std::get<actors::operator_options>(options));
}
