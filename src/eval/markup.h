// Text of others inside HTML, SVG, XML, Markdown and on a terminal. Tested by markup_test.cc.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kindred::eval {

/// As text and as an attribute's value of HTML and XML: &, <, >, " and ' as entities; what is not
/// UTF-8, and what XML 1.0 forbids (control characters but tab and line ends, U+FFFE, U+FFFF), as
/// U+FFFD.
std::string escape_markup(std::string_view text);

/// As a cell or a line of Markdown: line ends are blanks, < is an entity, and what else marks up
/// has a backslash.
std::string escape_markdown(std::string_view text);

/// Columns that a terminal takes for UTF-8: two for East Asian wide characters and emoji, none for
/// combining marks.
std::size_t display_width(std::string_view text);

/// The first code points that `width` columns have room for, an ellipsis the last of them where
/// that is not all.
std::string shortened(std::string_view text, std::size_t width);

}  // namespace kindred::eval
