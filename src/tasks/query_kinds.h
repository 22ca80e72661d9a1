// Groups of queries by what they are like. Tested by query_kinds_test.cc.
#pragma once

#include <string>
#include <vector>

#include "eval/dataset.h"
#include "eval/slices.h"

namespace kindred::tasks {

/// By how many words the words' search takes of them: 1, 2, 3–4, 5–8, 9 and more.
eval::Slicing by_length(const std::vector<eval::Record>& queries);

/// Queries that name an attribute's value ("256GB", "42 mm", "talla 42", a number, a model such as
/// "wh-1000xm4") and others.
eval::Slicing by_attribute(const std::vector<eval::Record>& queries);

/// By the values of a column; "category:2" takes the first two levels of paths such as "A > B > C".
/// The column "popularity" is cut into head, torso and tail. Errors: not_found where no query has
/// the column, with those that there are.
eval::Slicing by_column(const std::vector<eval::Record>& queries, const std::string& column);

/// All of the above that apply: length, attributes, and the columns language and popularity where
/// there are any; then each of `columns`.
std::vector<eval::Slicing> slicings_of(const std::vector<eval::Record>& queries,
                                       const std::vector<std::string>& columns);

}  // namespace kindred::tasks
