// The first stage of a tokenizer: Unicode clean-up. Tested by normalizer_test.cc.
#pragma once

#include <memory>

#include "text/aligned_text.h"
#include "text/json_field.h"

namespace kindred::text {

/// Threads: immutable; const methods may run concurrently.
class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual void apply(AlignedText& text) const = 0;
  /// The fast path: the same text.
  virtual void apply(PlainText& text) const = 0;
  /// True where the first character of the new text always stems from the first of the original.
  virtual bool keeps_beginning() const { return true; }
};

/// Builds the component that `field` describes. Errors: corrupt; unsupported for an unknown `type`.
std::unique_ptr<const Normalizer> make_normalizer(const JsonField& field);

}  // namespace kindred::text
