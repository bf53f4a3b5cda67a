#pragma once

#include "tests/kubesim/kubelet/image_store.hpp"
#include "tests/kubesim/kubelet/pod_fields.hpp"

#include <functional>
#include <map>
#include <string>
#include <variant>

namespace kubesim {

/// Why a container cannot be made yet: `waiting.reason` and `waiting.message` of its status.
struct waiting_reason {
  std::string reason, message;
};

/// What a pod's own fields say beyond its object (`status.podIP`).
struct pod_addresses {
  std::string pod, host;
};

/// Finds a ConfigMap (`configmaps`) or Secret (`secrets`) of the pod's namespace; null if it is not
/// there.
using configuration_lookup
    = std::function<std::shared_ptr<const json>(std::string_view plural, const std::string& name)>;

/// Command, environment and user of a container, as the kubelet and the image's configuration make
/// them.
std::variant<process_spec, waiting_reason> process_of(const json& pod, const json& container,
                                                      const image& from,
                                                      const pod_addresses& addresses,
                                                      const configuration_lookup& find);

/// `$(NAME)` becomes the variable's value, `$$` a dollar; an unknown name stays as it is.
std::string expand(std::string_view text, const std::map<std::string, std::string>& variables);

/// The value that `path` (`metadata.labels['app']`) names; nothing if fieldRef does not know it.
std::optional<std::string> pod_field(const json& pod, std::string_view path,
                                     const pod_addresses& addresses);

/// The content of a key of a ConfigMap or Secret (decoded); nothing if it has no such key.
std::optional<std::string> configuration_value(const json& object, const std::string& key);
/// All keys of it.
std::map<std::string, std::string> configuration_values(const json& object);

} // namespace kubesim
