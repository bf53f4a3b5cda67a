#include "tests/sweeps/restore_evidence.hpp"

#include "tests/scenarios/application.hpp"

#include <fstream>
#include <set>
#include <sstream>

namespace sweeps {

using namespace scenarios;
using crds::restore_strategy;

namespace {

using deviations = std::vector<std::string>;

std::string text_at(const json& object, const char* path) {
  const json::json_pointer at{path};
  return object.contains(at) ? object.at(at).get<std::string>() : std::string{};
}

/// Devices are large: not one character after the other.
std::string bytes_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream{file, std::ios::binary}.rdbuf();
  return text.str();
}

seen_volume volume_of(const json& object) {
  const auto& metadata = object.at("metadata");
  return {.uid = metadata.at("uid"),
          .policy = text_at(object, "/spec/persistentVolumeReclaimPolicy"),
          .claim = text_at(object, "/spec/claimRef/name"),
          .has_our_mark = object.dump().find("backups.example.com") != std::string::npos,
          .is_going = metadata.contains("deletionTimestamp"),
          .data = contents_of(text_at(object, "/spec/csi/volumeAttributes/kubesim~1directory"))};
}

void compare_names(const std::set<std::string>& wanted, const std::set<std::string>& there,
                   const std::string& what, deviations& found) {
  for (const auto& name : wanted)
    if (!there.contains(name))
      found.push_back(what + " " + name + " is missing");
  for (const auto& name : there)
    if (!wanted.contains(name))
      found.push_back(what + " " + name + " is left over");
}

template <class Object>
std::set<std::string> names_of(const std::map<std::string, Object>& objects) {
  std::set<std::string> names;
  for (const auto& [name, object] : objects)
    names.insert(name);
  return names;
}

void compare_spec(const json& wanted, const json& there, deviations& found) {
  if (there != wanted)
    found.push_back("the workload differs: " + json::diff(wanted, there).dump());
}

/// A volume that is to be as it was, but for the claim that holds it.
void compare_volume(const seen_world& before, const seen_world& now, const std::string& name,
                    deviations& found) {
  const auto& old = before.volumes.at(name);
  const auto there = now.volumes.find(name);
  if (there == now.volumes.end())
    return found.push_back("volume " + name + " is gone");
  if (there->second.uid != old.uid)
    found.push_back("volume " + name + " is another one");
  if (there->second.policy != old.policy)
    found.push_back("volume " + name + " has policy " + there->second.policy + ", not "
                    + old.policy);
  if (there->second.data != old.data)
    found.push_back("volume " + name + " has other data");
}

void expect_bound(const seen_world& now, const std::string& claim, const std::string& volume,
                  deviations& found) {
  const auto there = now.claims.find(claim);
  const auto bound = there == now.claims.end() ? std::string{} : there->second.volume;
  if (bound != volume)
    found.push_back("claim " + claim + " is bound to \"" + bound + "\", not to " + volume);
  if (const auto held = now.volumes.find(volume);
      held != now.volumes.end() && held->second.claim != claim)
    found.push_back("volume " + volume + " is of claim " + held->second.claim + ", not " + claim);
}

void expect_no_marks(const seen_world& now, deviations& found) {
  for (const auto& [name, volume] : now.volumes)
    if (volume.has_our_mark)
      found.push_back("volume " + name + " still has a mark of ours");
}

void expect_filled(const seen_world& now, const crds::restore_claim_status& row,
                   const contents& saved, const std::string& policy, deviations& found) {
  expect_bound(now, row.new_claim, row.new_volume, found);
  const auto made = now.volumes.find(row.new_volume);
  if (made == now.volumes.end())
    return found.push_back("the new volume " + row.new_volume + " is gone");
  if (made->second.data != saved)
    found.push_back("claim " + row.new_claim + " does not have the snapshot's data");
  if (made->second.policy != policy)
    found.push_back("the new volume " + row.new_volume + " has policy " + made->second.policy);
}

/// The template with the new claims in place of the old ones.
json switched_spec(json spec, const crds::volume_restore& restore) {
  if (spec.is_null())
    return spec;
  for (auto& volume : spec["template"]["spec"]["volumes"])
    for (const auto& row : restore.status.claims)
      if (volume.at("name") == row.volume_name)
        volume["persistentVolumeClaim"]["claimName"] = row.new_claim;
  return spec;
}

} // namespace

contents contents_of(const std::filesystem::path& directory) {
  contents found;
  std::error_code is_gone; // while the driver removes it
  for (const auto& entry : std::filesystem::recursive_directory_iterator{directory, is_gone})
    if (entry.is_regular_file(is_gone)) {
      auto text = bytes_of(entry.path());
      text.erase(text.find_last_not_of('\0') + 1);
      found[entry.path().lexically_relative(directory).string()] = std::move(text);
    }
  return found;
}

seen_world see_world(embedded_cluster& cluster, const k8s::resource_kind& workload,
                     const std::string& name_space) {
  seen_world seen;
  if (const auto found = cluster.ask(k8s::get_request(workload, {name_space, "app"})))
    seen.spec = found->at("spec");
  const auto claims = cluster.must(k8s::list_request(kinds::claim, name_space, {}));
  for (const auto& claim : claims.at("items")) {
    const bool is_bound = text_at(claim, "/status/phase") == "Bound";
    const auto& metadata = claim.at("metadata");
    seen.claims[metadata.at("name")]
        = {.uid = metadata.at("uid"),
           .volume = is_bound ? text_at(claim, "/spec/volumeName") : std::string{},
           .is_going = metadata.contains("deletionTimestamp")};
  }
  const auto volumes = cluster.must(k8s::list_request(kinds::volume, {}, {}));
  for (const auto& volume : volumes.at("items"))
    if (text_at(volume, "/spec/claimRef/namespace") == name_space)
      seen.volumes[volume.at("metadata").at("name")] = volume_of(volume);
  return seen;
}

deviations lost_data(const seen_world& before, const seen_world& now) {
  deviations found;
  for (const auto& [name, old] : before.volumes) {
    const auto there = now.volumes.find(name);
    if (there == now.volumes.end() || there->second.uid != old.uid || there->second.is_going)
      found.push_back("volume " + name + " is gone, or going");
    else if (there->second.data != old.data)
      found.push_back("volume " + name + " has other data");
  }
  return found;
}

deviations not_undone(const seen_world& before, const seen_world& now, restore_strategy strategy) {
  deviations found;
  compare_spec(before.spec, now.spec, found);
  compare_names(names_of(before.claims), names_of(now.claims), "claim", found);
  compare_names(names_of(before.volumes), names_of(now.volumes), "volume", found);
  for (const auto& [name, claim] : before.claims) {
    expect_bound(now, name, claim.volume, found);
    const auto there = now.claims.find(name);
    if (strategy == restore_strategy::switch_claim && there != now.claims.end()
        && there->second.uid != claim.uid)
      found.push_back("claim " + name + " is another one");
  }
  for (const auto& [name, volume] : before.volumes)
    compare_volume(before, now, name, found);
  expect_no_marks(now, found);
  return found;
}

deviations not_completed(const seen_world& before, const seen_world& now,
                         const crds::volume_restore& restore,
                         const std::map<std::string, contents>& saved,
                         const std::string& new_policy) {
  deviations found;
  const bool replaces = restore.status.strategy == restore_strategy::replace_claim;
  const bool removes_old = restore.spec.old_claim_policy == crds::old_claim_policy::remove;
  compare_spec(replaces ? before.spec : switched_spec(before.spec, restore), now.spec, found);
  auto claims = names_of(before.claims), volumes = names_of(before.volumes);
  for (const auto& row : restore.status.claims) {
    if (!row.is_restored())
      continue;
    const auto& old_claim = replaces ? row.kept_claim : row.claim;
    expect_filled(now, row, saved.at(row.snapshot), new_policy, found);
    volumes.insert(row.new_volume);
    claims.insert(row.new_claim);
    if (!removes_old) {
      claims.insert(old_claim);
      expect_bound(now, old_claim, row.old_volume, found);
      continue;
    }
    if (!replaces)
      claims.erase(old_claim);
    if (before.volumes.at(row.old_volume).policy == "Delete")
      volumes.erase(row.old_volume);
  }
  compare_names(claims, names_of(now.claims), "claim", found);
  compare_names(volumes, names_of(now.volumes), "volume", found);
  for (const auto& [name, volume] : before.volumes)
    if (volumes.contains(name))
      compare_volume(before, now, name, found);
  expect_no_marks(now, found);
  return found;
}

} // namespace sweeps
