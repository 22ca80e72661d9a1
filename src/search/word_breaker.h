// Words of scripts that put no spaces between them, by ICU's dictionaries.
// Tested by analyzer_test.cc.
#pragma once

#include <functional>
#include <string_view>

namespace kindred::search {

/// Calls `word` for each word of `run`, which is valid UTF-8 of CharacterClass::segmented alone.
/// Each thread has a breaker of its own.
void break_words(std::string_view run, const std::function<void(std::string_view word)>& word);

}  // namespace kindred::search
