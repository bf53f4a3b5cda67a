#include "k8s/config/connection_config.hpp"
#include "k8s/config/in_cluster.hpp"
#include "k8s/config/token_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace k8s {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// A folder of its own for each test, gone afterwards.
class kube_config_test : public ::testing::Test {
protected:
  kube_config_test() {
    std::string pattern = (fs::temp_directory_path() / "kube_config_test.XXXXXX").string();
    folder = mkdtemp(pattern.data());
  }
  ~kube_config_test() override { fs::remove_all(folder); }

  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream{folder / name} << content;
    return (folder / name).string();
  }

  /// A kubeconfig with one context `c` of cluster `k` and user `u`, which have these fields.
  result<connection_config> read(const std::string& cluster, const std::string& user) const {
    return kube_config(
        {.path = write("config",
                       "current-context: c\n"
                       "contexts: [{name: c, context: {cluster: k, user: u, namespace: shop}}]\n"
                       "clusters: [{name: k, cluster: {"
                           + cluster + "}}]\nusers: [{name: u, user: {" + user + "}}]\n"),
         .context = {}});
  }

  fs::path folder;
};

const std::string server = "server: 'https://api:6443/'";
const std::string pem = "-----BEGIN CERTIFICATE-----\nx\n";
const std::string pem_in_base64 = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCngK";

TEST_F(kube_config_test, inlined_credentials_are_decoded) {
  const auto config
      = read(server + ", certificate-authority-data: " + pem_in_base64
                 + ", tls-server-name: api.example.com",
             "client-certificate-data: " + pem_in_base64 + ", client-key-data: " + pem_in_base64);
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_EQ(config->server, "https://api:6443");
  EXPECT_EQ(config->name_space, "shop");
  EXPECT_EQ(config->ca_pem, pem);
  EXPECT_EQ(config->client_certificate_pem, pem);
  EXPECT_EQ(config->client_key_pem, pem);
  EXPECT_EQ(config->tls_server_name, "api.example.com");
  EXPECT_FALSE(config->insecure_skip_tls_verify);
  EXPECT_FALSE(config->token);
}

TEST_F(kube_config_test, files_are_found_beside_the_kubeconfig) {
  write("ca.crt", pem);
  write("token", "secret\n");
  const auto config = read(server + ", certificate-authority: ca.crt", "tokenFile: token");
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_EQ(config->ca_pem, pem);
  EXPECT_EQ(config->token(), "secret");
}

TEST_F(kube_config_test, a_token_file_is_read_again_when_it_changes) {
  write("token", "first");
  const auto config = read(server, "tokenFile: token");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->token(), "first");
  write("token", "second one");
  EXPECT_EQ(config->token(), "second one");
  fs::remove(folder / "token");
  EXPECT_EQ(config->token(), "second one") << "the last one stays in use while there is none";
}

TEST_F(kube_config_test, a_token_is_taken_as_it_is) {
  const auto config = read(server + ", insecure-skip-tls-verify: true", "token: secret");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->token(), "secret");
  EXPECT_TRUE(config->insecure_skip_tls_verify);
}

TEST_F(kube_config_test, a_context_can_be_chosen) {
  const auto path = write("config", "current-context: a\n"
                                    "contexts:\n"
                                    "- {name: a, context: {cluster: one}}\n"
                                    "- {name: b, context: {cluster: two}}\n"
                                    "clusters:\n"
                                    "- {name: one, cluster: {server: 'https://one'}}\n"
                                    "- {name: two, cluster: {server: 'http://two'}}\n");
  EXPECT_EQ(kube_config({.path = path, .context = {}})->server, "https://one");
  EXPECT_EQ(kube_config({.path = path, .context = "b"})->server, "http://two");
  const auto unknown = kube_config({.path = path, .context = "z"});
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().detail,
              AllOf(HasSubstr(path), HasSubstr(R"(contexts has no entry "z"; there is: a, b)")));
}

TEST_F(kube_config_test, without_a_path_the_environment_names_it) {
  const auto path = write("config", "current-context: a\n"
                                    "contexts: [{name: a, context: {cluster: one}}]\n"
                                    "clusters: [{name: one, cluster: {server: 'https://one'}}]\n");
  setenv("KUBECONFIG", (path + ":/nowhere").c_str(), 1);
  EXPECT_TRUE(kube_config({}));
  unsetenv("KUBECONFIG");
}

struct bad_config {
  std::string cluster, user, wanted;
};

TEST_F(kube_config_test, every_refusal_names_entry_field_value_and_remedy) {
  write("empty", "");
  fs::create_directory(folder / "directory");
  const std::vector<bad_config> table{
      {"", "", R"(clusters "k": server is ""; write https://HOST:PORT)"},
      {"server: 'api:6443'", "", R"(clusters "k": server is "api:6443"; write https://HOST:PORT)"},
      {"server: [a]", "", R"(clusters "k": server is not a text)"},
      {server + ", certificate-authority-data: '%%%%'", "",
       R"(clusters "k": certificate-authority-data is not base64)"},
      {server + ", certificate-authority-data: aGVsbG8=", "",
       R"(clusters "k": certificate-authority-data is not PEM)"},
      {server + ", certificate-authority: missing.crt", "",
       "missing.crt\", which cannot be read: No such file or directory; correct the path"},
      {server + ", certificate-authority: directory", "",
       "directory\", which cannot be read: Is a directory"},
      {server + ", insecure-skip-tls-verify: maybe", "",
       R"(clusters "k": insecure-skip-tls-verify is "maybe"; write true or false)"},
      {server + ", insecure-skip-tls-verify: true, certificate-authority-data: " + pem_in_base64,
       "", "remove one of them"},
      {server + ", proxy-url: 'http://p'", "", R"(clusters "k": proxy-url is not supported)"},
      {server, "exec: {command: aws}",
       R"(users "u": exec is not supported; use a client certificate, token or tokenFile)"},
      {server, "auth-provider: {name: gcp}", R"(users "u": auth-provider is not supported)"},
      {server, "username: joe, password: x", R"(users "u": username is not supported)"},
      {server, "as: admin", R"(users "u": as is not supported; use the credentials of that user)"},
      {server, "client-certificate-data: " + pem_in_base64, R"(users "u": client-key is missing)"},
      {server, "tokenFile: missing", R"(users "u": tokenFile names ")"},
      {server, "tokenFile: empty", "the token file is empty"},
  };
  for (const auto& row : table) {
    const auto config = read(row.cluster, row.user);
    ASSERT_FALSE(config) << row.wanted;
    EXPECT_EQ(config.error().code, errc::configuration);
    EXPECT_THAT(config.error().detail,
                AllOf(HasSubstr((folder / "config").string()), HasSubstr(row.wanted)));
  }
}

TEST_F(kube_config_test, a_file_that_is_no_kubeconfig_is_refused_with_the_reason) {
  const std::map<std::string, std::string> table{
      {"a: [", "not valid YAML: "},
      {"", "not a mapping of clusters, users and contexts"},
      {"- a", "not a mapping of clusters, users and contexts"},
      {"contexts: [{name: a}]",
       "current-context is not set; name a context with --context, there is: a"},
      {"current-context: a", R"(contexts has no entry "a"; there is: none)"},
      {"current-context: a\ncontexts: 7", "contexts is not a list"},
      {"current-context: a\ncontexts: [{name: a}]",
       R"(contexts "a" has no context; it must be a mapping)"},
      {"current-context: a\ncontexts: [{name: a, context: {cluster: k}}]",
       R"(clusters has no entry "k")"},
      {"current-context: a\ncontexts: [7, [x], {name: [b]}]", R"(contexts has no entry "a")"},
      {"current-context: [a]", "current-context"},
  };
  for (const auto& [content, wanted] : table) {
    const auto config = kube_config({.path = write("config", content), .context = {}});
    ASSERT_FALSE(config) << content;
    EXPECT_EQ(config.error().code, errc::configuration) << content;
    EXPECT_THAT(config.error().detail, HasSubstr(wanted)) << content;
  }
}

TEST_F(kube_config_test, a_missing_file_is_named_with_the_remedy) {
  const auto config = kube_config({.path = "/nowhere/config", .context = {}});
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().detail,
              AllOf(HasSubstr("/nowhere/config: No such file"), HasSubstr("--kubeconfig")));
}

TEST_F(kube_config_test, a_service_account_is_read_from_its_folder) {
  write("ca.crt", pem);
  write("token", "secret");
  const auto without_namespace = service_account_config(folder, "10.0.0.1", "443");
  ASSERT_TRUE(without_namespace) << to_string(without_namespace.error());
  EXPECT_EQ(without_namespace->server, "https://10.0.0.1:443");
  EXPECT_EQ(without_namespace->ca_pem, pem);
  EXPECT_EQ(without_namespace->token(), "secret");
  EXPECT_EQ(without_namespace->name_space, "");

  write("namespace", "operators");
  const auto config = service_account_config(folder, "fd00::1", "6443");
  EXPECT_EQ(config->server, "https://[fd00::1]:6443");
  EXPECT_EQ(config->name_space, "operators");
}

TEST_F(kube_config_test, a_service_account_without_a_token_is_refused_by_its_path) {
  write("ca.crt", pem);
  const auto config = service_account_config(folder, "10.0.0.1", "443");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, errc::configuration);
  EXPECT_EQ(config.error().attempted, "reading " + (folder / "token").string());
}

TEST(in_cluster_config, outside_a_cluster_is_not_found) {
  unsetenv("KUBERNETES_SERVICE_HOST");
  const auto config = in_cluster_config();
  ASSERT_FALSE(config);
  EXPECT_TRUE(config.error().is_not_found());
}

} // namespace
} // namespace k8s
