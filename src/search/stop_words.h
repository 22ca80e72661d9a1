// Words that say nothing about a product. Tested by analyzer_test.cc.
#pragma once

#include <string_view>

namespace kindred::search {

/// `term` is folded as analyze folds it, before its plural is taken. `language` as there; a
/// language without a list has no stop words.
bool is_stop_word(std::string_view term, std::string_view language);
/// Of any language.
bool is_stop_word_of_any(std::string_view term);

}  // namespace kindred::search
