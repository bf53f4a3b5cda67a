#include "k8s/config/connection_config.hpp"
#include "k8s/config/token_file.hpp"

#include <openssl/evp.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>

namespace k8s {

namespace {

namespace fs = std::filesystem;

/// Ends the reading; caught in `kube_config`, as yaml-cpp throws anyway.
struct refusal {
  std::string detail;
};

std::string in_quotes(const std::string& text) {
  return '"' + text + '"';
}

/// One entry of `clusters`, `users` or `contexts`, for messages: `users "admin"`.
struct entry {
  std::string list, name;
  YAML::Node fields;

  [[noreturn]] void refuse(const std::string& field, const std::string& why) const {
    throw refusal{list + ' ' + in_quotes(name) + ": " + field + ' ' + why};
  }

  std::string text(const char* field) const {
    const YAML::Node found = fields[field];
    if (!found || found.IsNull())
      return {};
    if (!found.IsScalar())
      refuse(field, "is not a text; write one value after the colon");
    return found.as<std::string>();
  }

  bool flag(const char* field) const {
    const auto written = text(field);
    if (written.empty() || written == "false")
      return false;
    if (written != "true")
      refuse(field, "is " + in_quotes(written) + "; write true or false");
    return true;
  }

  bool has(const char* field) const { return fields[field].IsDefined() && !fields[field].IsNull(); }
};

std::string name_of(const YAML::Node& listed) {
  return listed.IsMap() ? listed["name"].as<std::string>("") : std::string{};
}

std::string names_in(const YAML::Node& list) {
  std::string names;
  for (const auto& each : list)
    names.append(names.empty() ? "" : ", ").append(name_of(each));
  return names.empty() ? "none" : names;
}

/// `inner`: under which key an entry keeps its fields.
entry find_entry(const YAML::Node& root, const char* list, const char* inner,
                 const std::string& name) {
  const YAML::Node entries = root[list];
  if (entries && !entries.IsSequence() && !entries.IsNull())
    throw refusal{std::string{list} + " is not a list"};
  for (const auto& each : entries) {
    if (name_of(each) != name || !each.IsMap())
      continue;
    const YAML::Node fields = each[inner];
    if (!fields || !fields.IsMap())
      throw refusal{std::string{list} + ' ' + in_quotes(name) + " has no " + inner
                    + "; it must be a mapping"};
    return {list, name, fields};
  }
  throw refusal{std::string{list} + " has no entry " + in_quotes(name)
                + "; there is: " + names_in(entries)};
}

std::string base64_decoded(const entry& in, const char* field, std::string text) {
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  std::string decoded(text.size(), '\0');
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const int length = text.size() % 4 == 0
                         ? EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()), bytes,
                                           static_cast<int>(text.size()))
                         : -1;
  if (length < 0)
    in.refuse(field, "is not base64; write the output of `base64 -w0 FILE`");
  // EVP_DecodeBlock counts the padding as bytes.
  const auto padding
      = std::count(text.end() - std::min<std::ptrdiff_t>(2, std::ssize(text)), text.end(), '=');
  decoded.resize(static_cast<std::size_t>(length - padding));
  return decoded;
}

std::string file_content(const entry& in, const char* field, const fs::path& folder,
                         const std::string& path) {
  auto content = read_file((folder / path).string());
  if (!content)
    in.refuse(field, "names " + in_quotes((folder / path).string()) + ", which cannot be read: "
                         + content.error().detail + "; correct the path or its permissions");
  return std::move(*content);
}

/// A certificate or key, from the inlined form or else the file that is named.
std::string pem_of(const entry& in, const std::string& field, const fs::path& folder) {
  const std::string inlined_field = field + "-data";
  const auto inlined = in.text(inlined_field.c_str());
  const auto path = in.text(field.c_str());
  if (inlined.empty() && path.empty())
    return {};
  const auto& source = inlined.empty() ? field : inlined_field;
  auto pem = inlined.empty() ? file_content(in, source.c_str(), folder, path)
                             : base64_decoded(in, source.c_str(), inlined);
  if (pem.find("-----BEGIN ") == std::string::npos)
    in.refuse(source, "is not PEM; it must have a line -----BEGIN ...-----");
  return pem;
}

void refuse_fields(const entry& in,
                   std::initializer_list<std::pair<const char*, const char*>> fields) {
  for (const auto& [field, remedy] : fields)
    if (in.has(field))
      in.refuse(field, std::string{"is not supported; "} + remedy);
}

void read_cluster(const entry& cluster, const fs::path& folder, connection_config& config) {
  refuse_fields(cluster, {{"proxy-url", "connect to the server directly"}});
  config.server = cluster.text("server");
  if (!config.server.starts_with("https://") && !config.server.starts_with("http://"))
    cluster.refuse("server", "is " + in_quotes(config.server) + "; write https://HOST:PORT");
  while (config.server.ends_with('/'))
    config.server.pop_back();
  config.tls_server_name = cluster.text("tls-server-name");
  config.insecure_skip_tls_verify = cluster.flag("insecure-skip-tls-verify");
  config.ca_pem = pem_of(cluster, "certificate-authority", folder);
  if (config.insecure_skip_tls_verify && !config.ca_pem.empty())
    cluster.refuse("insecure-skip-tls-verify",
                   "is true beside a certificate-authority; remove one of them");
}

token_source token_of(const entry& user, const fs::path& folder) {
  const auto path = user.text("tokenFile");
  if (!path.empty()) {
    auto source = token_from_file((folder / path).string());
    if (!source)
      user.refuse("tokenFile", "names " + in_quotes((folder / path).string())
                                   + ", which gives no token: " + source.error().detail
                                   + "; correct the path or its permissions");
    return std::move(*source);
  }
  const auto token = user.text("token");
  if (token.empty())
    return {};
  return [token] { return token; };
}

void read_user(const entry& user, const fs::path& folder, connection_config& config) {
  constexpr const char* instead = "use a client certificate, token or tokenFile";
  // To ignore an impersonation would be to act with more rights than asked for.
  refuse_fields(user, {{"exec", instead},
                       {"auth-provider", instead},
                       {"username", instead},
                       {"password", instead},
                       {"as", "use the credentials of that user"},
                       {"as-groups", "use the credentials of that user"},
                       {"as-uid", "use the credentials of that user"},
                       {"as-user-extra", "use the credentials of that user"}});
  config.client_certificate_pem = pem_of(user, "client-certificate", folder);
  config.client_key_pem = pem_of(user, "client-key", folder);
  if (config.client_certificate_pem.empty() != config.client_key_pem.empty())
    user.refuse(config.client_key_pem.empty() ? "client-key" : "client-certificate",
                "is missing; a client certificate and its key come together");
  config.token = token_of(user, folder);
}

std::string environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value ? value : "";
}

std::string chosen_path(const std::string& asked) {
  if (!asked.empty())
    return asked;
  const auto paths = environment("KUBECONFIG");
  if (const auto first = paths.substr(0, paths.find(':')); !first.empty())
    return first;
  return environment("HOME") + "/.kube/config";
}

connection_config read(const YAML::Node& root, const fs::path& folder, std::string context_name) {
  if (!root.IsMap())
    throw refusal{"it is not a mapping of clusters, users and contexts"};
  if (context_name.empty())
    context_name = root["current-context"].as<std::string>("");
  if (context_name.empty())
    throw refusal{"current-context is not set; name a context with --context, there is: "
                  + names_in(root["contexts"])};
  const auto context = find_entry(root, "contexts", "context", context_name);
  connection_config config;
  config.name_space = context.text("namespace");
  read_cluster(find_entry(root, "clusters", "cluster", context.text("cluster")), folder, config);
  if (const auto user = context.text("user"); !user.empty())
    read_user(find_entry(root, "users", "user", user), folder, config);
  return config;
}

} // namespace

result<connection_config> kube_config(const kube_config_choice& choice) {
  const auto path = chosen_path(choice.path);
  const auto refused = [&](std::string detail) {
    return error{.code = errc::configuration,
                 .attempted = "reading kubeconfig " + path,
                 .detail = path + ": " + std::move(detail)};
  };
  const auto content = read_file(path);
  if (!content)
    return refused(content.error().detail
                   + "; name the kubeconfig with --kubeconfig or $KUBECONFIG");
  try {
    return read(YAML::Load(*content), fs::path{path}.parent_path(), choice.context);
  } catch (const refusal& reason) {
    return refused(reason.detail);
  } catch (const YAML::Exception& failure) {
    return refused(std::string{"not valid YAML: "} + failure.what());
  }
}

} // namespace k8s
