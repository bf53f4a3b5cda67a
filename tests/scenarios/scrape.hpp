#pragma once

#include <map>
#include <string>

namespace scenarios {

/// The body that a GET of that page of this machine is answered with. Throws std::exception if
/// there is none, or another status than 200.
std::string page_of(int port, const std::string& path);

/// The values of Prometheus' text format by series, as they are written: `name{label="value"}`.
std::map<std::string, double> series_of(const std::string& text);

} // namespace scenarios
