// What a model is and what it will need, without loading it. Tested by cli_test.cc.
#pragma once

#include <cstdint>
#include <string>

#include "kindred/model.h"

namespace kindred::encode {

/// Bytes an open encoder takes.
struct MemoryEstimate {
  std::uint64_t fp32 = 0;  ///< packed weights of the layers at each precision
  std::uint64_t bf16 = 0;
  std::uint64_t int8 = 0;
  /// Embedding tables, shared with the page cache; of word vectors, them as float32.
  std::uint64_t mapped = 0;
};

struct ModelReport {
  ModelInfo info;  ///< with its fingerprint
  MemoryEstimate memory;
};

/// Errors: those of kindred::inspect.
ModelReport report_model(const std::string& path);

}  // namespace kindred::encode
