// The two pre-tokenizers that also change the text: ByteLevel and Metaspace.
// Tested by pre_tokenizer_test.cc.
#pragma once

#include <memory>

#include "text/pre_tokenizer.h"

namespace kindred::text {

std::unique_ptr<const PreTokenizer> make_byte_level_pre_tokenizer(const JsonField& field);
std::unique_ptr<const PreTokenizer> make_metaspace_pre_tokenizer(const JsonField& field);

}  // namespace kindred::text
