// Rows of JSONL, CSV, TSV and Parquet files with all their columns. Tested by dataset_test.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "io/jsonl_record.h"

namespace kindred::eval {

/// Calls `take` for each row of a file, by the path's ending, with its fields (valid during the
/// call) and its place, counted from 1. Errors: as TableReader, JsonlFields and open_parquet;
/// bad_input for another ending, and for a file that git-lfs has not fetched.
void for_each_row(
    const std::string& path,
    const std::function<void(std::span<const io::JsonlField> fields, std::uint64_t line)>& take);

/// The field of the first of `names` that is there, or null.
const io::JsonlField* find_field(std::span<const io::JsonlField> fields,
                                 std::initializer_list<std::string_view> names);

/// Bad input where a row has none of the columns that `wanted` names, with those that it has.
[[noreturn]] void fail_without_column(const std::string& path, std::uint64_t line,
                                      std::string_view wanted,
                                      std::span<const io::JsonlField> fields);

}  // namespace kindred::eval
