// A BERT vocab.txt. Tested by tokenizer_test.cc.
#pragma once

#include <string>

#include "text/tokenizer_json.h"

namespace kindred::text {

/// The vocabulary of a vocab.txt, without any stage: BertTokenizer builds them (class_rules.h).
/// Errors: not_found; corrupt where it is empty.
TokenizerSource read_bert_vocabulary(const std::string& path);

}  // namespace kindred::text
