#include "k8s/request.hpp"
#include "k8s/resources/pod.hpp"
#include "k8s/resources/volume_snapshot.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace k8s {
namespace {

constexpr auto& pods = pod::kind;
constexpr auto& snapshots = volume_snapshot::kind;
constexpr auto& classes = volume_snapshot_class::kind;
const std::string snapshot_api = "/apis/snapshot.storage.k8s.io/v1/";

TEST(request, names_object_and_collection) {
  const std::map<std::string, request> table{
      {"GET /api/v1/namespaces/shop/pods/a", get_request(pods, {"shop", "a"})},
      {"GET /api/v1/namespaces/shop/pods", list_request(pods, "shop", {})},
      {"GET /api/v1/pods", list_request(pods, "", {})},
      {"GET " + snapshot_api + "namespaces/shop/volumesnapshots/s",
       get_request(snapshots, {"shop", "s"})},
      {"GET " + snapshot_api + "volumesnapshotclasses/c", get_request(classes, {"", "c"})},
      {"GET " + snapshot_api + "volumesnapshotclasses", list_request(classes, "ignored", {})},
      {"POST /api/v1/namespaces/shop/pods", create_request(pods, "shop", {})},
      {"PUT /api/v1/namespaces/shop/pods/a", replace_request(pods, {"shop", "a"}, {})},
      {"PATCH /api/v1/namespaces/shop/pods/a",
       patch_request(pods, {"shop", "a"}, patch_kind::merge, {})},
      {"PATCH /api/v1/namespaces/shop/pods/a/status",
       patch_request(pods, {"shop", "a"}, patch_kind::merge, {}, "status")},
      {"DELETE /api/v1/namespaces/shop/pods/a", delete_request(pods, {"shop", "a"}, {})},
  };
  for (const auto& [summary, call] : table) {
    EXPECT_EQ(call.summary(), summary);
    EXPECT_EQ(call.method + ' ' + call.target(), summary);
  }
}

TEST(request, writes_options_into_the_query) {
  EXPECT_EQ(list_request(pods, "",
                         {.label_selector = "a=b,c in (d)",
                          .field_selector = "metadata.name=x",
                          .resource_version = "0",
                          .limit = 500})
                .target(),
            "/api/v1/"
            "pods?labelSelector=a%3Db%2Cc%20in%20%28d%29&fieldSelector=metadata.name%3Dx&limit=500"
            "&resourceVersion=0");
  EXPECT_EQ(list_request(pods, "", {.resource_version = "5", .limit = 2, .continue_token = "t=="})
                .target(),
            "/api/v1/pods?limit=2&continue=t%3D%3D");
  EXPECT_EQ(
      watch_request(pods, "shop", {.resource_version = "5", .timeout = std::chrono::seconds{9}})
          .target(),
      "/api/v1/namespaces/shop/"
      "pods?watch=true&allowWatchBookmarks=true&resourceVersion=5&timeoutSeconds=9");
}

TEST(request, encodes_what_would_change_its_meaning) {
  request call{
      .method = "GET", .path = "/p", .query = {{"command", "echo x;exit 3"}, {"command", "é&="}}};
  EXPECT_EQ(call.target(), "/p?command=echo%20x%3Bexit%203&command=%C3%A9%26%3D");
  EXPECT_EQ(get_request(pods, {"shop", "a/../b"}).path, "/api/v1/namespaces/shop/pods/a%2F..%2Fb");
}

TEST(request, each_patch_has_its_media_type) {
  EXPECT_EQ(patch_request(pods, {"s", "a"}, patch_kind::merge, {}).content_type,
            "application/merge-patch+json");
  EXPECT_EQ(patch_request(pods, {"s", "a"}, patch_kind::json, {}).content_type,
            "application/json-patch+json");
  EXPECT_EQ(patch_request(pods, {"s", "a"}, patch_kind::strategic, {}).content_type,
            "application/strategic-merge-patch+json");
  EXPECT_EQ(create_request(pods, "s", {}).content_type, "application/json");
}

TEST(request, is_repeatable_if_a_second_try_does_no_harm) {
  const nlohmann::json versioned{{"metadata", {{"resourceVersion", "7"}}}};
  const nlohmann::json plain{{"metadata", {{"labels", nullptr}}}};
  const object_key a{"shop", "a"};
  EXPECT_EQ(get_request(pods, a).repeat, repeatable::always);
  EXPECT_EQ(list_request(pods, "", {}).repeat, repeatable::always);
  EXPECT_EQ(create_request(pods, "shop", versioned).repeat, repeatable::if_refused);
  EXPECT_EQ(patch_request(pods, a, patch_kind::merge, versioned).repeat, repeatable::always);
  EXPECT_EQ(patch_request(pods, a, patch_kind::merge, plain).repeat, repeatable::if_refused);
  EXPECT_EQ(replace_request(pods, a, versioned).repeat, repeatable::always);
  EXPECT_EQ(delete_request(pods, a, {.uid = "u"}).repeat, repeatable::always);
  EXPECT_EQ(delete_request(pods, a, {}).repeat, repeatable::if_refused);
}

TEST(request, a_text_that_is_no_utf_8_is_still_written) {
  const auto call = create_request(pods, "shop", {{"message", "\xff broken"}});
  EXPECT_EQ(nlohmann::json::parse(call.body)["message"], "\xEF\xBF\xBD broken");
}

} // namespace
} // namespace k8s
