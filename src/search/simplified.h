// Traditional Chinese as simplified. Tested by analyzer_test.cc.
#pragma once

#include <string>
#include <string_view>

namespace kindred::search {

/// Each traditional character as the simplified one that ICU's "Traditional-Simplified" gives it; a
/// character that stands for several (乾, 著) becomes the usual one. Everything else stays.
///
/// Threads: may run concurrently.
std::string to_simplified(std::string_view text);

}  // namespace kindred::search
