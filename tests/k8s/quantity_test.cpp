#include "k8s/quantity.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

struct quantity_case {
  std::string text;
  std::optional<std::int64_t> bytes;
};

TEST(quantity, is_read_as_kubernetes_writes_it) {
  const std::vector<quantity_case> cases{
      {"0", 0},
      {"1", 1},
      {"+7", 7},
      {"1024", 1024},
      {"1Ki", 1024},
      {"1Mi", 1048576},
      {"10Gi", 10737418240},
      {"2Ti", 2199023255552},
      {"1Pi", 1125899906842624},
      {"1Ei", 1152921504606846976},
      {"1k", 1000},
      {"100M", 100000000},
      {"1.5G", 1500000000},
      {"1.5Gi", 1610612736},
      {".5Ki", 512},
      {"5.", 5},
      {"1e9", 1000000000},
      {"1E3", 1000},
      {"1e+3", 1000},
      {"1500e-1", 150},
      {"1E", 1000000000000000000},
  };
  for (const auto& each : cases)
    EXPECT_EQ(k8s::bytes_of_quantity(each.text), each.bytes) << each.text;
}

TEST(quantity, is_rounded_up_to_whole_bytes) {
  EXPECT_EQ(k8s::bytes_of_quantity("1m"), 1);
  EXPECT_EQ(k8s::bytes_of_quantity("1500m"), 2);
  EXPECT_EQ(k8s::bytes_of_quantity("1.1"), 2);
  EXPECT_EQ(k8s::bytes_of_quantity("1u"), 1);
  EXPECT_EQ(k8s::bytes_of_quantity("1n"), 1);
}

TEST(quantity, is_none_of_anything_else) {
  for (const auto* text : {"", "Gi", "-1Gi", "1GiB", "1 Gi", " 1Gi", "1gi", "1.2.3", "0x10", "1e",
                           "1ex", "1e1.5", "8Ei", "1e400", "nan", "inf", "+", "."})
    EXPECT_EQ(k8s::bytes_of_quantity(text), std::nullopt) << text;
}

} // namespace
