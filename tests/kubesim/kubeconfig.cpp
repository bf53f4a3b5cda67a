#include "tests/kubesim/kubeconfig.hpp"

#include <openssl/evp.h>

namespace kubesim {

namespace {

std::string base64(std::string_view text) {
  std::string coded((text.size() + 2) / 3 * 4 + 1, '\0');
  auto length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(coded.data()),
                                reinterpret_cast<const unsigned char*>(text.data()),
                                static_cast<int>(text.size()));
  coded.resize(static_cast<std::size_t>(length));
  return coded;
}

} // namespace

std::string write_kubeconfig(const std::string& url, std::string_view authority,
                             const key_pair& client) {
  std::string text = "apiVersion: v1\nkind: Config\ncurrent-context: kubesim\n";
  text += "clusters:\n- name: kubesim\n  cluster:\n    server: " + url + "\n";
  if (url.starts_with("https:"))
    text += "    certificate-authority-data: " + base64(authority) + "\n";
  text += "contexts:\n- name: kubesim\n  context:\n    cluster: kubesim\n    user: admin\n";
  text += "users:\n- name: admin\n  user:\n    client-certificate-data: "
          + base64(client.certificate) + "\n    client-key-data: " + base64(client.key) + "\n";
  return text;
}

} // namespace kubesim
