#include "tests/kubesim/http/route.hpp"

#include "tests/kubesim/http/query.hpp"

#include <span>
#include <vector>

namespace kubesim::http {

namespace {

using segments = std::vector<std::string>;

segments split(std::string_view path) {
  segments parts;
  while (!path.empty()) {
    auto end = path.find('/');
    if (end != 0)
      parts.push_back(percent_decoded(path.substr(0, end), false));
    path = end == std::string_view::npos ? std::string_view{} : path.substr(end + 1);
  }
  return parts;
}

/// `namespaces/N/...` is the namespace of what follows, unless nothing does or a part of the
/// namespace itself.
bool names_a_namespace(std::span<const std::string> rest) {
  return rest.size() > 2 && rest[0] == "namespaces" && rest[2] != "status" && rest[2] != "finalize";
}

std::string joined(std::span<const std::string> parts) {
  std::string text;
  for (const auto& part : parts)
    text += (text.empty() ? "" : "/") + part;
  return text;
}

} // namespace

route parse_path(std::string_view path) {
  route found;
  found.path = std::string{path};
  auto parts = split(path);
  std::span<const std::string> rest{parts};
  if (rest.size() > 2 && rest[0] == "api") {
    found.version = rest[1];
    rest = rest.subspan(2);
  } else if (rest.size() > 3 && rest[0] == "apis") {
    found.group = rest[1];
    found.version = rest[2];
    rest = rest.subspan(3);
  } else {
    return found;
  }
  found.what = route::target::resource;
  if (rest.size() > 1 && rest[0] == "watch") {
    found.is_watch_path = true;
    rest = rest.subspan(1);
  }
  if (names_a_namespace(rest)) {
    found.name_space = rest[1];
    rest = rest.subspan(2);
  }
  found.plural = rest[0];
  if (rest.size() > 1)
    found.name = rest[1];
  if (rest.size() > 2)
    found.subresource = joined(rest.subspan(2));
  return found;
}

} // namespace kubesim::http
