// kindred vectors prune: word vectors of fewer words.
#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "base/warning.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/model_flags.h"
#include "cli/vectors_files.h"
#include "encode/text_chunks.h"
#include "io/table.h"
#include "static_vectors/prune.h"
#include "static_vectors/word_finder.h"

namespace kindred::cli {
namespace {

using static_vectors::StaticModel;

struct State {
  VectorFilesFlags files;
  std::string words;
  TextFlags used_by;
  std::size_t most = 0;
  std::size_t min_count = 0;
  bool drop_ngrams = false;
};

/// One flag a word: whether it stays.
using Kept = std::vector<char>;

void keep_listed(const std::string& path, const StaticModel& model, Kept& kept) {
  Kept listed(model.size());
  std::size_t unknown = 0;
  io::TableReader lines = io::TableReader::open(path, {.format = io::TableFormat::lines});
  io::TableRow row;
  while (lines.next(row)) {
    if (row.values.front().empty()) continue;
    const auto id = model.vocabulary.find(row.values.front());
    if (id)
      listed[*id] = 1;
    else
      ++unknown;
  }
  if (unknown > 0) note(fmt::format("{}: {} of its words have no vector", path, unknown));
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] &= listed[i];
}

void keep_used(const encode::TextSource& source, const StaticModel& model, Kept& kept) {
  constexpr std::size_t kRows = 16384;
  constexpr std::size_t kBytes = std::size_t{4} << 20;
  Kept used(model.size());
  static_vectors::WordFinder finder(model, static_vectors::WordChoice::automatic);
  encode::TextChunks chunks(source, kRows, kBytes);
  Progress progress(stderr, "look for words", "texts");
  std::vector<static_vectors::FoundWord> words;
  for (;;) {
    const std::vector<std::string_view>& texts = chunks.next();
    if (texts.empty()) break;
    for (const std::string_view text : texts) {
      words.clear();
      finder.find(text, words);
      for (const auto& word : words)
        if (word.id != static_vectors::FoundWord::kUnknown) used[word.id] = 1;
    }
    progress.add(texts.size());
  }
  progress.finish();
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] &= used[i];
}

// By count where the file has counts, else by its order, which is that of frequency in most files.
void keep_most(std::size_t most, const StaticModel& model, Kept& kept) {
  std::vector<std::uint32_t> order(model.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return model.vocabulary.count(a) > model.vocabulary.count(b);
  });
  for (const std::uint32_t id : order) {
    if (!kept[id]) continue;
    if (most == 0)
      kept[id] = 0;
    else
      --most;
  }
}

std::vector<std::uint32_t> kept_words(const State& s, const StaticModel& model) {
  Kept kept(model.size(), 1);
  if (s.min_count > 0) {
    if (model.vocabulary.total() == 0)
      fail(ErrorKind::bad_input,
           "{}: its format has no counts, so none can be too low; take the first words by --most",
           s.files.input);
    for (std::uint32_t i = 0; i < kept.size(); ++i)
      if (model.vocabulary.count(i) < s.min_count) kept[i] = 0;
  }
  if (!s.words.empty()) keep_listed(s.words, model, kept);
  if (!s.used_by.source.path.empty()) keep_used(s.used_by.source, model, kept);
  if (s.most > 0) keep_most(s.most, model, kept);
  std::vector<std::uint32_t> ids;
  for (std::uint32_t i = 0; i < kept.size(); ++i)
    if (kept[i]) ids.push_back(i);
  return ids;
}

void run(const State& s) {
  const StaticModel model = s.files.read();
  const StaticModel smaller = static_vectors::keep_words(model, kept_words(s, model));
  if (s.drop_ngrams) {
    // With all n-grams of the words that stay: they are summed before they go.
    const StaticModel plain = static_vectors::without_ngrams(smaller);
    s.files.write(plain);
    return s.files.report(model, plain);
  }
  s.files.write(smaller);
  s.files.report(model, smaller);
}

}  // namespace

Command vectors_prune_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "vectors prune";
  c.summary = "word vectors of fewer words, or without n-grams";
  c.description =
      "Keeps the words that every flag given keeps. In a fastText model, words that went get the "
      "vectors of their n-grams as unknown words do, unless the n-grams go too.";
  s->files.add_argument(c);
  auto& flags = c.group("What stays").flags;
  flags.push_back(flag("--words", "FILE", "the words of this list, one a line", &s->words)
                      .completed_by(Completes::file));
  flags.push_back(flag("--used-by", "FILE",
                       "the words that these texts use, found as 'kindred embed' finds them",
                       &s->used_by.source.path)
                      .completed_by(Completes::file));
  flags.push_back(flag("--most", "N",
                       "the N most frequent ones; where the format has no counts, the first N",
                       &s->most));
  flags.push_back(flag("--min-count", "N", "those that were seen N times or more", &s->min_count));
  flags.push_back(toggle("--drop-ngrams",
                         "sum n-grams into their words' vectors and drop them: plain vectors of "
                         "known words",
                         &s->drop_ngrams));
  s->files.add_output(c);
  s->used_by.add(c);
  c.examples = {
      {"only what a catalogue's titles need, from a fastText model of 7 GB",
       "kindred vectors prune cc.en.300.bin --used-by products.csv -c title --drop-ngrams -o "
       "titles.bin"},
      {"the 50,000 most frequent words", "kindred vectors prune en.vec --most 50000 -o small.vec"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
