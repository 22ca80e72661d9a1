#include "static_vectors/language_identifier.h"

#include <algorithm>
#include <memory>

#include "static_vectors/read.h"
#include "static_vectors/word_splitter.h"

namespace kindred::static_vectors {

LanguageIdentifier::LanguageIdentifier(const std::string& path)
    : classifier_(std::make_shared<const StaticModel>(read_static_model(path))) {}

LanguageIdentifier::Answer LanguageIdentifier::identify(std::string_view text) const {
  constexpr std::string_view kPrefix = "__label__";
  std::string other;
  to_upper(text, other);
  if (other == text) {
    to_lower(text, other);
    text = other;
  }
  const std::vector<Prediction> best = classifier_.predict(text);
  Answer answer;
  if (best.empty()) return answer;
  answer.confidence = std::min<double>(best.front().probability, 1.0);
  if (answer.confidence < kLeastConfidence) return answer;
  std::string_view label = classifier_.model().labels.word(best.front().label);
  if (label.starts_with(kPrefix)) label.remove_prefix(kPrefix.size());
  answer.language = label;
  return answer;
}

}  // namespace kindred::static_vectors
