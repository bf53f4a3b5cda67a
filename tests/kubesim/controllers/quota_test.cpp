#include "tests/kubesim/controllers/test_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kubesim::control {
namespace {

struct quota_status : testing::Test, test_cluster {
  json of(const std::string& name) const { return field(get("ResourceQuota", name), {"status"}); }
};

TEST_F(quota_status, follows_claims_as_they_come_and_go) {
  const json hard{{"persistentvolumeclaims", "3"},
                  {"requests.storage", "5Gi"},
                  {"quick.storageclass.storage.k8s.io/requests.storage", "4Gi"},
                  {"requests.cpu", "2"}};
  make(claim_of("early"));
  make({{"apiVersion", "v1"},
        {"kind", "ResourceQuota"},
        {"metadata", {{"name", "q"}}},
        {"spec", {{"hard", hard}}}});
  settle();
  EXPECT_EQ(of("q")["hard"], hard);
  const auto used = [&] { return of("q")["used"]; };
  EXPECT_EQ(used(), (json{{"persistentvolumeclaims", "1"},
                          {"requests.storage", "1Gi"},
                          {"quick.storageclass.storage.k8s.io/requests.storage", "1Gi"}}));
  make(claim_of("late"));
  settle();
  EXPECT_EQ(used()["requests.storage"], "2Gi");
  remove("PersistentVolumeClaim", "early");
  remove("PersistentVolumeClaim", "late");
  settle();
  EXPECT_EQ(used(), (json{{"persistentvolumeclaims", "0"},
                          {"requests.storage", "0"},
                          {"quick.storageclass.storage.k8s.io/requests.storage", "0"}}));
}

TEST_F(quota_status, follows_a_new_limit) {
  make({{"apiVersion", "v1"},
        {"kind", "ResourceQuota"},
        {"metadata", {{"name", "q"}}},
        {"spec", {{"hard", {{"secrets", "1"}}}}}});
  settle();
  patch("ResourceQuota", "q", {{"spec", {{"hard", {{"secrets", "5"}}}}}});
  settle();
  EXPECT_EQ(of("q")["hard"], (json{{"secrets", "5"}}));
  EXPECT_EQ(of("q")["used"], (json{{"secrets", "0"}}));
}

} // namespace
} // namespace kubesim::control
