#include "tests/kubesim/auth/token_file.hpp"

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>
#include <boost/tokenizer.hpp>

#include <stdexcept>

namespace kubesim {

std::vector<std::pair<std::string, user>> read_token_file(std::string_view text) {
  using columns_of = boost::tokenizer<boost::escaped_list_separator<char>>;
  std::vector<std::string> lines;
  boost::split(lines, text, boost::is_any_of("\n"));
  std::vector<std::pair<std::string, user>> tokens;
  for (const auto& line : lines) {
    if (line.empty())
      continue;
    const columns_of cells{line};
    const std::vector<std::string> columns{cells.begin(), cells.end()};
    if (columns.size() < 3 || columns[0].empty() || columns[1].empty())
      throw std::runtime_error{"not token,user,uid,\"groups\": " + line};
    user who{.name = columns[1], .uid = columns[2]};
    if (columns.size() > 3)
      boost::split(who.groups, columns[3], boost::is_any_of(","));
    tokens.emplace_back(columns[0], std::move(who));
  }
  return tokens;
}

} // namespace kubesim
