#include "crds/volume_backup_provider.hpp"
#include "tests/crds/mirror.hpp"

namespace {

using manifests::json;
using testing::SizeIs;

constexpr auto plural = "volumebackupproviders";

std::vector<std::string> problems_of(json spec) {
  if (!spec.contains("type"))
    spec["type"] = "Snapshot";
  const auto provider = crds::volume_backup_provider::decode(
      {{"metadata", {{"name", "fast"}, {"namespace", "shop"}, {"uid", "u1"}}},
       {"spec", std::move(spec)}});
  EXPECT_TRUE(provider) << to_string(provider.error());
  return provider->spec_problems;
}

TEST(volume_backup_provider_schema, offers_no_word_that_the_operator_does_not_know) {
  auto words = mirror::enumerations(mirror::schema_of(plural, "spec"));
  words.erase("/hooks/preset"); // by name there is nothing to know before the hooks are planned
  EXPECT_THAT(words, SizeIs(2));
  mirror::expect_known_words(words, problems_of);
}

TEST(volume_backup_provider_schema, has_exactly_the_status_fields_that_the_operator_writes) {
  const auto written
      = encode(crds::volume_backup_provider_status{1, {mirror::full_condition("Ready")}});
  mirror::expect_same_fields(mirror::schema_of(plural, "status"), written);
}

} // namespace
