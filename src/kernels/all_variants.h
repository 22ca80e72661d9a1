// Every kernel that has variants: what `machine()` lists. Internal. Not for files that are compiled
// for an instruction set: those include the plain x_isa.h alone.
#pragma once

#include "kernels/attention_isa.h"
#include "kernels/code_scan_isa.h"
#include "kernels/distance_isa.h"
#include "kernels/gemm_isa.h"
#include "kernels/hadamard_isa.h"
#include "kernels/norm_isa.h"
#include "kernels/number_scan_isa.h"
#include "kernels/refine_code_isa.h"
#include "kernels/row_products_isa.h"
#include "kernels/row_sum_isa.h"
#include "kernels/stored_distance_isa.h"
#include "kernels/variants.h"

namespace kindred::kernels {

extern const Variants<const GemmKernel*> kGemmFp32Variants;
extern const Variants<const GemmKernel*> kGemmBf16Variants;
extern const Variants<const GemmKernel*> kGemmInt8Variants;
extern const Variants<AttendFunction> kAttentionVariants;
extern const Variants<NormFunction> kNormVariants;
extern const Variants<VectorFunction> kDotVariants;
extern const Variants<VectorFunction> kSquaredL2Variants;
extern const Variants<RowSumFunction> kRowSumVariants;
extern const Variants<StoredKernelsOf> kStoredVariants;
extern const Variants<const RowProducts*> kRowProductsVariants;
extern const Variants<HadamardFunction> kHadamardVariants;
extern const Variants<FillCodeTables> kCodeTableVariants;
extern const Variants<ScanCodeBlock> kCodeScanVariants;
extern const Variants<RefineProductOf> kRefineVariants;
extern const Variants<ScanWords<std::int32_t>> kIntegerScanVariants;
extern const Variants<ScanWords<double>> kRealScanVariants;

}  // namespace kindred::kernels
