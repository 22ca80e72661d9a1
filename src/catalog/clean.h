// Texts of sellers made even. Tested by clean_test.cc.
#pragma once

#include <string>
#include <string_view>

#include "catalog/language.h"
#include "catalog/product.h"

namespace kindred::catalog {

/// One line of clean text: invalid UTF-8 replaced, HTML stripped (html.h), Unicode NFC, full-width
/// letters, digits and signs made ordinary and half-width Katakana full (ＡＢＣ１２３（） →
/// ABC123()), control, formatting and private characters and those without meaning removed (joiners
/// inside emoji and Indic words stay), and every stretch of white space one space, none at the
/// ends. Threads: any.
std::string clean_text(std::string_view text);

/// Cleans every text of a product, normalises the quantities of its attributes (quantity.h), gives
/// texts without a language the one that `identify` recognises, or the seller's where none is, and
/// drops what has become empty.
void clean(Product& product, const LanguageIdentifier& identify = identify_language);

}  // namespace kindred::catalog
