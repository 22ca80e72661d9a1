// Arrays of texts, one a line. Tested by pair_reader_test.cc.
#pragma once

#include <memory>
#include <string>

#include "catalog/row_source.h"

namespace kindred::prepare {

/// Whether the first line that is not blank is a whole array of two texts and more; one array of
/// texts that is all of the file looks the same and pairs its first two.
bool has_array_lines(const std::string& path);

/// Rows with the columns anchor, positive, and negative for each text behind them.
std::unique_ptr<catalog::RowSource> open_array_lines(const std::string& path);

}  // namespace kindred::prepare
