// How long a frozen pod waits between the thaw line on its open session and its post-hook, under
// each shell that an image may have; beside it the start of one such shell, which is what a thaw
// by a new exec would cost before anything else.

#include "bench/figures.hpp"
#include "tests/sessions/running_shell.hpp"

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <sstream>
#include <thread>

namespace {

using session_tests::running_shell;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream words{text};
  return {std::istream_iterator<std::string>{words}, {}};
}

running_shell start(const std::string& shell, const std::vector<std::string>& command,
                    std::string_view input) {
  auto words = words_of(shell);
  words.insert(words.end(), command.begin() + 1, command.end());
  return {words, {{"PATH", std::getenv("PATH")}}, input};
}

bench::duration thaw(const std::string& shell, int attempt) {
  freeze_session::session_plan plan;
  plan.not_after = std::chrono::ceil<std::chrono::seconds>(std::chrono::system_clock::now()) + 60s;
  plan.pre = "true";
  plan.post = "echo now >&2";
  auto session = start(shell, freeze_session::session_command("bench." + std::to_string(attempt)),
                       freeze_session::session_input(plan));
  session.expect<freeze_session::armed>();
  session.expect<freeze_session::frozen>();
  // A cut takes that long; until then the session still looks for what the pre-hook left behind.
  std::this_thread::sleep_for(50ms);
  const auto asked = clock::now();
  session.write(freeze_session::thaw_line);
  session.await_error_output();
  return clock::now() - asked;
}

bench::duration shell_start(const std::string& shell) {
  const auto asked = clock::now();
  auto process = start(shell, {"sh", "-c", "echo now >&2"}, "");
  process.await_error_output();
  return clock::now() - asked;
}

} // namespace

int main(int argc, char** argv) {
  int runs = 100;
  CLI::App app{"From the thaw line to the post-hook"};
  app.add_option("--runs", runs, "of each shell")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  for (const std::string shell : {"dash", "busybox sh", "bash"}) {
    std::vector<bench::duration> thaws, starts;
    for (int i = 0; i < runs; ++i) {
      thaws.push_back(thaw(shell, i));
      starts.push_back(shell_start(shell));
    }
    const auto middle = bench::median(thaws), start = bench::median(starts);
    std::cout << bench::row(
        {"thaw line to post-hook, " + shell + ", p50",
         bench::text(middle),
         "start of the shell " + bench::text(start),
         static_cast<double>(middle.count()) / static_cast<double>(start.count()),
         {}}) << '\n';
    constexpr bench::duration limit = 20ms;
    const auto worst = bench::quantile(thaws, 0.99);
    std::cout << bench::row(
        {"thaw line to post-hook, " + shell + ", p99", bench::text(worst),
         "the contract's " + bench::text(limit),
         static_cast<double>(worst.count()) / static_cast<double>(limit.count()), 1.0})
              << '\n';
  }
}
