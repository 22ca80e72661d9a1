#include "kindred/machine.h"

#include "kernels/all_variants.h"

namespace kindred {
namespace {

std::vector<std::string> names(const std::vector<Isa>& sets) {
  std::vector<std::string> result;
  for (const Isa isa : sets) result.emplace_back(to_string(isa));
  return result;
}

}  // namespace

Machine machine() {
  const Isa highest = best_isa();
  Machine result;
  result.processors = available_cpus();
  result.cores = available_cores();
  for (const Isa isa : kAllIsas)
    if (can_run(isa)) result.instruction_sets.emplace_back(to_string(isa));
  result.highest = to_string(highest);
  const auto add = [&](const auto&... kernels) {
    (result.kernels.push_back(
         {std::string(kernels.name()), std::string(to_string(kernels.chosen_isa(highest))),
          names(kernels.proven(highest, true)), names(kernels.proven(highest, false))}),
     ...);
  };
  using namespace kernels;
  add(kGemmFp32Variants, kGemmBf16Variants, kGemmInt8Variants, kAttentionVariants, kNormVariants,
      kDotVariants, kSquaredL2Variants, kRowProductsVariants, kRowSumVariants, kStoredVariants,
      kHadamardVariants, kCodeScanVariants, kRefineVariants, kIntegerScanVariants,
      kRealScanVariants);
  return result;
}

void limit_instruction_set(const std::string& name) {
  limit_isa(parse_isa(name));
}

}  // namespace kindred
