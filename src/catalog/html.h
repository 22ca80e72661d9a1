// Markup out of product texts. Tested by html_test.cc.
#pragma once

#include <string>
#include <string_view>

namespace kindred::catalog {

/// The text of a piece of HTML: tags and comments out, a space where a block ends, scripts and
/// styles dropped, entities decoded; entities that were encoded twice, and tags that were, are
/// undone too. Only names of HTML elements are tags: "a < b", "<3" and "List<T>" stay as they are.
/// Text without markup comes back unchanged.
std::string strip_html(std::string_view text);

}  // namespace kindred::catalog
