// The C++ mirrors against the schemas that users see.
#include "crds/duration.hpp"
#include "crds/volume_backup.hpp"
#include "crds/volume_backup_provider.hpp"
#include "tests/crds/manifests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using manifests::json;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

json backup_schema() {
  return manifests::schema_of(manifests::definition("volumebackups"));
}

json backup_of(json spec) {
  spec["applicationRef"] = "mysql";
  return {{"apiVersion", "backups.example.com/v1alpha1"},
          {"kind", "VolumeBackup"},
          {"metadata", {{"name", "nightly"}, {"namespace", "shop"}, {"uid", "u1"}}},
          {"spec", std::move(spec)}};
}

crds::volume_backup decoded(const json& object) {
  auto backup = crds::volume_backup::decode(object);
  EXPECT_TRUE(backup) << to_string(backup.error());
  return std::move(backup).value();
}

/// Every enumeration below a schema, by JSON pointer.
std::map<std::string, json> enumerations(const json& schema, const std::string& path = {}) {
  std::map<std::string, json> all;
  if (schema.contains("enum"))
    all[path] = schema["enum"];
  for (const auto& [name, property] : manifests::properties_of(schema).items())
    all.merge(enumerations(property, path + "/" + name));
  return all;
}

TEST(volume_backup_schema, has_the_defaults_of_the_operator) {
  auto filled = backup_of(json::object());
  manifests::set_defaults(backup_schema(), filled);
  ASSERT_TRUE(filled["spec"].contains("timeouts"));

  const auto from_server = decoded(filled).spec;
  const crds::volume_backup_spec ours;
  EXPECT_EQ(from_server.timeouts, ours.timeouts);
  EXPECT_EQ(from_server.snapshot_mode, ours.snapshot_mode);
  EXPECT_EQ(from_server.hooks.policy, ours.hooks.policy);
  EXPECT_EQ(from_server.hooks.on_failure, ours.hooks.on_failure);
  EXPECT_EQ(from_server.hooks.record_output, ours.hooks.record_output);
  EXPECT_EQ(from_server.deletion_policy, ours.deletion_policy);
  EXPECT_EQ(from_server.expires_after, ours.expires_after);
  EXPECT_EQ(from_server.pinned, ours.pinned);
  EXPECT_EQ(from_server.cancel, ours.cancel);
  EXPECT_EQ(from_server.dry_run, ours.dry_run);
}

TEST(volume_backup_schema, gives_each_timeout_alone_the_default_that_it_has_in_the_whole) {
  const auto timeouts = backup_schema()["properties"]["spec"]["properties"]["timeouts"];
  const crds::backup_timeouts ours;
  const std::map<std::string, std::chrono::milliseconds> expected{{"freeze", ours.freeze},
                                                                  {"maxFreeze", ours.max_freeze},
                                                                  {"thaw", ours.thaw},
                                                                  {"ready", ours.ready},
                                                                  {"total", ours.total}};
  ASSERT_THAT(timeouts["properties"], SizeIs(expected.size()));
  for (const auto& [name, span] : expected) {
    EXPECT_EQ(crds::parse_duration(timeouts["properties"][name]["default"].get<std::string>()),
              span)
        << name;
    EXPECT_EQ(timeouts["default"].value(name, ""), timeouts["properties"][name]["default"]) << name;
  }
}

TEST(volume_backup_schema, offers_no_word_that_the_operator_does_not_know) {
  const auto words = enumerations(backup_schema()["properties"]["spec"]);
  EXPECT_THAT(words, SizeIs(4));
  for (const auto& [path, offered] : words) {
    for (const auto& word : offered) {
      json spec;
      spec[json::json_pointer{path}] = word;
      EXPECT_THAT(decoded(backup_of(spec)).spec_problems, IsEmpty()) << path << " " << word;
    }
    json spec;
    spec[json::json_pointer{path}] = "Perhaps";
    EXPECT_THAT(decoded(backup_of(spec)).spec_problems, Not(IsEmpty())) << path;
  }
}

TEST(volume_backup_schema, knows_every_phase_and_verdict) {
  const auto words = enumerations(backup_schema()["properties"]["status"]);
  json phases = json::array(), verdicts = json::array();
  for (int phase = int(crds::backup_phase::pending); phase <= int(crds::backup_phase::cancelled);
       ++phase)
    phases.push_back(to_string(crds::backup_phase(phase)));
  for (const auto verdict :
       {crds::consistency::application, crds::consistency::crash, crds::consistency::unknown})
    verdicts.push_back(to_string(verdict));
  EXPECT_EQ(words.at("/phase"), phases);
  EXPECT_EQ(words.at("/consistency"), verdicts);
}

crds::condition succeeded() {
  return {.type = std::string{crds::backup_condition::succeeded},
          .status = crds::condition_status::is_true,
          .reason = "Completed",
          .message = "2 snapshots are ready",
          .observed_generation = 1,
          .last_transition_time = k8s::timestamp{std::chrono::seconds{1'700'000'000}}};
}

/// Every field set.
crds::volume_backup_status full_status() {
  const k8s::timestamp noon{std::chrono::seconds{1'700'000'000}};
  crds::volume_backup_status status;
  status.phase = crds::backup_phase::completed;
  status.consistency = crds::consistency::application;
  status.reason = "Completed";
  status.message = "2 snapshots are ready";
  status.observed_generation = 1;
  status.start_time = status.frozen_at = status.cut_at = status.thawed_at = status.ready_at
      = status.completion_time = noon;
  status.freeze_milliseconds = 221;
  status.attempts = 2;
  status.application = {"Deployment", "mysql", "u2"};
  status.pods
      = {{"mysql-0", "u3", "mysql", 1, {"client", "mysql", "Thawed", 0, "output", noon, noon}}};
  status.volume_group_snapshot_name = "nightly-group";
  status.snapshots = {{"mysql", "u4", "nightly-mysql", "snapcontent-u5", "handle",
                       "hostpath.csi.k8s.io", "gold", noon, true, "1Gi", "slow"}};
  status.timeouts.emplace();
  status.conditions = {succeeded()};
  status.snapshots_ready = "1/1";
  return status;
}

/// The names of all fields that a schema or a value has, lists as if they were their items.
void collect_names(const json& properties, const std::string& path, std::set<std::string>& names) {
  for (const auto& [name, property] : properties.items()) {
    names.insert(path + name);
    const auto& below = property.contains("items") ? property["items"] : property;
    if (below.contains("properties"))
      collect_names(below["properties"], path + name + ".", names);
  }
}

void collect_value_names(const json& value, const std::string& path, std::set<std::string>& names) {
  for (const auto& [name, member] : value.items()) {
    names.insert(path + name);
    const auto& below = member.is_array() ? member.at(0) : member;
    if (below.is_object())
      collect_value_names(below, path + name + ".", names);
  }
}

TEST(volume_backup_schema, has_exactly_the_status_fields_that_the_operator_writes) {
  const auto schema = backup_schema()["properties"]["status"];
  const auto written = encode(full_status());
  EXPECT_THAT(manifests::misfits(schema, written), IsEmpty());
  std::set<std::string> in_schema, in_status;
  collect_names(schema["properties"], "", in_schema);
  collect_value_names(written, "", in_status);
  EXPECT_EQ(in_schema, in_status);
}

/// What is left of a merge patch on an empty status: a null removes, but not inside of a list.
json after_merge(const json& patch) {
  json status = json::object();
  status.merge_patch(patch);
  return status;
}

TEST(volume_backup_schema, takes_a_status_in_which_almost_nothing_is_known_yet) {
  crds::volume_backup_status status;
  status.phase = crds::backup_phase::pending;
  status.pods.resize(1);
  status.snapshots.resize(1);
  EXPECT_THAT(
      manifests::misfits(backup_schema()["properties"]["status"], after_merge(encode(status))),
      IsEmpty());
}

json provider_schema() {
  return manifests::schema_of(manifests::definition("volumebackupproviders"));
}

json provider_of(json spec) {
  if (!spec.contains("type"))
    spec["type"] = "Snapshot";
  return {{"metadata", {{"name", "fast"}, {"namespace", "shop"}, {"uid", "u1"}}},
          {"spec", std::move(spec)}};
}

TEST(volume_backup_provider_schema, offers_no_word_that_the_operator_does_not_know) {
  auto words = enumerations(provider_schema()["properties"]["spec"]);
  words.erase("/hooks/preset"); // by name there is nothing to know before the hooks are planned
  EXPECT_THAT(words, SizeIs(2));
  for (const auto& [path, offered] : words) {
    for (const auto& word : offered) {
      json spec;
      spec[json::json_pointer{path}] = word;
      const auto provider = crds::volume_backup_provider::decode(provider_of(spec));
      ASSERT_TRUE(provider);
      EXPECT_THAT(provider.value().spec_problems, IsEmpty()) << path << " " << word;
    }
    json spec;
    spec[json::json_pointer{path}] = "Perhaps";
    const auto provider = crds::volume_backup_provider::decode(provider_of(spec));
    ASSERT_TRUE(provider);
    EXPECT_THAT(provider.value().spec_problems, Not(IsEmpty())) << path;
  }
}

TEST(volume_backup_provider_schema, has_exactly_the_status_fields_that_the_operator_writes) {
  const auto schema = provider_schema()["properties"]["status"];
  const auto written = encode(crds::volume_backup_provider_status{1, {succeeded()}});
  EXPECT_THAT(manifests::misfits(schema, written), IsEmpty());
  std::set<std::string> in_schema, in_status;
  collect_names(schema["properties"], "", in_schema);
  collect_value_names(written, "", in_status);
  EXPECT_EQ(in_schema, in_status);
}

} // namespace
