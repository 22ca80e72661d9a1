#include "static_vectors/word_pairs.h"

#include <charconv>
#include <cmath>

#include "base/correlation.h"
#include "base/error.h"
#include "io/table.h"
#include "static_vectors/case_classes.h"
#include "static_vectors/word_splitter.h"

namespace kindred::static_vectors {
namespace {

bool parse_pair(std::string_view line, WordPair& pair) {
  const std::size_t first = line.find('\t');
  const std::size_t second = first == line.npos ? line.npos : line.find('\t', first + 1);
  if (second == line.npos) return false;
  std::string_view number = line.substr(second + 1);
  while (!number.empty() && is_word_space(number.front())) number.remove_prefix(1);
  while (!number.empty() && is_word_space(number.back())) number.remove_suffix(1);
  const char* const end = number.data() + number.size();
  const auto [at, error] = std::from_chars(number.data(), end, pair.judgement);
  if (error != std::errc() || at != end || !std::isfinite(pair.judgement)) return false;
  pair.first = line.substr(0, first);
  pair.second = line.substr(first + 1, second - first - 1);
  return true;
}

}  // namespace

WordPairs WordPairs::read(const std::string& path) {
  WordPairs pairs;
  io::TableOptions options;
  options.format = io::TableFormat::lines;
  io::TableReader reader = io::TableReader::open(path, options);
  for (io::TableRow row; reader.next(row);) {
    const std::string_view line = row.values[0];
    if (line.empty() || line.front() == '#') continue;
    WordPair pair;
    if (parse_pair(line, pair))
      pairs.pairs.push_back(std::move(pair));
    else
      ++pairs.refused;
  }
  if (pairs.pairs.empty())
    fail(ErrorKind::bad_input,
         "{}: no pair in it; a line is two words and a number with tabs between them, as in "
         "wordsim353.tsv",
         path);
  return pairs;
}

PairResult evaluate_pairs(const WordSpace& space, const WordPairs& pairs,
                          const PairOptions& options) {
  const CaseClasses classes(space.model().vocabulary, options.restrict, options.ignore_case);
  PairResult result;
  std::vector<double> judged;
  std::vector<double> found;
  for (const WordPair& pair : pairs.pairs) {
    const auto first = classes.find(pair.first);
    const auto second = classes.find(pair.second);
    const bool known = first && second;
    if (!known) ++result.unknown;
    if (!known && !options.unknown_is_zero) continue;
    judged.push_back(pair.judgement);
    found.push_back(known ? space.cosine(*first, *second) : 0.0);
  }
  result.pairs = judged.size();
  result.spearman = spearman(judged, found);
  result.pearson = pearson(judged, found);
  return result;
}

}  // namespace kindred::static_vectors
