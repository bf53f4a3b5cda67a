// Many backups on the embedded cluster, which plays the pods and their freeze sessions and is a
// process of its own: what one operator adds to the requests, and what it needs.

#include "bench/cluster_of_many.hpp"
#include "bench/process.hpp"
#include "bench/series.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using bench::duration;

struct settings {
  std::vector<int> crowds{100, 1000}; ///< in flight at a time
  int backups = 1000, rounds = 3;     ///< beside the bare client
  int per_namespace = 10;
  std::string data; ///< file for what is plotted
};

double ratio(duration measured, duration limit) {
  return static_cast<double>(measured.count()) / static_cast<double>(limit.count());
}

duration seconds(double number) {
  return std::chrono::duration_cast<duration>(std::chrono::duration<double>{number});
}

std::string mebibytes(double number) {
  return std::to_string(std::lround(number)) + " MiB";
}

struct cost {
  duration took{}, processor{};
};

cost run_operator(bench::cluster_of_many& many, const std::string& round, int number) {
  many.start_operator();
  const auto before = bench::processor_time(many.pid());
  cost spent;
  spent.took = many.back_up(round, number, [&](const auto& seen) { return seen.ended == number; });
  spent.processor = bench::processor_time(many.pid()) - before;
  many.cluster().stop_operators();
  return spent;
}

cost run_bare_client(bench::cluster_of_many& many, const std::string& round, int number) {
  const auto log = many.cluster().admin_kubeconfig().replace_filename(round + ".log");
  scenarios::child_process client{{BARE_CLIENT_PROGRAM, "--kubeconfig",
                                   many.cluster().admin_kubeconfig(), "--backups",
                                   std::to_string(number)},
                                  log};
  if (!scenarios::await([&] { return client.log_text().find("watching") != std::string::npos; }))
    throw std::runtime_error("the bare client does not start: " + client.log_text());
  cost spent;
  spent.took = many.back_up(round, number, [&](const auto& seen) {
    if (client.await_end(0s).value_or(0) != 0)
      throw std::runtime_error("the bare client fails: " + client.log_text());
    return seen.ended == number;
  });
  if (client.await_end(60s) != 0)
    throw std::runtime_error("the bare client fails: " + client.log_text());
  const auto text = client.log_text();
  spent.processor = seconds(std::stod(text.substr(text.find("cpu ") + 4)));
  return spent;
}

/// Throughput and processor time beside a client that only sends the requests.
void measure_beside_bare_client(const settings& chosen) {
  bench::cluster_of_many many{{chosen.backups, chosen.per_namespace}};
  std::vector<duration> times, bare_times, processors, bare_processors;
  for (int i = 0; i < chosen.rounds; ++i) {
    const auto bare = run_bare_client(many, "bare-" + std::to_string(i), chosen.backups);
    const auto ours = run_operator(many, "ours-" + std::to_string(i), chosen.backups);
    bare_times.push_back(bare.took);
    bare_processors.push_back(bare.processor);
    times.push_back(ours.took);
    processors.push_back(ours.processor);
  }
  const auto per_backup
      = [&](const std::vector<duration>& all) { return bench::median(all) / chosen.backups; };
  const auto number = std::to_string(chosen.backups) + " at once";
  for (const auto& [what, ours, bare, goal] :
       {std::tuple{"time, ", times, bare_times, 1 / 0.9},
        std::tuple{"processor time per backup, ", processors, bare_processors, 1.3}})
    std::cout << bench::row({what + number, bench::text(per_backup(ours)),
                             "bare client " + bench::text(per_backup(bare)),
                             ratio(per_backup(ours), per_backup(bare)), goal})
              << std::endl;
}

struct in_flight {
  double number = 0, idle_mebibytes = 0, mebibytes = 0, most_mebibytes = 0;
  duration processor{}; ///< for each
  bench::series counted;
};

/// All of them thawed and uploading at the same time.
in_flight fly(const settings& chosen, int number) {
  bench::cluster_of_many many{{number, chosen.per_namespace}, {"--ready-latency", "3600000"}};
  many.start_operator();
  in_flight seen;
  seen.number = number;
  seen.idle_mebibytes = bench::resident_mebibytes(many.pid());
  const auto before = many.cluster().metrics();
  const auto spent = bench::processor_time(many.pid());
  many.back_up("up", number, [&](const auto& tally) {
    seen.most_mebibytes = std::max(seen.most_mebibytes, bench::resident_mebibytes(many.pid()));
    return tally.uploading == number;
  });
  seen.mebibytes = bench::resident_mebibytes(many.pid());
  seen.processor = (bench::processor_time(many.pid()) - spent) / number;
  seen.counted = bench::between(before, many.cluster().metrics());
  return seen;
}

/// The operator's own part of a freeze.
void print_dispatch(const in_flight& one, const std::string& number) {
  for (const auto& [share, name, goal] :
       {std::tuple{0.5, "p50", 1ms}, std::tuple{0.99, "p99", 5ms}}) {
    const auto seen
        = seconds(bench::quantile(one.counted, "backup_operator_thaw_dispatch_seconds", share));
    std::cout << bench::row({"last cut seen to thaw sent, " + number + ", " + name,
                             bench::text(seen), "the contract's " + bench::text(goal),
                             ratio(seen, goal), 1.0})
              << '\n';
  }
}

/// The contract: 9 that write and freeze, 6 that look before; watches are not counted.
void print_requests(const in_flight& one, const std::string& number) {
  const std::string name = "backup_operator_api_requests_total";
  double all = 0;
  for (const auto& [series, value] : one.counted) {
    if (!series.starts_with(name) || series.find("verb=\"watch\"") != std::string::npos)
      continue;
    all += value;
    if (value / one.number >= 0.01)
      std::cout << "    " << value / one.number << " " << series.substr(name.size()) << '\n';
  }
  const auto each = all / one.number;
  std::cout << bench::row({"requests per backup, " + number, bench::number_text(each),
                           "the contract's 15", each / 15, 1.0})
            << std::endl;
}

void measure_in_flight(const settings& chosen) {
  std::vector<in_flight> all;
  for (const int number : chosen.crowds)
    all.push_back(fly(chosen, number));
  const auto& first = all.front();
  for (const auto& one : all) {
    const auto number = std::to_string(std::lround(one.number)) + " in flight";
    std::cout << bench::row(
        {"memory, " + number,
         mebibytes(one.mebibytes),
         "idle " + mebibytes(one.idle_mebibytes) + ", most " + mebibytes(one.most_mebibytes),
         one.mebibytes / one.idle_mebibytes,
         {}}) << '\n'
              << bench::row({"processor time per backup, " + number, bench::text(one.processor),
                             std::to_string(std::lround(first.number)) + " in flight "
                                 + bench::text(first.processor),
                             ratio(one.processor, first.processor), 1.2})
              << '\n';
    print_dispatch(one, number);
    if (!chosen.data.empty())
      std::ofstream{chosen.data, std::ios::app}
          << one.number << ' ' << one.mebibytes << ' '
          << std::chrono::duration<double, std::milli>{one.processor}.count() << ' '
          << 1000 * bench::quantile(one.counted, "backup_operator_thaw_dispatch_seconds", 0.99)
          << '\n';
    print_requests(one, number);
  }
}

} // namespace

int main(int argc, char** argv) {
  settings chosen;
  CLI::App app{"Many backups on a server without processes"};
  app.add_option("--in-flight", chosen.crowds, "numbers of backups that upload at the same time");
  app.add_option("--backups", chosen.backups, "beside the bare client; 0: not");
  app.add_option("--rounds", chosen.rounds, "of which the median counts")
      ->check(CLI::PositiveNumber);
  app.add_option("--per-namespace", chosen.per_namespace, "applications")
      ->check(CLI::PositiveNumber);
  app.add_option("--data", chosen.data,
                 "adds to this file, by number in flight: MiB, ms of processor time for each, ms "
                 "from the last cut to the thaw (p99)");
  CLI11_PARSE(app, argc, argv);
  try {
    if (chosen.backups > 0)
      measure_beside_bare_client(chosen);
    measure_in_flight(chosen);
  } catch (const std::exception& failure) {
    std::cerr << "high_volume: " << failure.what() << '\n';
    return 1;
  }
}
