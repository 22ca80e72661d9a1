// The normalizer `Precompiled`: SentencePiece's charsmap. Tested by normalizer_test.cc.
#pragma once

#include <memory>

#include "text/normalizer.h"

namespace kindred::text {

std::unique_ptr<const Normalizer> make_charsmap_normalizer(const JsonField& field);

}  // namespace kindred::text
