#include "crds/volume_backup_provider.hpp"

#include "crds/spec_reader.hpp"

#include <nlohmann/json.hpp>

namespace crds {
namespace {

constexpr std::array<word<provider_type>, 2> provider_types{{
    {provider_type::snapshot, "Snapshot"},
    {provider_type::object_store, "ObjectStore"},
}};

constexpr std::array<word<thaw_on>, 2> thaw_moments{{
    {thaw_on::cut, "Cut"},
    {thaw_on::ready, "Ready"},
}};

object_store_spec read_object_store(const k8s::json_reader& in) {
  return {
      .endpoint = in.text("endpoint"),
      .bucket = in.text("bucket"),
      .prefix = in.text("prefix"),
      .region = in.text("region"),
      .secret_ref = in.text("secretRef"),
  };
}

volume_backup_provider_spec read_spec(const k8s::json_reader& in,
                                      std::vector<std::string>& problems) {
  const spec_reader choices{in, "spec", problems};
  volume_backup_provider_spec spec;
  spec.type = choices.choice("type", provider_types).value_or(spec.type);
  spec.snapshot_classes = in.child("snapshot").text_map("classes");
  spec.thaw_on = choices.child("snapshot").choice("thawOn", thaw_moments);
  spec.hooks_preset = in.child("hooks").text("preset");
  spec.hooks_container = in.child("hooks").text("container");
  if (in.has("objectStore"))
    spec.object_store = read_object_store(in.child("objectStore"));
  return spec;
}

} // namespace

k8s::result<volume_backup_provider> volume_backup_provider::decode(const nlohmann::json& object) {
  return k8s::decode_object<volume_backup_provider>(
      object, kind.kind, [](const k8s::json_reader& in, volume_backup_provider& provider) {
        provider.spec = read_spec(in.child("spec"), provider.spec_problems);
        const auto status = in.child("status");
        provider.status.observed_generation = status.integer("observedGeneration");
        provider.status.conditions = read_conditions(status);
      });
}

nlohmann::json encode(const volume_backup_provider_status& status) {
  return {
      {"observedGeneration", status.observed_generation},
      {"conditions", encode(status.conditions)},
  };
}

} // namespace crds
