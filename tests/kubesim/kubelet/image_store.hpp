#pragma once

#include "tests/kubesim/kubelet/launch_requests.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kubesim {

/// What an image name means on this machine: see images/README.md.
struct image {
  std::string id; ///< sha256:...
  std::vector<std::string> entry_point, command;
  std::vector<std::string> environment; ///< NAME=value
  std::string working_directory = "/";
  std::vector<own_directory> directories;
  std::vector<bind_mount> files;
};

/// The images of a directory: each folder with an `image.yaml` is one.
class image_store {
public:
  /// Throws std::runtime_error naming the file that cannot be read.
  explicit image_store(const std::filesystem::path& directory);

  /// Any tag or digest of a known name is answered; null if the name is unknown.
  const image* find(std::string_view reference) const;

private:
  void load(const std::filesystem::path& directory);
  std::map<std::string, image, std::less<>> by_name_;
};

/// `docker.io/library/busybox:latest` and `busybox@sha256:...` are both `busybox`.
std::string short_image_name(std::string_view reference);

} // namespace kubesim
