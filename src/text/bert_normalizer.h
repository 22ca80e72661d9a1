// BERT's normalizer: cleaning, spaces around ideographs, accents, lower case.
// Tested by normalizer_test.cc.
#pragma once

#include <memory>

#include "text/normalizer.h"

namespace kindred::text {

std::unique_ptr<const Normalizer> make_bert_normalizer(const JsonField& field);

}  // namespace kindred::text
