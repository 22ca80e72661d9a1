// kindred vectors train: word or item vectors from text.
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "kindred/static_vectors.h"

namespace kindred::cli {
namespace {

using Stage = WordTrainingProgress::Stage;

struct State {
  std::vector<std::string> corpora;
  std::string output;
  std::string format;
  WordTrainingOptions options;
  bool cbow = false;
  bool tree = false;
  std::string ngrams;
  bool json = false;
};

// "3-6".
void parse_ngrams(const std::string& text, WordTrainingOptions& options) {
  if (text.empty()) return;
  std::size_t dash = 0;
  try {
    options.min_ngram = std::stoul(text, &dash);
    std::size_t end = 0;
    if (dash < text.size() && text[dash] == '-') {
      options.max_ngram = std::stoul(text.substr(dash + 1), &end);
      if (dash + 1 + end == text.size()) return;
    }
  } catch (const std::exception&) {
    // said below
  }
  fail(ErrorKind::bad_input, "--ngrams {}: give the least and the most characters, as in 3-6",
       text);
}

// One line a stage.
class TrainingLine {
 public:
  bool operator()(const WordTrainingProgress& now) {
    if (!line_ || now.stage != stage_) {
      if (line_) line_->finish();
      stage_ = now.stage;
      seen_ = 0;
      line_ = std::make_unique<Progress>(stderr, label(), unit(), now.total);
      if (stage_ == Stage::train) line_->skip(seen_ = now.done);
    }
    if (now.loss > 0.0) line_->remark(fmt::format("loss {:.4f}", now.loss));
    if (now.done > seen_) line_->add(now.done - seen_);
    seen_ = std::max(seen_, now.done);
    return !interrupted();
  }
  void finish() {
    if (line_) line_->finish();
  }

 private:
  std::string label() const {
    return stage_ == Stage::read ? "read" : stage_ == Stage::train ? "train" : "write";
  }
  std::string unit() const { return stage_ == Stage::read ? "bytes" : "words"; }

  Stage stage_ = Stage::read;
  std::uint64_t seen_ = 0;
  std::unique_ptr<Progress> line_;
};

void print_result(const State& s, const WordTrainingResult& r) {
  if (s.json) {
    const nlohmann::ordered_json object = {{"output", s.output},
                                           {"vocabulary", r.vocabulary},
                                           {"words", r.words},
                                           {"epochs", s.options.epochs},
                                           {"read_seconds", r.read_seconds},
                                           {"seconds", r.train_seconds},
                                           {"words_per_second", r.words_per_second},
                                           {"loss", r.losses.back()},
                                           {"losses", r.losses}};
    print_json(object);
    return;
  }
  print("{}: {} words of {} dimensions, from {} words of text\n", s.output,
        with_thousands(r.vocabulary), s.options.dimensions, with_thousands(r.words));
  print("read in {:.1f} s, trained in {:.1f} s ({} words/s), loss {:.4f} in the last epoch\n",
        r.read_seconds, r.train_seconds,
        with_thousands(static_cast<std::uint64_t>(r.words_per_second)), r.losses.back());
}

void run(State& s) {
  WordTrainingOptions& o = s.options;
  if (s.cbow) o.architecture = WordTrainingOptions::Architecture::cbow;
  if (s.tree) o.loss = WordTrainingOptions::Loss::hierarchical_softmax;
  parse_ngrams(s.ngrams, o);
  catch_interrupts();
  TrainingLine line;
  const WordTrainingResult result = train_word_vectors(
      s.corpora, s.output, o, s.format, [&](const WordTrainingProgress& p) { return line(p); });
  line.finish();
  if (!result.finished) {
    note(fmt::format("stopped; the same command goes on from {}.training", s.output));
    throw Interrupted();
  }
  print_result(s, result);
}

void add_model_flags(Command& c, State* s) {
  WordTrainingOptions& o = s->options;
  auto& flags = c.group("Model").flags;
  flags.push_back(
      toggle("--skip-gram", "a word predicts the words around it (the default)", &s->cbow, false)
          .not_with({"cbow"}));
  flags.push_back(toggle("--cbow",
                         "the words around predict the word between them: faster, better "
                         "for frequent words",
                         &s->cbow));
  flags.push_back(toggle("--hierarchical-softmax",
                         "learn by a Huffman tree rather than by negatives", &s->tree));
  flags.push_back(flag("-d,--dimensions", "N", "of a vector", &o.dimensions));
  flags.push_back(flag("-w,--window", "N", "words on either side that count as near", &o.window));
  flags.push_back(toggle("--fixed-window",
                         "always the whole window; else each word draws its own, "
                         "from 1 up to it",
                         &o.dynamic_window, false));
  flags.push_back(flag("--negatives", "N", "words of noise against each true one", &o.negatives)
                      .not_with({"hierarchical-softmax"}));
  flags.push_back(flag("--noise-exponent", "X",
                       "noise is drawn by count to this power; for items, -0.5 to 1 is worth a try",
                       &o.noise_exponent));
  flags.push_back(flag("--ngrams", "FROM-TO",
                       "characters of fastText's n-grams, as in 3-6: words that the corpus does "
                       "not have get vectors too",
                       &s->ngrams));
  flags.push_back(flag("--buckets", "N", "rows that the n-grams share", &o.buckets));
  flags.push_back(toggle("--global-context",
                         "the last word of a line is near all others: the bought item of a session",
                         &o.global_context)
                      .not_with({"cbow"}));
}

void add_corpus_flags(Command& c, State* s) {
  WordTrainingOptions& o = s->options;
  auto& flags = c.group("Corpus").flags;
  flags.push_back(flag("--words", "HOW",
                       "spaces: as the text is split already; unicode: words of Unicode, Chinese "
                       "and Japanese by dictionary, without punctuation",
                       &o.words)
                      .one_of({"spaces", "unicode"}));
  flags.push_back(toggle("--lower-case", "words in lower case", &o.lower_case));
  flags.push_back(flag("--min-count", "N", "words that are rarer are dropped", &o.min_count));
  flags.push_back(flag("--subsample", "T",
                       "words of a larger share of the corpus are thinned out; 0 keeps all",
                       &o.subsample));
  flags.push_back(flag("--phrases", "PASSES",
                       "join words that stand together more often than by chance (new_york), so "
                       "many times over",
                       &o.phrase_passes));
  flags.push_back(flag("--phrase-threshold", "X", "how much more often; higher joins fewer",
                       &o.phrase_threshold));
}

void add_run_flags(Command& c, State* s) {
  WordTrainingOptions& o = s->options;
  auto& flags = c.group("Training").flags;
  flags.push_back(flag("-e,--epochs", "N", "times over the corpus", &o.epochs));
  flags.push_back(
      flag("--rate", "X", "learning rate at the start; 0: 0.025, or 0.05 with --cbow", &o.rate));
  flags.push_back(flag("-t,--threads", "N", "0 is one a physical core", &o.threads));
  flags.push_back(flag("--seed", "N", "of all random numbers", &o.seed));
  flags.push_back(
      flag("--checkpoint-minutes", "N", "what a crash may cost", &o.checkpoint_minutes));
}

}  // namespace

Command vectors_train_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "vectors train";
  c.summary = "word or item vectors from text";
  c.description =
      "Learns a vector for each word (Word2Vec, fastText) from files of one sentence a line, "
      "plain, "
      "gzip or Zstandard; or for each item from lines of item ids, such as the sessions of "
      "customers.\n\n"
      "While it runs, OUT.training holds the corpus as numbers, 4 bytes a word, and every ten "
      "minutes, and when stopped by Ctrl-C, all that is needed to go on: the same command does. "
      "With -t 1 the result is the same bit by bit each time, stopped between or not.";
  c.arguments = {argument("CORPUS", "files of text", &s->corpora)
                     .must_be_given()
                     .completed_by(Completes::file)};
  auto& output = c.group("Output").flags;
  output.push_back(flag("-o,--output", "OUT",
                        "the vectors: .bin is fastText's format with all that was learned, .w2v "
                        "word2vec's binary, .vec or .txt text, no ending a StaticEmbedding "
                        "directory",
                        &s->output)
                       .must_be_given()
                       .completed_by(Completes::file)
                       .written());
  output.push_back(
      flag("--to", "FORMAT", "the format, where the ending does not say", &s->format)
          .one_of({"word2vec", "text", "glove", "fasttext", "static-embedding", "model2vec"}));
  output.push_back(toggle("--json", "print a JSON object", &s->json));
  add_model_flags(c, s.get());
  add_corpus_flags(c, s.get());
  add_run_flags(c, s.get());
  c.examples = {
      {"word vectors", "kindred vectors train titles.txt -o titles.bin"},
      {"Chinese text that is not segmented, with n-grams for unknown words",
       "kindred vectors train zh.txt.gz -o zh.bin --words unicode --ngrams 1-4"},
      {"items from sessions, a line each",
       "kindred vectors train sessions.txt -o items.bin --min-count 1 --window 10 --fixed-window "
       "--global-context"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
