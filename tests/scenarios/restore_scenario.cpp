#include "tests/scenarios/restore_scenario.hpp"

namespace scenarios {

void restore_scenario::back_up_now() {
  back_up("nightly");
  await_phase("nightly", crds::backup_phase::completed);
}

void restore_scenario::restore(json spec) {
  spec.emplace("applicationRef", "app");
  spec.emplace("source", json{{"backupName", "nightly"}});
  auto object = object_of(crds::volume_restore::kind, "again");
  object["spec"] = std::move(spec);
  cluster().must(k8s::create_request(crds::volume_restore::kind, name_space_, object));
}

crds::volume_restore restore_scenario::restored() {
  return *crds::volume_restore::decode(
      cluster().must(k8s::get_request(crds::volume_restore::kind, {name_space_, "again"})));
}

crds::volume_restore restore_scenario::await_end(crds::restore_phase phase) {
  crds::volume_restore seen;
  EXPECT_TRUE(await([&] {
    seen = restored();
    return is_final(seen.status.phase) && seen.metadata.finalizers.empty();
  }));
  EXPECT_EQ(to_string(seen.status.phase), to_string(phase))
      << seen.status.reason << ": " << seen.status.message;
  return seen;
}

json restore_scenario::get(const k8s::resource_kind& kind, const std::string& name) {
  return cluster().must(
      k8s::get_request(kind, {kind.is_namespaced ? name_space_ : std::string{}, name}));
}

std::string restore_scenario::claim_in_template(const k8s::resource_kind& kind) {
  return get(kind, "app")
      .at("/spec/template/spec/volumes/0/persistentVolumeClaim/claimName"_json_pointer)
      .get<std::string>();
}

std::string restore_scenario::volume_of(const std::string& claim) {
  return get(kinds::claim, claim).at("/spec/volumeName"_json_pointer).get<std::string>();
}

std::vector<std::string> restore_scenario::volumes_here() {
  std::vector<std::string> names;
  const auto all = cluster().must(k8s::list_request(kinds::volume, {}, {}));
  for (const auto& one : all.at("items"))
    if (one.value("/spec/claimRef/namespace"_json_pointer, "") == name_space_)
      names.push_back(one.at("metadata").at("name"));
  return names;
}

void restore_scenario::given_class(const std::string& name, const json& fields) {
  constexpr k8s::resource_kind storage_class{"storage.k8s.io", "v1", "storageclasses",
                                             "StorageClass", false};
  auto object = object_of(storage_class, name);
  object.update({{"provisioner", "hostpath.csi.k8s.io"}});
  object.update(fields);
  cluster().must(k8s::create_request(storage_class, {}, object));
}

} // namespace scenarios
