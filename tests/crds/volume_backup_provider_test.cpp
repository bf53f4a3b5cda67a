#include "crds/volume_backup_provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace crds {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

volume_backup_provider decoded(json spec) {
  auto provider = volume_backup_provider::decode(
      {{"metadata", {{"name", "fast"}, {"namespace", "shop"}}}, {"spec", std::move(spec)}});
  EXPECT_TRUE(provider) << k8s::to_string(provider.error());
  return provider ? std::move(*provider) : volume_backup_provider{};
}

TEST(volume_backup_provider, leaves_open_what_its_spec_leaves_out) {
  const auto provider = decoded({{"type", "Snapshot"}});
  EXPECT_EQ(provider.metadata.name, "fast");
  EXPECT_EQ(provider.spec.type, provider_type::snapshot);
  EXPECT_THAT(provider.spec.snapshot_classes, IsEmpty());
  EXPECT_EQ(provider.spec.thaw_on, std::nullopt);
  EXPECT_FALSE(provider.spec.object_store);
  EXPECT_THAT(provider.spec_problems, IsEmpty());
}

TEST(volume_backup_provider, reads_every_field_of_a_spec) {
  const auto provider = decoded(json::parse(R"({"type": "ObjectStore",
    "snapshot": {"classes": {"a.csi": "fast", "b.csi": "slow"}, "thawOn": "Ready"},
    "hooks": {"preset": "mysql", "container": "db"},
    "objectStore": {"endpoint": "https://s3", "bucket": "b", "prefix": "p", "region": "r", "secretRef": "s"}})"));
  EXPECT_EQ(provider.spec.type, provider_type::object_store);
  EXPECT_THAT(provider.spec.snapshot_classes,
              ElementsAre(Pair("a.csi", "fast"), Pair("b.csi", "slow")));
  EXPECT_EQ(provider.spec.thaw_on, thaw_on::ready);
  EXPECT_EQ(provider.spec.hooks_preset, "mysql");
  EXPECT_EQ(provider.spec.hooks_container, "db");
  ASSERT_TRUE(provider.spec.object_store);
  EXPECT_EQ(provider.spec.object_store->endpoint, "https://s3");
  EXPECT_EQ(provider.spec.object_store->bucket, "b");
  EXPECT_EQ(provider.spec.object_store->prefix, "p");
  EXPECT_EQ(provider.spec.object_store->region, "r");
  EXPECT_EQ(provider.spec.object_store->secret_ref, "s");
}

TEST(volume_backup_provider, notes_words_that_it_does_not_know) {
  EXPECT_THAT(
      decoded(json::parse(R"({"type": "Tape", "snapshot": {"thawOn": "Later"}})")).spec_problems,
      ElementsAre(R"(spec.type: "Tape" is not known; write Snapshot or ObjectStore)",
                  R"(spec.snapshot.thawOn: "Later" is not known; write Cut or Ready)"));
}

TEST(volume_backup_provider, refuses_what_no_server_would_send) {
  const auto provider = volume_backup_provider::decode(
      {{"metadata", {{"name", "fast"}}}, {"spec", {{"snapshot", {{"classes", {{"a.csi", 7}}}}}}}});
  ASSERT_FALSE(provider);
  EXPECT_EQ(provider.error().code, k8s::errc::protocol);
}

TEST(volume_backup_provider, survives_writing_and_reading_its_status) {
  volume_backup_provider_status status;
  status.observed_generation = 4;
  condition ready;
  ready.type = "Ready";
  ready.status = condition_status::is_false;
  ready.reason = "ClassMissing";
  status.conditions = {ready};
  const auto provider = volume_backup_provider::decode({{"metadata", {{"name", "fast"}}},
                                                        {"spec", {{"type", "Snapshot"}}},
                                                        {"status", encode(status)}});
  ASSERT_TRUE(provider);
  EXPECT_EQ(provider->status.observed_generation, 4);
  EXPECT_EQ(provider->status.conditions, status.conditions);
}

} // namespace
} // namespace crds
