// What sentence-transformers reads beside a model, written. Tested by trained_model_test.cc.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/directory.h"

namespace kindred::model {

/// Writes modules.json, Pooling's settings and a folder for each step of the head into the
/// directory `root`, whose transformer of `hidden` values lies in `root` itself. Class paths and
/// pooling flags are those that every version of sentence-transformers reads; several modes in
/// another order than cls, max, mean, sqrt, weighted, last need 5.4 or later, which alone has a
/// list of them. Returns the width of the vectors. Errors: unsupported for pooling by weights of
/// tokens (idf, sif), which it does not have; corrupt where the head's widths do not fit, or a
/// value is not finite.
std::size_t write_modules(const std::string& root, std::size_t hidden, const PoolingSpec& pooling,
                          const std::vector<HeadStep>& head);

/// Whether the modes are in the order in which the flags of older versions are read.
bool is_flag_order(const std::vector<PoolingMode>& modes);

}  // namespace kindred::model
