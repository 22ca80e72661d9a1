#include "kernels/variants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "kernels/proof_data.h"
#include "kindred/error.h"
#include "kindred/machine.h"

namespace kindred::kernels {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Twice = int (*)(int);
int twice_scalar(int x) {
  return 2 * x;
}
int twice_avx2(int x) {
  return x + x;
}
int twice_wrong(int x) {
  return x * x;
}
bool gives_twice(Twice candidate) {
  return candidate(3) == 6;
}

class Warnings {
 public:
  Warnings() {
    set_warning_handler([this](const std::string& line) { lines.push_back(line); });
  }
  ~Warnings() { set_warning_handler({}); }
  std::vector<std::string> lines;
};

TEST(Variants, TheHighestRightOneIsChosen) {
  const Warnings warnings;
  const Variants<Twice> twice("twice", gives_twice, twice_scalar, twice_avx2, nullptr);
  EXPECT_EQ(twice.choose(Isa::scalar), twice_scalar);
  EXPECT_EQ(twice.choose(Isa::avx2), twice_avx2);
  EXPECT_EQ(twice.choose(Isa::amx), twice_avx2);
  EXPECT_EQ(twice.chosen_isa(Isa::amx), Isa::avx2);
  EXPECT_THAT(warnings.lines, IsEmpty());
}

TEST(Variants, AWrongOneIsLeftOutWithOneWarning) {
  const Warnings warnings;
  const Variants<Twice> twice("twice", gives_twice, twice_scalar, twice_avx2, twice_wrong, nullptr,
                              twice_wrong);
  EXPECT_EQ(twice.choose(Isa::avx512), twice_avx2);
  EXPECT_EQ(twice.choose(Isa::avx512), twice_avx2);
  ASSERT_EQ(warnings.lines.size(), 1U);
  EXPECT_THAT(warnings.lines[0], HasSubstr("twice kernel for avx512"));
  EXPECT_EQ(twice.choose(Isa::amx), twice_avx2);
  EXPECT_THAT(twice.proven(Isa::amx, true), ElementsAre(Isa::avx2));
  EXPECT_THAT(twice.proven(Isa::amx, false), ElementsAre(Isa::avx512, Isa::amx));
  EXPECT_EQ(warnings.lines.size(), 2U);
}

TEST(ProofData, ANanIsNearNothing) {
  EXPECT_TRUE(all_near({1.0F}, {1.1F}, 0.2F));
  EXPECT_FALSE(all_near({1.0F}, {1.3F}, 0.2F));
  EXPECT_TRUE(all_near({11.0F}, {10.0F}, 0.2F));
  EXPECT_FALSE(all_near({NAN}, {1.0F}, 0.2F));
  EXPECT_FALSE(all_near({}, {1.0F}, 0.2F));
}

TEST(Machine, ProvesEveryKernelOfEverySetHere) {
  const Warnings warnings;
  const Machine found = machine();
  EXPECT_EQ(found.instruction_sets.front(), "scalar");
  EXPECT_EQ(found.instruction_sets.back(), found.highest);
  EXPECT_GE(found.kernels.size(), 14U);
  for (const KernelChoice& kernel : found.kernels) {
    EXPECT_THAT(kernel.wrong, IsEmpty()) << kernel.kernel;
    EXPECT_EQ(kernel.instruction_set, kernel.proven.empty() ? "scalar" : kernel.proven.back());
  }
  EXPECT_THAT(warnings.lines, IsEmpty());
}

TEST(Machine, ALimitHoldsForWhatIsChosen) {
  limit_instruction_set("scalar");
  const Machine found = machine();
  limit_instruction_set("amx");
  EXPECT_EQ(found.highest, "scalar");
  for (const KernelChoice& kernel : found.kernels) EXPECT_EQ(kernel.instruction_set, "scalar");
  EXPECT_THROW(limit_instruction_set("mmx"), Error);
}

}  // namespace
}  // namespace kindred::kernels
