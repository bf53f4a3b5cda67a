#include "tests/kubesim/auth/pki.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>

namespace kubesim {
namespace {

using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;

certificate_ptr read(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> buffer{
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free};
  return {PEM_read_bio_X509(buffer.get(), nullptr, nullptr, nullptr), X509_free};
}

bool is_trusted(const std::string& certificate, const std::string& authority, int purpose) {
  const auto leaf = read(certificate), root = read(authority);
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store{X509_STORE_new(),
                                                                      X509_STORE_free};
  X509_STORE_add_cert(store.get(), root.get());
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> check{X509_STORE_CTX_new(),
                                                                              X509_STORE_CTX_free};
  X509_STORE_CTX_init(check.get(), store.get(), leaf.get(), nullptr);
  X509_STORE_CTX_set_purpose(check.get(), purpose);
  return X509_verify_cert(check.get()) == 1;
}

TEST(certificate_authority, signs_what_its_own_certificate_verifies) {
  const certificate_authority mine, other;
  const auto server = mine.issue_server();
  const auto client = mine.issue_client("alice", {"team"});
  EXPECT_TRUE(is_trusted(server.certificate, mine.certificate(), X509_PURPOSE_SSL_SERVER));
  EXPECT_TRUE(is_trusted(client.certificate, mine.certificate(), X509_PURPOSE_SSL_CLIENT));
  EXPECT_FALSE(is_trusted(client.certificate, mine.certificate(), X509_PURPOSE_SSL_SERVER));
  EXPECT_FALSE(is_trusted(client.certificate, other.certificate(), X509_PURPOSE_SSL_CLIENT));
}

TEST(certificate_authority, names_the_server_by_all_its_addresses) {
  const auto server = read(certificate_authority{}.issue_server().certificate);
  for (const auto* name : {"localhost", "kubernetes.default.svc"})
    EXPECT_EQ(X509_check_host(server.get(), name, 0, 0, nullptr), 1) << name;
  EXPECT_EQ(X509_check_ip_asc(server.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_host(server.get(), "example.com", 0, 0, nullptr), 0);
}

TEST(certificate_authority, puts_user_and_groups_into_the_subject) {
  const auto client = read(
      certificate_authority{}.issue_client("kubernetes-admin", {"system:masters"}).certificate);
  char subject[256];
  X509_NAME_oneline(X509_get_subject_name(client.get()), subject, sizeof subject);
  EXPECT_STREQ(subject, "/O=system:masters/CN=kubernetes-admin");
}

} // namespace
} // namespace kubesim
