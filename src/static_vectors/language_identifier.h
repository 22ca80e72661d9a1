// The language of a text by a supervised fastText model such as lid.176.ftz. Tested by
// language_identifier_test.cc.
#pragma once

#include <string>
#include <string_view>

#include "static_vectors/classifier.h"

namespace kindred::static_vectors {

/// Threads: immutable; `identify` may run concurrently.
class LanguageIdentifier {
 public:
  struct Answer {
    std::string language;     ///< "zh", "en", … as the model calls it; empty: not certain enough
    double confidence = 0.0;  ///< 0 to 1, of the best label, certain enough or not
  };

  /// Below this the model is wrong about as often as right.
  static constexpr double kLeastConfidence = 0.5;

  /// Errors: as read_static_model; bad_input for a model without labels.
  explicit LanguageIdentifier(const std::string& path);

  /// A text in capitals alone is taken in lower case: such models have seen few of them.
  Answer identify(std::string_view text) const;

 private:
  TextClassifier classifier_;
};

}  // namespace kindred::static_vectors
