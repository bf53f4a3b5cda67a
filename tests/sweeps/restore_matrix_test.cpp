#include "k8s/quantity.hpp"
#include "tests/sweeps/restore_sweep.hpp"

#include <iostream>

namespace sweeps {
namespace {

using namespace scenarios;
using namespace std::chrono_literals;
using crds::restore_phase;

constexpr k8s::resource_kind storage_class{"storage.k8s.io", "v1", "storageclasses", "StorageClass",
                                           false};

/// Each kind of storage once, without faults.
class restore_matrix : public restore_sweep {
protected:
  struct cell {
    bool binds_late, is_block, is_grown, removes_old, is_retained;
  };

  static cell cell_of(int number) {
    const auto bit = [number](int which) { return ((number >> which) & 1) != 0; };
    return {bit(0), bit(1), bit(2), bit(3), bit(4)};
  }

  static std::string name_of(const cell& one) {
    return std::string{one.binds_late ? "WaitForFirstConsumer" : "Immediate"}
           + (one.is_block ? ", Block" : ", Filesystem") + (one.is_grown ? ", grown" : "")
           + (one.removes_old ? ", oldClaimPolicy Delete" : ", oldClaimPolicy Retain")
           + (one.is_retained ? ", reclaim policy Retain" : ", reclaim policy Delete");
  }

  static void SetUpTestSuite() {
    restore_sweep::SetUpTestSuite();
    auto late = cluster().must(k8s::get_request(storage_class, {{}, "csi-hostpath"}));
    late["metadata"] = {{"name", "late"}};
    late["volumeBindingMode"] = "WaitForFirstConsumer";
    cluster().must(k8s::create_request(storage_class, {}, late));
  }

  json claim_named(const std::string& name) {
    return cluster().must(k8s::get_request(kinds::claim, {name_space_, name}));
  }

  /// After its snapshot was cut.
  void grow_claims() {
    for (const auto& name : claims_in_use()) {
      cluster().must(
          k8s::patch_request(kinds::claim, {name_space_, name}, k8s::patch_kind::merge,
                             {{"spec", {{"resources", {{"requests", {{"storage", "2Mi"}}}}}}}}));
      ASSERT_TRUE(await([&] {
        return claim_named(name).value("/status/capacity/storage"_json_pointer, "") == "2Mi";
      }));
    }
  }

  void retain_volumes() {
    for (const auto& [name, volume] : see().volumes)
      cluster().must(k8s::patch_request(kinds::volume, {{}, name}, k8s::patch_kind::merge,
                                        {{"spec", {{"persistentVolumeReclaimPolicy", "Retain"}}}}));
  }

  void expect_like_before(const cell& one) {
    for (const auto& name : claims_in_use()) {
      const auto claim = claim_named(name);
      EXPECT_EQ(claim.at("spec").at("volumeMode"), one.is_block ? "Block" : "Filesystem");
      EXPECT_EQ(claim.at("spec").at("storageClassName"), application().storage_class);
      const auto size = k8s::bytes_of_quantity(
          claim.value("/status/capacity/storage"_json_pointer, std::string{"0"}));
      EXPECT_GE(size.value_or(0), (one.is_grown ? 2 : 1) << 20);
    }
  }

  void restore_in(const cell& one) {
    SCOPED_TRACE(name_of(one));
    application().storage_class = one.binds_late ? "late" : "csi-hostpath";
    application().is_block = one.is_block;
    start_anew();
    if (one.is_grown)
      grow_claims();
    if (one.is_retained)
      retain_volumes();
    restore("again", {{"oldClaimPolicy", one.removes_old ? "Delete" : "Retain"}});
    EXPECT_EQ(to_string(expect_end("again")), to_string(restore_phase::completed));
    expect_like_before(one);
  }
};

TEST_P(restore_matrix, every_kind_of_storage_is_restored) {
  int cells = 0;
  for (int number = 0; number < 32 && cells < most_points() && !HasFailure(); number += stride()) {
    restore_in(cell_of(number));
    ++cells;
  }
  RecordProperty("cells", cells);
  std::cout << cells << " cells\n";
}

INSTANTIATE_TEST_SUITE_P(of, restore_matrix, testing::Values(switched(), exchanged(1)),
                         [](const testing::TestParamInfo<restored_application>& of) {
                           return of.param.name;
                         });

} // namespace
} // namespace sweeps
