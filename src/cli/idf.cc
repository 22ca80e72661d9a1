// kindred idf: token weights from a corpus.
#include <memory>
#include <string>
#include <vector>

#include "base/cpu.h"
#include "base/progress.h"
#include "base/thread_pool.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/model_flags.h"
#include "encode/idf.h"
#include "encode/text_chunks.h"
#include "encode/word_encoder.h"

namespace kindred::cli {

Command idf_command() {
  struct State {
    std::string model;
    TextFlags text;
    std::string output;
    std::string words;
    std::string weights = "idf";
    int threads = 0;
  };
  auto s = std::make_shared<State>();
  s->text.source.path = "-";
  Command c;
  c.name = "idf";
  c.summary = "token weights from a corpus, for pooling idf";
  c.description =
      "Counts in how many of the texts each token of the model occurs and writes "
      "'token<TAB>weight' lines, the weight being ln((1 + N) / (1 + n)) + 1 for a token in n of N "
      "texts, and 0 for special tokens; with --weights sif a / (a + p), a = 0.001, p being the "
      "token's share of all tokens (Arora, Liang and Ma, 2017). With --pooling idf --token-weights "
      "FILE, 'kindred embed' "
      "takes the mean of token vectors by these weights, so that rare words count for more.";
  c.arguments = {
      argument("MODEL", "model directory, GGUF file or file of word vectors", &s->model)
          .must_be_given()
          .completed_by(Completes::model),
      argument("FILE", "texts; '-' is standard input (the default)", &s->text.source.path)
          .completed_by(Completes::file)};
  auto& flags = c.group("Output").flags;
  flags.push_back(flag("-o,--output", "FILE", "where the weights go", &s->output)
                      .must_be_given()
                      .completed_by(Completes::file)
                      .written());
  flags.push_back(flag("--weights", "HOW", "by documents or by occurrences", &s->weights)
                      .one_of({"idf", "sif"}));
  flags.push_back(flag("--words", "HOW", "of word vectors: what a text's words are", &s->words)
                      .one_of({"auto", "spaces", "unicode"})
                      .shown_default("spaces where the file has n-grams, else auto"));
  flags.push_back(flag("-t,--threads", "N", "threads; 0 is one a physical core", &s->threads));
  s->text.add(c);
  c.examples = {
      {"weights from a catalogue's titles, then vectors by them",
       "kindred idf MODEL products.csv -c title -o weights.tsv && kindred embed MODEL "
       "products.csv -c title --pooling idf --token-weights weights.tsv -o products.npy"}};
  c.run = [s] {
    constexpr std::size_t kRowsAChunk = 16384;
    constexpr std::size_t kBytesAChunk = std::size_t{4} << 20;
    const Tokenizer tokenizer = encode::open_tokenizer(s->model, s->words);
    const int threads = threads_or_environment(s->threads);
    ThreadPool pool(threads > 0 ? threads : available_cores());
    encode::IdfCounter counter(tokenizer);
    encode::TextChunks chunks(s->text.source, kRowsAChunk, kBytesAChunk);
    Progress progress(stderr, "idf", "texts");
    while (true) {
      const std::vector<std::string_view>& texts = chunks.next();
      if (texts.empty()) break;
      counter.add(texts, pool);
      progress.add(texts.size());
    }
    progress.finish();
    counter.save(s->output,
                 s->weights == "sif" ? encode::TokenWeighting::sif : encode::TokenWeighting::idf);
    note(fmt::format("{}: weights from {} texts", s->output, with_thousands(counter.documents())));
  };
  return c;
}

}  // namespace kindred::cli
