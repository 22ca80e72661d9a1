// Whether two models cut texts into the same tokens. Tested by merge_test.cc.
#pragma once

#include "model/directory.h"

namespace kindred::prepare {

/// Compares the vocabularies, id by id, and what the tokenizers make of some texts. Errors:
/// bad_input, naming the first difference.
void check_same_tokenizer(const model::ModelDirectory& a, const model::ModelDirectory& b);

}  // namespace kindred::prepare
