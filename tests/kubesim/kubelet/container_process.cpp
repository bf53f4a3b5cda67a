#include "tests/kubesim/kubelet/container_process.hpp"

#include <array>

namespace kubesim {
namespace {

using variables = std::map<std::string, std::string>;

struct unresolved {
  waiting_reason why;
};

std::string decode_base64(std::string_view text) {
  std::string decoded;
  unsigned bits = 0;
  int count = 0;
  constexpr std::string_view alphabet
      = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (const char c : text) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos)
      continue;
    bits = bits << 6 | static_cast<unsigned>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      decoded += static_cast<char>(bits >> count & 0xff);
    }
  }
  return decoded;
}

class environment_builder {
public:
  environment_builder(const json& pod, const pod_addresses& addresses,
                      const configuration_lookup& find)
      : pod_{pod}, addresses_{addresses}, find_{find} {}

  void set(const std::string& name, const std::string& value) { values_[name] = value; }

  void add_all_from(const json& sources) {
    for (const auto& source : sources)
      for (const auto& [kind, plural] : kinds)
        if (const auto& reference = at_path(source, {kind}); reference.is_object())
          add_all_of(plural, reference, text_at_path(source, {"prefix"}));
  }

  void add(const json& variable) {
    const auto name = text_at_path(variable, {"name"});
    const auto& source = at_path(variable, {"valueFrom"});
    if (source.is_null()) {
      set(name, expand(text_at_path(variable, {"value"}), values_));
      return;
    }
    if (auto value = value_from(source))
      set(name, *value);
  }

  const variables& values() const { return values_; }

private:
  static constexpr std::array<std::array<const char*, 2>, 2> kinds{
      {{"configMapRef", "configmaps"}, {"secretRef", "secrets"}}};

  void add_all_of(const char* plural, const json& reference, const std::string& prefix) {
    const auto object = find_object(plural, reference);
    if (!object)
      return;
    for (const auto& [key, value] : configuration_values(*object))
      set(prefix + key, value);
  }

  std::shared_ptr<const json> find_object(const char* plural, const json& reference) {
    const auto name = text_at_path(reference, {"name"});
    auto object = find_(plural, name);
    if (!object && !flag_at_path(reference, {"optional"}, false))
      throw unresolved{{"CreateContainerConfigError",
                        std::string{plural}.substr(0, std::string_view{plural}.size() - 1) + " \""
                            + name + "\" not found"}};
    return object;
  }

  std::optional<std::string> value_from(const json& source) {
    if (const auto& field = at_path(source, {"fieldRef"}); field.is_object())
      return pod_field(pod_, text_at_path(field, {"fieldPath"}), addresses_);
    if (const auto& key = at_path(source, {"secretKeyRef"}); key.is_object())
      return value_of_key("secrets", "Secret", key);
    if (const auto& key = at_path(source, {"configMapKeyRef"}); key.is_object())
      return value_of_key("configmaps", "ConfigMap", key);
    return "0"; // resourceFieldRef: nothing is limited here
  }

  std::optional<std::string> value_of_key(const char* plural, const char* kind,
                                          const json& reference) {
    const auto object = find_object(plural, reference);
    if (!object)
      return std::nullopt;
    const auto key = text_at_path(reference, {"key"});
    auto value = configuration_value(*object, key);
    if (!value && !flag_at_path(reference, {"optional"}, false))
      throw unresolved{{"CreateContainerConfigError", "couldn't find key " + key + " in " + kind
                                                          + " " + ref_of(pod_).name_space + "/"
                                                          + text_at_path(reference, {"name"})}};
    return value;
  }

  const json& pod_;
  const pod_addresses& addresses_;
  const configuration_lookup& find_;
  variables values_;
};

void set_from_image(environment_builder& environment, const image& from) {
  environment.set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  environment.set("HOME", "/root");
  for (const auto& variable : from.environment) {
    const auto equals = variable.find('=');
    environment.set(variable.substr(0, equals), variable.substr(equals + 1));
  }
}

std::vector<std::string> expanded(const json& list, const variables& values) {
  std::vector<std::string> all;
  for (const auto& text : list)
    all.push_back(expand(text.get<std::string>(), values));
  return all;
}

/// `command` replaces the image's entry point and its command; `args` only the latter.
std::vector<std::string> arguments_of(const json& container, const image& from,
                                      const variables& values) {
  auto command = expanded(at_path(container, {"command"}), values);
  auto rest = expanded(at_path(container, {"args"}), values);
  if (command.empty()) {
    command = from.entry_point;
    if (rest.empty())
      rest = from.command;
  }
  command.insert(command.end(), rest.begin(), rest.end());
  return command;
}

int id_of(const json& pod, const json& container, std::string_view field) {
  const auto of_pod = number_at_path(pod, {"spec", "securityContext", field}, -1);
  return static_cast<int>(number_at_path(container, {"securityContext", field}, of_pod));
}

} // namespace

std::variant<process_spec, waiting_reason> process_of(const json& pod, const json& container,
                                                      const image& from,
                                                      const pod_addresses& addresses,
                                                      const configuration_lookup& find) try {
  environment_builder environment{pod, addresses, find};
  set_from_image(environment, from);
  environment.set("HOSTNAME", ref_of(pod).name);
  environment.add_all_from(at_path(container, {"envFrom"}));
  for (const auto& variable : at_path(container, {"env"}))
    environment.add(variable);

  process_spec process;
  process.arguments = arguments_of(container, from, environment.values());
  for (const auto& [name, value] : environment.values())
    process.environment.push_back(name + "=" + value);
  process.working_directory = text_at_path(container, {"workingDir"}, from.working_directory);
  process.user = id_of(pod, container, "runAsUser");
  process.group = id_of(pod, container, "runAsGroup");
  return process;
} catch (const unresolved& missing) {
  return missing.why;
}

std::string expand(std::string_view text, const std::map<std::string, std::string>& variables) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    if (text[i + 1] == '$') {
      result += '$';
      ++i;
      continue;
    }
    const auto end = text[i + 1] == '(' ? text.find(')', i) : std::string_view::npos;
    const auto it = end == std::string_view::npos
                        ? variables.end()
                        : variables.find(std::string{text.substr(i + 2, end - i - 2)});
    if (it == variables.end()) {
      result += '$';
      continue;
    }
    result += it->second;
    i = end;
  }
  return result;
}

std::optional<std::string> pod_field(const json& pod, std::string_view path,
                                     const pod_addresses& addresses) {
  if (path == "status.podIP" || path == "status.podIPs")
    return addresses.pod;
  if (path == "status.hostIP" || path == "status.hostIPs")
    return addresses.host;
  if (path == "spec.serviceAccountName")
    return text_at_path(pod, {"spec", "serviceAccountName"}, "default");
  if (path == "spec.nodeName")
    return text_at_path(pod, {"spec", "nodeName"});
  for (const std::string_view name : {"name", "namespace", "uid"})
    if (path == "metadata." + std::string{name})
      return text_at_path(pod, {"metadata", name});
  for (const std::string_view map : {"labels", "annotations"}) {
    const auto prefix = "metadata." + std::string{map} + "['";
    if (path.starts_with(prefix) && path.ends_with("']"))
      return text_at_path(
          pod, {"metadata", map, path.substr(prefix.size(), path.size() - prefix.size() - 2)});
  }
  return std::nullopt;
}

std::optional<std::string> configuration_value(const json& object, const std::string& key) {
  const bool is_secret = text_at_path(object, {"kind"}) == "Secret";
  if (const auto& value = at_path(object, {"data", key}); value.is_string())
    return is_secret ? decode_base64(value.get<std::string>()) : value.get<std::string>();
  if (const auto& value = at_path(object, {"binaryData", key}); value.is_string())
    return decode_base64(value.get<std::string>());
  return std::nullopt;
}

std::map<std::string, std::string> configuration_values(const json& object) {
  std::map<std::string, std::string> all;
  for (const char* part : {"data", "binaryData"})
    for (const auto& entry : at_path(object, {part}).items())
      all[entry.key()] = *configuration_value(object, entry.key());
  return all;
}

} // namespace kubesim
