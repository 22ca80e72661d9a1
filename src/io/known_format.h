// Files that are not text, told by their first bytes. Tested by known_format_test.cc.
#pragma once

#include <string>
#include <string_view>

namespace kindred::io {

/// Throws when `head`, the first bytes of the input `name`, belongs to a compressed file, an
/// archive, a table or array in binary, or UTF-16: what would otherwise be read as lines of text.
/// Errors: bad_input, saying what it is and how to read it.
void refuse_known_format(std::string_view head, const std::string& name);

}  // namespace kindred::io
