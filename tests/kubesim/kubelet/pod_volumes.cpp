#include "tests/kubesim/kubelet/pod_volumes.hpp"

#include <fstream>
#include <system_error>

namespace kubesim {
namespace {

namespace fs = std::filesystem;

struct missing {
  waiting_reason why;
};

[[noreturn]] void wait_for(const std::string& what) {
  throw missing{{"ContainerCreating", what}};
}

void write_file(const fs::path& path, const std::string& content, std::int64_t mode) {
  fs::create_directories(path.parent_path());
  std::ofstream{path, std::ios::binary} << content;
  fs::permissions(path, static_cast<fs::perms>(mode));
}

class volume_maker {
public:
  volume_maker(const json& pod, const pod_addresses& addresses, fs::path directory,
               const volume_sources& sources)
      : pod_{pod}, addresses_{addresses}, directory_{std::move(directory)}, sources_{sources} {}

  std::string make(const json& volume) {
    const auto own = directory_ / text_at_path(volume, {"name"});
    if (const auto& claim = at_path(volume, {"persistentVolumeClaim"}); claim.is_object())
      return of_claim(text_at_path(claim, {"claimName"}), text_at_path(volume, {"name"}));
    if (const auto& path = at_path(volume, {"hostPath"}); path.is_object())
      return of_host(path);
    fs::create_directories(own);
    for (const char* kind : {"configMap", "secret", "downwardAPI"})
      if (const auto& source = at_path(volume, {kind}); source.is_object())
        add(kind, source, own, number_at_path(source, {"defaultMode"}, 0644));
    if (const auto& projected = at_path(volume, {"projected"}); projected.is_object())
      add_projected(projected, own);
    if (at_path(volume, {"emptyDir"}).is_object())
      fs::permissions(own, fs::perms::all);
    return own.string();
  }

private:
  std::string of_claim(const std::string& claim, const std::string& volume) {
    const auto storage = sources_.storage_of_claim(claim);
    if (!storage)
      wait_for("claim " + claim + " is not bound");
    if (is_used(storage->is_block ? "volumeMounts" : "volumeDevices", volume))
      wait_for("volume " + volume + " has volumeMode "
               + (storage->is_block ? "Block, but is specified in volumeMounts"
                                    : "Filesystem, but is specified in volumeDevices"));
    return storage->path;
  }

  bool is_used(const char* way, const std::string& volume) const {
    for (const char* kind : {"containers", "initContainers"})
      for (const auto& container : at_path(pod_, {"spec", kind}))
        for (const auto& use : at_path(container, {way}))
          if (text_at_path(use, {"name"}) == volume)
            return true;
    return false;
  }

  static std::string of_host(const json& source) {
    const auto path = text_at_path(source, {"path"});
    const auto type = text_at_path(source, {"type"});
    if (type == "DirectoryOrCreate")
      fs::create_directories(path);
    else if (type == "FileOrCreate")
      std::ofstream{path, std::ios::app};
    if (!fs::exists(path))
      wait_for("hostPath " + path + " does not exist");
    return path;
  }

  void add_projected(const json& projected, const fs::path& own) {
    const auto mode = number_at_path(projected, {"defaultMode"}, 0644);
    for (const auto& source : at_path(projected, {"sources"})) {
      for (const char* kind : {"configMap", "secret", "downwardAPI"})
        if (const auto& part = at_path(source, {kind}); part.is_object())
          add(kind, part, own, mode);
      if (const auto& token = at_path(source, {"serviceAccountToken"}); token.is_object())
        write_file(own / text_at_path(token, {"path"}), sources_.service_account_token(), mode);
    }
  }

  void add(std::string_view kind, const json& source, const fs::path& own, std::int64_t mode) {
    if (kind == "downwardAPI")
      return add_fields(source, own, mode);
    const bool is_secret = kind == "secret";
    const auto name
        = text_at_path(source, {is_secret ? "secretName" : "name"}, text_at_path(source, {"name"}));
    const auto object = sources_.configuration(is_secret ? "secrets" : "configmaps", name);
    if (!object && flag_at_path(source, {"optional"}, false))
      return;
    if (!object)
      wait_for((is_secret ? "secret \"" : "configmap \"") + name + "\" not found");
    const auto& items = at_path(source, {"items"});
    if (!items.is_array())
      for (const auto& [key, value] : configuration_values(*object))
        write_file(own / key, value, mode);
    else
      for (const auto& item : items)
        add_item(*object, item, own, mode);
  }

  static void add_item(const json& object, const json& item, const fs::path& own,
                       std::int64_t mode) {
    const auto key = text_at_path(item, {"key"});
    const auto value = configuration_value(object, key);
    if (!value)
      wait_for("references non-existent config key: " + key);
    write_file(own / text_at_path(item, {"path"}), *value, number_at_path(item, {"mode"}, mode));
  }

  void add_fields(const json& source, const fs::path& own, std::int64_t mode) {
    for (const auto& item : at_path(source, {"items"}))
      write_file(
          own / text_at_path(item, {"path"}),
          pod_field(pod_, text_at_path(item, {"fieldRef", "fieldPath"}), addresses_).value_or(""),
          number_at_path(item, {"mode"}, mode));
  }

  const json& pod_;
  const pod_addresses& addresses_;
  fs::path directory_;
  const volume_sources& sources_;
};

bool leaves_its_directory(const fs::path& path) {
  for (const auto& part : path)
    if (part == "..")
      return true;
  return path.is_absolute();
}

std::string sub_path_of(const json& mount, const std::map<std::string, std::string>& variables) {
  const auto expression = text_at_path(mount, {"subPathExpr"});
  return expression.empty() ? text_at_path(mount, {"subPath"}) : expand(expression, variables);
}

} // namespace

std::variant<prepared_volumes, waiting_reason>
prepare_volumes(const json& pod, const pod_addresses& addresses,
                const std::filesystem::path& directory, const volume_sources& sources) try {
  volume_maker maker{pod, addresses, directory, sources};
  prepared_volumes all;
  for (const auto& volume : at_path(pod, {"spec", "volumes"}))
    all[text_at_path(volume, {"name"})] = maker.make(volume);
  return all;
} catch (const missing& something) {
  return something.why;
} catch (const fs::filesystem_error& failed) {
  return waiting_reason{"ContainerCreating", failed.what()};
}

std::variant<std::vector<bind_mount>, waiting_reason>
mounts_of(const json& container, const prepared_volumes& volumes,
          const std::map<std::string, std::string>& variables) {
  std::vector<bind_mount> mounts;
  for (const auto& mount : at_path(container, {"volumeMounts"})) {
    const auto volume = volumes.find(text_at_path(mount, {"name"}));
    if (volume == volumes.end())
      continue;
    fs::path source = volume->second;
    if (const auto sub_path = sub_path_of(mount, variables); !sub_path.empty()) {
      if (leaves_its_directory(sub_path))
        return waiting_reason{"CreateContainerConfigError",
                              "subPath " + sub_path + " leaves the volume"};
      source /= sub_path;
      std::error_code failed;
      if (!fs::exists(source) && !fs::create_directories(source, failed) && failed)
        return waiting_reason{"CreateContainerConfigError", "cannot create subPath " + sub_path};
    }
    mounts.push_back({source.string(), text_at_path(mount, {"mountPath"}),
                      flag_at_path(mount, {"readOnly"}, false)});
  }
  for (const auto& device : at_path(container, {"volumeDevices"}))
    if (const auto volume = volumes.find(text_at_path(device, {"name"})); volume != volumes.end())
      mounts.push_back({volume->second, text_at_path(device, {"devicePath"}), false});
  return mounts;
}

std::vector<std::string> claims_of_pod(const json& pod) {
  std::vector<std::string> claims;
  for (const auto& volume : at_path(pod, {"spec", "volumes"}))
    if (auto name = text_at_path(volume, {"persistentVolumeClaim", "claimName"}); !name.empty())
      claims.push_back(std::move(name));
  return claims;
}

} // namespace kubesim
