#include "static_vectors/word_finder.h"

#include "base/error.h"

namespace kindred::static_vectors {
namespace {

constexpr bool is_ascii_punctuation(char c) noexcept {
  return (c > ' ' && c < '0') || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') ||
         (c > 'z' && c < 0x7F);
}

std::string_view without_punctuation(std::string_view chunk) {
  while (!chunk.empty() && is_ascii_punctuation(chunk.front())) chunk.remove_prefix(1);
  while (!chunk.empty() && is_ascii_punctuation(chunk.back())) chunk.remove_suffix(1);
  return chunk;
}

}  // namespace

WordChoice parse_word_choice(const std::string& text, const StaticModel& model) {
  if (text.empty()) return model.subwords ? WordChoice::spaces : WordChoice::automatic;
  for (const WordChoice choice : {WordChoice::automatic, WordChoice::spaces, WordChoice::unicode})
    if (text == to_string(choice)) return choice;
  fail(ErrorKind::bad_input, "words '{}': choose auto, spaces or unicode", text);
}

std::string_view to_string(WordChoice choice) noexcept {
  constexpr std::string_view kNames[] = {"auto", "spaces", "unicode"};
  return kNames[static_cast<std::size_t>(choice)];
}

WordFinder::WordFinder(const StaticModel& model, WordChoice choice)
    : model_(model), choice_(choice) {}

void WordFinder::find(std::string_view text, std::vector<FoundWord>& words) {
  chunks_.clear();
  (choice_ == WordChoice::unicode ? unicode_ : spaces_).split(text, chunks_);
  // The slots of all words are asked for before any is waited for.
  hashes_.clear();
  for (const std::string_view chunk : chunks_) {
    hashes_.push_back(Vocabulary::hash(chunk));
    model_.vocabulary.prefetch(hashes_.back());
  }
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    if (const auto id = model_.vocabulary.find(chunks_[i], hashes_[i]))
      words.push_back({*id, chunks_[i]});
    else if (choice_ == WordChoice::automatic)
      find_auto(chunks_[i], words);
    else
      find_in(chunks_[i], words);
  }
}

// A word that is not known as it is.
void WordFinder::find_in(std::string_view chunk, std::vector<FoundWord>& words) {
  const std::uint32_t id = choice_ == WordChoice::spaces ? FoundWord::kUnknown : id_of_lower(chunk);
  if (id != FoundWord::kUnknown || model_.subwords) words.push_back({id, chunk});
}

void WordFinder::find_auto(std::string_view chunk, std::vector<FoundWord>& words) {
  const std::string_view bare = without_punctuation(chunk);
  if (bare.empty()) return;
  std::uint32_t id = bare.size() < chunk.size() ? id_of(bare) : FoundWord::kUnknown;
  if (id == FoundWord::kUnknown) id = id_of_lower(bare);
  if (id != FoundWord::kUnknown) {
    words.push_back({id, bare});
    return;
  }
  parts_.clear();
  unicode_.split(bare, parts_);
  for (const std::string_view part : parts_) {
    id = parts_.size() > 1 ? id_of(part) : FoundWord::kUnknown;
    if (id == FoundWord::kUnknown) id = id_of_lower(part);
    if (id != FoundWord::kUnknown || model_.subwords) words.push_back({id, part});
  }
}

std::uint32_t WordFinder::id_of(std::string_view word) {
  return model_.vocabulary.find(word).value_or(FoundWord::kUnknown);
}

std::uint32_t WordFinder::id_of_lower(std::string_view word) {
  to_lower(word, lower_);
  return lower_ == word ? FoundWord::kUnknown : id_of(lower_);
}

}  // namespace kindred::static_vectors
