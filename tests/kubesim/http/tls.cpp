#include "tests/kubesim/http/tls.hpp"

#include <boost/asio/buffer.hpp>
#include <openssl/x509.h>

namespace kubesim::http {

namespace {

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length,
                    const unsigned char* offered, unsigned int offered_length, void*) {
  static constexpr unsigned char ours[] = "\x08http/1.1";
  auto* selected = const_cast<unsigned char*>(*chosen);
  if (SSL_select_next_proto(&selected, length, ours, sizeof ours - 1, offered, offered_length)
      != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *chosen = selected;
  return SSL_TLSEXT_ERR_OK;
}

std::vector<std::string> subject_entries(const X509_NAME* subject, int kind) {
  std::vector<std::string> found;
  for (int at = X509_NAME_get_index_by_NID(subject, kind, -1); at >= 0;
       at = X509_NAME_get_index_by_NID(subject, kind, at)) {
    const auto* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    found.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                       static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  return found;
}

} // namespace

std::shared_ptr<boost::asio::ssl::context> make_tls_context(const tls_identity& identity) {
  namespace ssl = boost::asio::ssl;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2
                       | ssl::context::no_sslv3 | ssl::context::no_tlsv1
                       | ssl::context::no_tlsv1_1);
  context->use_certificate_chain(boost::asio::buffer(identity.server.certificate));
  context->use_private_key(boost::asio::buffer(identity.server.key), ssl::context::pem);
  context->add_certificate_authority(boost::asio::buffer(identity.client_authority));
  context->set_verify_mode(ssl::verify_peer);
  // Whoever fails here is answered by 401, not by a broken handshake.
  context->set_verify_callback([](bool, ssl::verify_context&) { return true; });
  SSL_CTX_set_alpn_select_cb(context->native_handle(), choose_protocol, nullptr);
  static constexpr unsigned char name[] = "kubesim";
  SSL_CTX_set_session_id_context(context->native_handle(), name, sizeof name - 1);
  return context;
}

credentials peer_credentials(SSL* session) {
  credentials shown;
  std::unique_ptr<X509, decltype(&X509_free)> certificate{SSL_get1_peer_certificate(session),
                                                          X509_free};
  if (!certificate)
    return shown;
  if (SSL_get_verify_result(session) != X509_V_OK) {
    shown.bearer_token = "an unknown certificate";
    return shown;
  }
  const auto* subject = X509_get_subject_name(certificate.get());
  if (auto names = subject_entries(subject, NID_commonName); !names.empty())
    shown.common_name = names.front();
  shown.organizations = subject_entries(subject, NID_organizationName);
  return shown;
}

} // namespace kubesim::http
