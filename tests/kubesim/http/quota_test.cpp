#include "tests/kubesim/http/service_fixture.hpp"

namespace kubesim::http {
namespace {

constexpr const char* claims = "/api/v1/namespaces/ns/persistentvolumeclaims";

json claim(const std::string& name, const char* size, const char* storage_class = "fast") {
  return {{"apiVersion", "v1"},
          {"kind", "PersistentVolumeClaim"},
          {"metadata", {{"name", name}}},
          {"spec",
           {{"accessModes", {"ReadWriteOnce"}},
            {"storageClassName", storage_class},
            {"resources", {{"requests", {{"storage", size}}}}}}}};
}

struct quota : service {
  void limit(const json& hard, const std::string& name = "q") {
    make({{"apiVersion", "v1"},
          {"kind", "ResourceQuota"},
          {"metadata", {{"name", name}}},
          {"spec", {{"hard", hard}}}});
  }
};

TEST_F(quota, refuses_a_claim_too_many_in_the_words_of_a_real_server) {
  limit({{"persistentvolumeclaims", "1"}});
  EXPECT_EQ(ask("POST", claims, claim("one", "1Gi")).code, 201);
  const auto answer = ask("POST", claims, claim("two", "1Gi"));
  EXPECT_EQ(answer.code, 403);
  EXPECT_EQ(answer.body["reason"], "Forbidden");
  EXPECT_EQ(answer.body["details"], (json{{"name", "two"}, {"kind", "persistentvolumeclaims"}}));
  EXPECT_EQ(answer.message(),
            "persistentvolumeclaims \"two\" is forbidden: exceeded quota: q, requested: "
            "persistentvolumeclaims=1, used: persistentvolumeclaims=1, limited: "
            "persistentvolumeclaims=1");
  EXPECT_EQ(ask("POST", std::string{claims} + "?dryRun=All", claim("two", "1Gi")).code, 403);
}

TEST_F(quota, adds_up_storage_altogether_and_by_class) {
  limit({{"requests.storage", "10Gi"},
         {"fast.storageclass.storage.k8s.io/requests.storage", "3Gi"},
         {"slow.storageclass.storage.k8s.io/persistentvolumeclaims", "0"}});
  EXPECT_EQ(ask("POST", claims, claim("one", "2Gi")).code, 201);
  EXPECT_EQ(ask("POST", claims, claim("two", "1536Mi")).message(),
            "persistentvolumeclaims \"two\" is forbidden: exceeded quota: q, requested: "
            "fast.storageclass.storage.k8s.io/requests.storage=1536Mi, used: "
            "fast.storageclass.storage.k8s.io/requests.storage=2Gi, limited: "
            "fast.storageclass.storage.k8s.io/requests.storage=3Gi");
  EXPECT_EQ(ask("POST", claims, claim("two", "1Gi", "slow")).code, 403);
  EXPECT_EQ(ask("POST", claims, claim("two", "9Gi", "other")).code, 403);
  EXPECT_EQ(ask("POST", claims, claim("two", "8Gi", "other")).code, 201);
}

TEST_F(quota, leaves_what_was_there_alone_and_gives_back_what_goes) {
  EXPECT_EQ(ask("POST", claims, claim("old", "2Gi")).code, 201);
  limit({{"persistentvolumeclaims", "0"}});
  const auto old = std::string{claims} + "/old";
  constexpr const char* merge = "application/merge-patch+json";
  EXPECT_EQ(ask("PATCH", old, {{"metadata", {{"labels", {{"a", "b"}}}}}}, merge).code, 200);
  EXPECT_EQ(ask("POST", claims, claim("new", "1Gi")).code, 403);
  limit({{"count/configmaps", "1"}}, "maps");
  const json map{{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", "m"}}}};
  const std::string maps = "/api/v1/namespaces/ns/configmaps";
  EXPECT_EQ(ask("POST", maps, map).code, 201);
  auto other = map;
  other["metadata"]["name"] = "n";
  EXPECT_EQ(ask("POST", maps, other).code, 403);
  EXPECT_EQ(ask("DELETE", maps + "/m").code, 200);
  EXPECT_EQ(ask("POST", maps, other).code, 201);
}

TEST_F(quota, is_asked_only_about_valid_objects_and_before_the_name_is_taken) {
  limit({{"persistentvolumeclaims", "1"}});
  EXPECT_EQ(ask("POST", claims, claim("one", "1Gi")).code, 201);
  EXPECT_EQ(ask("POST", claims, claim("one", "1Gi")).code, 403);
  EXPECT_EQ(ask("POST", claims, claim("two", "0")).code, 422);
}

} // namespace
} // namespace kubesim::http
