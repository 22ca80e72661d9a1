#include "static_vectors/case_classes.h"

#include "static_vectors/word_splitter.h"

namespace kindred::static_vectors {

CaseClasses::CaseClasses(const Vocabulary& vocabulary, std::size_t limit, bool fold)
    : vocabulary_(vocabulary),
      size_(limit == 0 || limit > vocabulary.size() ? vocabulary.size() : limit),
      fold_(fold) {
  if (!fold_) return;
  class_of_.reserve(size_);
  std::string upper;
  for (std::uint32_t id = 0; id < size_; ++id) {
    to_upper(vocabulary.word(id), upper);
    class_of_.push_back(upper_.add(upper));
    if (class_of_.back() == representatives_.size()) representatives_.push_back(id);
  }
}

std::optional<std::uint32_t> CaseClasses::find(std::string_view word) const {
  if (!fold_) {
    const auto id = vocabulary_.find(word);
    return id && *id < size_ ? id : std::nullopt;
  }
  thread_local std::string upper;
  to_upper(word, upper);
  const auto found = upper_.find(upper);
  if (!found) return std::nullopt;
  return representatives_[*found];
}

}  // namespace kindred::static_vectors
