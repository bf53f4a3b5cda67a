#pragma once

#include <string>
#include <string_view>

namespace kubesim::http {

/// What a path means before anybody looked whether such a thing is served.
struct route {
  enum class target { other, resource } what = target::other;
  std::string path; ///< of whatever is no resource
  std::string group, version, plural, subresource;
  std::string name_space, name;
  bool is_watch_path = false; ///< the deprecated `/api/v1/watch/...`

  /// `/api/v1` and `/apis/GROUP/VERSION`, what resources are below.
  bool is_object() const { return !name.empty(); }
};

route parse_path(std::string_view path);

} // namespace kubesim::http
