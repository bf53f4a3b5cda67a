#include "bench/process.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
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

namespace {

double mebibytes_of(int pid, const std::string& field) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/status"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(field))
      return std::stod(line.substr(field.size())) / 1024;
  throw std::runtime_error("process " + std::to_string(pid) + " has no memory");
}

} // namespace

double resident_mebibytes(int pid) {
  return mebibytes_of(pid, "VmRSS:");
}

double peak_mebibytes(int pid) {
  return mebibytes_of(pid, "VmHWM:");
}

} // namespace bench
