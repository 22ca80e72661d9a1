// The second stage of a tokenizer: text to words. Tested by pre_tokenizer_test.cc.
#pragma once

#include <memory>

#include "text/json_field.h"
#include "text/pieces.h"

namespace kindred::text {

/// Threads: immutable; const methods may run concurrently.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  virtual void apply(AlignedPieces& pieces) const = 0;
  /// The fast path: the same pieces.
  virtual void apply(PlainPieces& pieces) const = 0;
};

/// Builds the component that `field` describes. Errors: corrupt; unsupported for an unknown `type`.
std::unique_ptr<const PreTokenizer> make_pre_tokenizer(const JsonField& field);

}  // namespace kindred::text
