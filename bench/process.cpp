#include "bench/process.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace bench {

duration processor_time(int pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  std::istringstream words{text.substr(text.rfind(')') + 1)};
  const std::vector<std::string> all{std::istream_iterator<std::string>{words}, {}};
  const auto ticks = std::stol(all.at(11)) + std::stol(all.at(12));
  return std::chrono::duration_cast<duration>(std::chrono::duration<double>{
      static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK))});
}

double resident_mebibytes(int pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/status"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("VmRSS:"))
      return std::stod(line.substr(6)) / 1024;
  return 0;
}

} // namespace bench
