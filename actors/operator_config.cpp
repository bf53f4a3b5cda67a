#include "actors/operator_config.hpp"

#include <yaml-cpp/yaml.h>

#include <cmath>
#include <fstream>
#include <sstream>

namespace actors {

namespace {

[[noreturn]] void refuse(const YAML::Node& at, const std::string& what) {
  const auto line = at.Mark().line;
  throw config_problem{(line < 0 ? std::string{} : "line " + std::to_string(line + 1) + ": ")
                       + what};
}

std::string text_of(const YAML::Node& value) {
  return value.IsScalar() ? '"' + value.Scalar() + '"' : std::string{"no single value"};
}

std::size_t read_most_at_once(const YAML::Node& value, const std::string& field) {
  std::size_t number = 0;
  const bool is_number = value.IsScalar() && YAML::convert<std::size_t>::decode(value, number);
  if (!is_number || number == 0 || value.Scalar().front() == '-')
    refuse(value, field + " is " + text_of(value) + "; write a whole number from 1 on");
  return number;
}

double read_per_second(const YAML::Node& value, const std::string& field) {
  double number = 0;
  const bool is_number = value.IsScalar() && YAML::convert<double>::decode(value, number);
  if (!is_number || !(number > 0) || std::isinf(number))
    refuse(value, field + " is " + text_of(value) + "; write a number above 0, such as 0.5");
  return number;
}

crds::thaw_on read_thaw_on(const YAML::Node& value, const std::string& field) {
  const auto word = value.IsScalar() ? value.Scalar() : std::string{};
  if (word != "Cut" && word != "Ready")
    refuse(value, field + " is " + text_of(value) + "; write Cut or Ready");
  return word == "Cut" ? crds::thaw_on::cut : crds::thaw_on::ready;
}

void read_driver(const std::string& driver, const YAML::Node& fields, operator_config& into) {
  const auto name = "drivers[" + driver + "]";
  if (!fields.IsMap())
    refuse(fields, name + " is no mapping; write maxConcurrent, perSecond or thawOn below it");
  for (const auto& each : fields) {
    const auto field = each.first.Scalar();
    const auto path = name + "." + field;
    if (field == "maxConcurrent")
      into.limits[driver].most_at_once = read_most_at_once(each.second, path);
    else if (field == "perSecond")
      into.limits[driver].per_second = read_per_second(each.second, path);
    else if (field == "thawOn")
      into.thaw_on_driver[driver] = read_thaw_on(each.second, path);
    else
      refuse(each.first, path + " is not known; a driver has maxConcurrent, perSecond and thawOn");
  }
}

operator_config read_root(const YAML::Node& root) {
  operator_config config;
  if (root.IsNull())
    return config;
  if (!root.IsMap())
    refuse(root, "the file is no mapping; it begins with drivers:");
  for (const auto& each : root) {
    if (each.first.Scalar() != "drivers")
      refuse(each.first, each.first.Scalar() + " is not known; the file has drivers");
    if (!each.second.IsMap())
      refuse(each.second, "drivers is no mapping; write a driver's name and its limits below it");
    for (const auto& driver : each.second)
      read_driver(driver.first.Scalar(), driver.second, config);
  }
  return config;
}

} // namespace

std::variant<operator_config, config_problem> parse_config(const std::string& yaml) {
  try {
    return read_root(YAML::Load(yaml));
  } catch (const config_problem& problem) {
    return problem;
  } catch (const YAML::Exception& problem) {
    return config_problem{std::string{"no YAML: "} + problem.what()};
  }
}

std::variant<operator_config, config_problem> read_config(const std::string& path) {
  std::ifstream file{path};
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))
    return config_problem{"cannot be read"};
  return parse_config(text.str());
}

} // namespace actors
