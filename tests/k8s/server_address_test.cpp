#include "k8s/server_address.hpp"

#include <gtest/gtest.h>

namespace k8s {
namespace {

struct example {
  const char* url;
  bool is_tls;
  const char *host, *port, *authority, *prefix;
};

TEST(server_address, has_host_port_and_prefix) {
  for (const auto& [url, is_tls, host, port, authority, prefix] : {
           example{"https://10.0.0.1:6443", true, "10.0.0.1", "6443", "10.0.0.1:6443", ""},
           example{"https://api.example.com", true, "api.example.com", "443", "api.example.com",
                   ""},
           example{"http://localhost/", false, "localhost", "80", "localhost", ""},
           example{"https://[fd00::1]:6443", true, "fd00::1", "6443", "[fd00::1]:6443", ""},
           example{"https://[::1]", true, "::1", "443", "[::1]", ""},
           example{"https://rancher/k8s/clusters/c-1/", true, "rancher", "443", "rancher",
                   "/k8s/clusters/c-1"},
       }) {
    const auto address = parse_server_address(url);
    ASSERT_TRUE(address) << url;
    EXPECT_EQ(address->is_tls, is_tls) << url;
    EXPECT_EQ(address->host, host) << url;
    EXPECT_EQ(address->port, port) << url;
    EXPECT_EQ(address->authority, authority) << url;
    EXPECT_EQ(address->prefix, prefix) << url;
  }
}

TEST(server_address, is_refused_when_it_makes_no_sense) {
  for (const auto* url : {"", "10.0.0.1:6443", "ftp://host", "https://", "https://:6443",
                          "https://host:", "https://host:0", "https://host:65536",
                          "https://host:http", "https://[::1", "https://[::1]6443",
                          "https://user@host", "https://host/?a=b", "https://fd00::1"}) {
    const auto address = parse_server_address(url);
    ASSERT_FALSE(address) << url;
    EXPECT_EQ(address.error().code, errc::configuration) << url;
  }
}

} // namespace
} // namespace k8s
