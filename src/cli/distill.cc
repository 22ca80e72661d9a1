// kindred distill: a model of token vectors made of an encoder.
#include <chrono>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "base/progress.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_flags.h"
#include "encode/text_chunks.h"
#include "io/table.h"
#include "prepare/distill.h"

namespace kindred::cli {
namespace {

struct State {
  std::string model;
  std::string output;
  std::string format = "static";
  std::string precision = "fp32";
  std::string vocabulary;
  TextFlags corpus;
  prepare::DistillOptions options;
  bool json = false;
};

std::vector<std::string> read_words(const std::string& path) {
  std::vector<std::string> words;
  io::TableReader lines = io::TableReader::open(path, {.format = io::TableFormat::lines});
  io::TableRow row;
  while (lines.next(row))
    if (!row.values.front().empty()) words.emplace_back(row.values.front());
  return words;
}

prepare::DistillOptions options_of(const State& s) {
  prepare::DistillOptions options = s.options;
  if (!s.vocabulary.empty()) options.words = read_words(s.vocabulary);
  if (!s.corpus.source.path.empty()) options.corpus = s.corpus.source;
  if (s.format == "model2vec") options.format = prepare::DistilledFormat::model2vec;
  options.encoder.precision = parse_precision(s.precision);
  options.encoder.threads = threads_or_environment(options.encoder.threads);
  return options;
}

void run(const State& s) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  Progress tokens(stderr, "embed", "tokens");
  Progress texts(stderr, "count", "texts");
  const auto result =
      prepare::distill(s.model, s.output, options_of(s), [&](const char* what, std::uint64_t done) {
        Progress& progress = *what == 'e' ? tokens : texts;
        progress.add(done - progress.done());
      });
  tokens.finish();
  const std::chrono::duration<double> seconds = Clock::now() - start;
  if (s.json) {
    const nlohmann::ordered_json object = {{"output", s.output},
                                           {"tokens", result.tokens},
                                           {"dimensions", result.dimensions},
                                           {"explained_variance", result.explained},
                                           {"words_added", result.words},
                                           {"words_known", result.known},
                                           {"words_unfit", result.unfit},
                                           {"seconds", seconds.count()}};
    return print_json(object);
  }
  print("{}: {} tokens of {} dimensions, {:.2f}% of their variance, in {:.1f} s\n", s.output,
        with_thousands(result.tokens), result.dimensions, 100.0 * result.explained,
        seconds.count());
  if (!s.vocabulary.empty())
    print("{} words added, {} were tokens already or came twice, {} cannot be found in texts\n",
          result.words, result.known, result.unfit);
}

}  // namespace

Command distill_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "distill";
  c.summary = "a model of token vectors from any encoder: hundreds of times as fast, less good";
  c.description =
      "Embeds every token of the model's vocabulary alone, keeps the principal components, and "
      "makes common tokens weigh less (model2vec; Tulkens and van Dongen, 2024). The new model "
      "embeds a text by a look-up a token and their mean: word order and context are lost, what "
      "the words mean stays. Every command that takes a model takes it, and so do "
      "sentence-transformers (StaticEmbedding) or, with --to model2vec, model2vec.\n\n"
      "How often a token is used is guessed from its place in the vocabulary, or counted in "
      "--corpus. --vocabulary adds words, such as brands, that the tokenizer cuts apart: their "
      "vectors are those of the whole words. 'kindred vocabulary prune' before makes the table "
      "smaller.";
  c.arguments = {argument("MODEL", "model directory or GGUF file of a transformer", &s->model)
                     .must_be_given()
                     .completed_by(Completes::model)};
  auto& flags = c.group("Distillation").flags;
  flags.push_back(flag("-o,--output", "FOLDER", "the new model directory", &s->output)
                      .must_be_given()
                      .completed_by(Completes::directory)
                      .written());
  flags.push_back(
      flag("--dimensions", "N", "principal components to keep", &s->options.dimensions));
  flags.push_back(flag("--sif", "A",
                       "a token of share p of all tokens weighs A / (A + p); 0: all weigh alike",
                       &s->options.sif));
  flags.push_back(flag("--corpus", "FILE", "texts to count tokens in", &s->corpus.source.path)
                      .shown_default("shares by Zipf's law")
                      .completed_by(Completes::file));
  flags.push_back(
      flag("--vocabulary", "FILE", "words that become tokens, one a line", &s->vocabulary)
          .completed_by(Completes::file));
  flags.push_back(
      flag("--to", "FORMAT", "sentence-transformers' StaticEmbedding, or model2vec", &s->format)
          .one_of({"static", "model2vec"}));
  flags.push_back(flag("--pooling", "HOW", "how the tokens of the encoder become one vector",
                       &s->options.encoder.pooling)
                      .shown_default("the model's own"));
  flags.push_back(flag("--precision", "TYPE", "how the encoder's weights are held", &s->precision)
                      .one_of({"fp32", "bf16", "int8"}));
  flags.push_back(
      flag("-t,--threads", "N", "threads; 0 is one a physical core", &s->options.encoder.threads));
  flags.push_back(toggle("--json", "print a JSON object", &s->json));
  s->corpus.add(c);
  c.examples = {{"a table of 256 dimensions", "kindred distill MODEL -o MODEL-static"},
                {"with a shop's own brands and counts",
                 "kindred distill MODEL --vocabulary brands.txt --corpus products.csv -c title -o "
                 "SHOP-static"},
                {"then as any model", "kindred embed MODEL-static titles.txt -o titles.npy"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
