#include "tests/kubesim/csi/volume_fit.hpp"

#include "tests/kubesim/csi/csi_context.hpp"

#include <algorithm>

namespace kubesim {
namespace {

std::int64_t wanted_size(const json& claim) {
  return bytes_of(at_path(claim, {"spec", "resources", "requests", "storage"}));
}

std::int64_t size_of(const json& volume) {
  return bytes_of(at_path(volume, {"spec", "capacity", "storage"}));
}

bool is_large_enough(const json& claim, const json& volume) {
  return size_of(volume) >= wanted_size(claim);
}

bool have_same(const json& claim, const json& volume, std::string_view field,
               std::string_view otherwise = {}) {
  return text_at_path(claim, {"spec", field}, std::string{otherwise})
         == text_at_path(volume, {"spec", field}, std::string{otherwise});
}

bool has_modes(const json& claim, const json& volume) {
  const auto& wanted = at_path(claim, {"spec", "accessModes"});
  const auto& offered = at_path(volume, {"spec", "accessModes"});
  return std::all_of(wanted.begin(), wanted.end(), [&](const json& mode) {
    return std::find(offered.begin(), offered.end(), mode) != offered.end();
  });
}

/// Only `matchLabels` are looked at.
bool is_selected(const json& claim, const json& volume) {
  const auto& wanted = at_path(claim, {"spec", "selector", "matchLabels"});
  const auto& labels = at_path(volume, {"metadata", "labels"});
  const auto pairs = wanted.items();
  return std::all_of(pairs.begin(), pairs.end(), [&](const auto& pair) {
    return labels.is_object() && labels.contains(pair.key())
           && labels.at(pair.key()) == pair.value();
  });
}

bool is_candidate(const json& claim, const json& volume) {
  return !is_being_deleted(volume) && is_large_enough(claim, volume) && has_modes(claim, volume)
         && have_same(claim, volume, "volumeMode", "Filesystem");
}

} // namespace

bool is_reserved_for(const json& volume, const json& claim) {
  const auto& reference = at_path(volume, {"spec", "claimRef"});
  const auto uid = text_at_path(reference, {"uid"});
  return text_at_path(reference, {"name"}) == text_at_path(claim, {"metadata", "name"})
         && text_at_path(reference, {"namespace"}) == text_at_path(claim, {"metadata", "namespace"})
         && (uid.empty() || uid == uid_of(claim));
}

std::string misfit(const json& claim, const json& volume) {
  if (!is_large_enough(claim, volume))
    return "requested PV is too small";
  if (!have_same(claim, volume, "storageClassName"))
    return "storageClassName does not match";
  if (!have_same(claim, volume, "volumeMode", "Filesystem"))
    return "incompatible volumeMode";
  if (!has_modes(claim, volume))
    return "incompatible accessMode";
  return {};
}

std::shared_ptr<const json> best_fit(const json& claim,
                                     const std::vector<std::shared_ptr<const json>>& volumes,
                                     bool only_reserved) {
  std::shared_ptr<const json> smallest;
  for (const auto& volume : volumes) {
    if (!is_candidate(claim, *volume))
      continue;
    if (is_reserved_for(*volume, claim))
      return volume;
    const bool is_free = at_path(*volume, {"spec", "claimRef"}).is_null()
                         && text_at_path(*volume, {"status", "phase"}) == "Available";
    if (only_reserved || !is_free || !is_selected(claim, *volume)
        || !have_same(claim, *volume, "storageClassName"))
      continue;
    if (!smallest || size_of(*volume) < size_of(*smallest))
      smallest = volume;
  }
  return smallest;
}

} // namespace kubesim
