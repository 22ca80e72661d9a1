// Judgements that name queries by their texts. Tested by labelled_queries_test.cc.
#pragma once

#include <string>

#include "eval/dataset.h"

namespace kindred::eval {

/// Judgements by the queries' texts: a CSV or TSV file with the columns query and id, and where
/// they are there grade (1 unless given; 0: judged, not relevant) and language; a row a pair. Any
/// other column is one of the query (that of its first row), to slice by. A query's id is its text,
/// behind "LANGUAGE:" where the file has languages. The corpus stays empty. Errors: as TableReader;
/// bad_input, with the line, for a grade that is no number from 0 to 1,000.
Dataset read_labelled_queries(const std::string& path);

}  // namespace kindred::eval
