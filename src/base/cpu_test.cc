#include "base/cpu.h"

#include <gtest/gtest.h>

namespace kindred {
namespace {

TEST(Cpu, CoresAreNoMoreThanProcessors) {
  EXPECT_GE(available_cores(), 1);
  EXPECT_LE(available_cores(), available_cpus());
}

TEST(Cpu, EveryLowerInstructionSetRuns) {
  EXPECT_TRUE(can_run(Isa::scalar));
  EXPECT_TRUE(can_run(best_isa()));
  EXPECT_EQ(to_string(Isa::avx512bf16), "avx512bf16");
}

}  // namespace
}  // namespace kindred
