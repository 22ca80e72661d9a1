#include "static_vectors/words_to_write.h"

#include <deque>
#include <unordered_set>

#include "base/error.h"
#include "base/printable.h"
#include "base/warning.h"
#include "text/code_points.h"

namespace kindred::static_vectors {
namespace {

using namespace std::string_view_literals;

// What a format's readers take for the end of a word.
std::string_view ends_of(VectorFormat format) {
  switch (format) {
    case VectorFormat::word2vec_binary:
    case VectorFormat::word2vec_text:
    case VectorFormat::glove_text:
      return " \t\n\r\v\f\0"sv;
    case VectorFormat::fasttext:
      return "\0"sv;
    default:
      return ""sv;
  }
}

bool is_directory_format(VectorFormat format) {
  return format == VectorFormat::static_embedding || format == VectorFormat::model2vec;
}

bool can_write(std::string_view word, VectorFormat format) {
  if (is_directory_format(format)) return text::valid_prefix(word) == word.size();
  if (word.find_first_of(ends_of(format)) != std::string_view::npos) return false;
  return !word.empty() || format == VectorFormat::fasttext;
}

std::string replaced(std::string_view word, VectorFormat format) {
  std::string result;
  if (is_directory_format(format)) {
    text::append_repaired(word, result);
    return result;
  }
  for (const char c : word) result += ends_of(format).find(c) == std::string_view::npos ? c : '_';
  return result.empty() ? "_" : result;
}

}  // namespace

std::vector<WordToWrite> words_to_write(const Vocabulary& vocabulary, VectorFormat format,
                                        Unwritable unwritable, const std::string& path,
                                        std::deque<std::string>& replacements) {
  std::vector<WordToWrite> words;
  words.reserve(vocabulary.size());
  std::unordered_set<std::string_view> taken;
  std::size_t bad = 0;
  std::size_t left_out = 0;
  std::string first;
  for (std::uint32_t id = 0; id < vocabulary.size(); ++id) {
    const std::string_view word = vocabulary.word(id);
    if (can_write(word, format)) {
      words.push_back({id, word});
      continue;
    }
    if (bad++ == 0) first = printable(word);
    if (unwritable == Unwritable::refuse) continue;
    std::string other = unwritable == Unwritable::replace ? replaced(word, format) : "";
    if (unwritable == Unwritable::leave_out || vocabulary.find(other) || taken.contains(other)) {
      ++left_out;
      continue;
    }
    replacements.push_back(std::move(other));
    words.push_back({id, replacements.back()});
    taken.insert(replacements.back());
  }
  if (bad > 0 && unwritable == Unwritable::refuse)
    fail(ErrorKind::bad_input,
         "{}: {} of the words cannot stand in a file of format {}, the first being \"{}\"; have "
         "them replaced or left out, or write a directory",
         path, bad, to_string(format), first);
  if (left_out > 0)
    warn(
        "{}: {} words are left out, which the format {} cannot hold or whose replacement is a "
        "word already",
        path, left_out, to_string(format));
  if (words.empty()) fail(ErrorKind::bad_input, "{}: there is no word to write", path);
  return words;
}

}  // namespace kindred::static_vectors
