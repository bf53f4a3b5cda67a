#include "tests/kubesim/kubelet/image_store.hpp"

#include <yaml-cpp/yaml.h>

#include <stdexcept>

namespace kubesim {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> texts(const YAML::Node& list) {
  return list ? list.as<std::vector<std::string>>() : std::vector<std::string>{};
}

/// Looks like a digest and is the same for the same name; nothing is ever fetched by it.
std::string made_up_digest(std::string_view name) {
  std::string digits;
  std::uint64_t state = 14695981039346656037ULL;
  while (digits.size() < 64) {
    for (const char c : name)
      state = (state ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    for (int shift = 0; shift < 64; shift += 4)
      digits += "0123456789abcdef"[(state >> shift) & 15];
  }
  return "sha256:" + digits;
}

image read(const fs::path& directory, const YAML::Node& manifest) {
  image it;
  it.id = made_up_digest(directory.filename().string());
  it.entry_point = texts(manifest["entrypoint"]);
  it.command = texts(manifest["command"]);
  if (manifest["workingDirectory"])
    it.working_directory = manifest["workingDirectory"].as<std::string>();
  for (const auto& variable : manifest["environment"])
    it.environment.push_back(variable.first.as<std::string>() + "="
                             + variable.second.as<std::string>());
  for (const auto& path : texts(manifest["directories"]))
    it.directories.push_back({path, 0755});
  for (const auto& file : manifest["files"])
    it.files.push_back({(fs::absolute(directory) / file.first.as<std::string>()).string(),
                        file.second.as<std::string>(), true});
  return it;
}

} // namespace

image_store::image_store(const fs::path& directory) {
  for (const auto& entry : fs::directory_iterator(directory))
    if (fs::exists(entry.path() / "image.yaml"))
      load(entry.path());
}

void image_store::load(const fs::path& directory) {
  const auto file = directory / "image.yaml";
  try {
    const auto manifest = YAML::LoadFile(file.string());
    const auto it = read(directory, manifest);
    for (const auto& name : texts(manifest["names"]))
      by_name_[name] = it;
  } catch (const YAML::Exception& problem) {
    throw std::runtime_error(file.string() + ": " + problem.what());
  }
}

const image* image_store::find(std::string_view reference) const {
  const auto it = by_name_.find(short_image_name(reference));
  return it == by_name_.end() ? nullptr : &it->second;
}

std::string short_image_name(std::string_view reference) {
  reference = reference.substr(0, reference.find('@'));
  const auto slash = reference.rfind('/');
  const auto tag = reference.find(':', slash == std::string_view::npos ? 0 : slash);
  reference = reference.substr(0, tag);
  for (const std::string_view prefix : {"docker.io/", "index.docker.io/", "library/"})
    if (reference.starts_with(prefix))
      reference.remove_prefix(prefix.size());
  return std::string{reference};
}

} // namespace kubesim
