// Queries that are the same. Tested by query_text_test.cc.
#pragma once

#include <string>
#include <string_view>

namespace kindred::prepare {

/// NFKC with case folding, blanks and control characters as single spaces, none at the ends:
/// "  Rote  SCHUHE" and "rote schuhe" are one query. Empty for a query of nothing else.
std::string normalize_query(std::string_view query);

/// Blanks and control characters as single spaces, none at the ends; the letters as typed.
std::string tidy_query(std::string_view query);

}  // namespace kindred::prepare
