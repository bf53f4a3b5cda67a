#include "tests/kubesim/kubelet/container_main.hpp"

#include <gtest/gtest.h>

int main(int argc, char** argv) {
  if (const auto code = kubesim::container_main(argc, argv))
    return *code;
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
