// kindred similar: the nearest texts or vectors to some queries, exactly.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/cpu.h"
#include "base/error.h"
#include "base/thread_pool.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_flags.h"
#include "cli/shop_flags.h"
#include "encode/nearest.h"
#include "encode/text_chunks.h"
#include "estimators/score_calibration.h"
#include "io/file.h"
#include "io/vector_reader.h"
#include "tasks/calibrate.h"

namespace kindred::cli {
namespace {

// Texts embedded on the fly stay in memory; more belong into a file of vectors.
constexpr std::size_t kMostTexts = 1'000'000;

struct State {
  std::string corpus;
  ModelFlags model;
  TextFlags text;  ///< of the corpus when it is text, and of --texts
  std::vector<std::string> queries;
  std::string query_file;
  std::string query_column;
  std::string query_prompt;
  std::string texts;
  std::string calibration;
  std::optional<std::string> min_probability;
  std::string language;
  std::size_t k = 10;
  bool bits = false;
  bool json = false;
};

// Vectors from a file, or texts and their vectors.
struct Corpus {
  std::optional<io::VectorReader> file;
  std::optional<Embeddings> embedded;
  std::vector<std::string> texts;  ///< for display; may be empty

  encode::VectorSource source() const {
    if (file)
      return {
          file->rows(), file->dimensions(),
          [this](std::size_t begin, std::size_t n, float* out) { file->read_rows(begin, n, out); }};
    return {embedded->rows, embedded->dimensions,
            [this](std::size_t begin, std::size_t n, float* out) {
              const std::size_t d = embedded->dimensions;
              std::copy_n(embedded->values.data() + begin * d, n * d, out);
            }};
  }
};

// A .jsonl file holds vectors unless a column of texts is named.
bool holds_vectors(const std::string& path, const TextFlags& text) {
  if (io::has_vector_ending(path)) return true;
  return io::has_ending(path, ".jsonl") && text.source.column.empty() && !text.source.format;
}

const Encoder& needed(const std::optional<Encoder>& encoder, const std::string& what) {
  if (!encoder)
    fail(ErrorKind::bad_input, "{} must be embedded: name the model by --model MODEL", what);
  return *encoder;
}

Corpus load_corpus(const State& s, const std::optional<Encoder>& encoder) {
  Corpus corpus;
  encode::TextSource source = s.text.source;
  if (holds_vectors(s.corpus, s.text) || !s.texts.empty()) {
    corpus.file = io::VectorReader::open(s.corpus);
    if (s.texts.empty()) return corpus;
    source.path = s.texts;
    corpus.texts = encode::read_all_texts(source, corpus.file->rows());
    if (corpus.texts.size() != corpus.file->rows())
      fail(ErrorKind::bad_input, "{} has {} texts, {} has {} vectors", s.texts, corpus.texts.size(),
           s.corpus, corpus.file->rows());
    return corpus;
  }
  source.path = s.corpus;
  corpus.texts = encode::read_all_texts(source, kMostTexts);
  corpus.embedded = needed(encoder, s.corpus + ": texts").encode(corpus.texts, s.model.encode);
  return corpus;
}

struct Queries {
  std::optional<io::VectorReader> file;
  std::vector<std::string> labels;
  std::vector<float> values;  ///< of a file: read when its type is sure
  std::size_t dimensions = 0;
  std::string vector_space;  ///< empty: unknown
};

Queries open_queries(const State& s) {
  if (!s.queries.empty() || !s.query_column.empty() || !s.query_prompt.empty())
    fail(ErrorKind::bad_input,
         "{} holds vectors: --query, --query-column and --query-prompt, which are for texts, "
         "exclude it",
         s.query_file);
  Queries queries;
  queries.file = io::VectorReader::open(s.query_file);
  queries.dimensions = queries.file->dimensions();
  queries.vector_space = queries.file->metadata("vector_space");
  for (std::size_t row = 0; row < queries.file->rows(); ++row)
    queries.labels.push_back(fmt::format("query {}", row));
  return queries;
}

Queries load_queries(const State& s, const std::optional<Encoder>& encoder) {
  if (io::has_vector_ending(s.query_file)) return open_queries(s);
  Queries queries;
  queries.labels = s.queries;
  if (!s.query_file.empty()) {
    encode::TextSource source;
    source.path = s.query_file;
    source.column = s.query_column;
    for (std::string& text : encode::read_all_texts(source, kMostTexts))
      queries.labels.push_back(std::move(text));
  }
  if (queries.labels.empty())
    fail(ErrorKind::bad_input, "nothing is asked: give --query TEXT or --queries FILE");
  EncodeOptions options = s.model.encode;
  if (!s.query_prompt.empty()) {
    options.prompt_name = s.query_prompt;
    options.prompt.reset();  // --prompt-text is the corpus's
  }
  Embeddings e = needed(encoder, "queries").encode(queries.labels, options);
  queries.dimensions = e.dimensions;
  queries.values = std::move(e.values);
  return queries;
}

// Vectors of two models are never compared, where it is known who made them.
void check_same_space(const State& s, const std::optional<Encoder>& encoder, const Corpus& corpus,
                      const Queries& queries) {
  const std::string of_corpus = corpus.file ? corpus.file->metadata("vector_space") : "";
  if (of_corpus.empty()) return;
  const bool by_encoder = !queries.file && encoder;
  const std::string of_queries =
      by_encoder ? encoder->vector_space(s.model.encode) : queries.vector_space;
  if (of_queries.empty() || of_queries == of_corpus) return;
  fail(ErrorKind::bad_input,
       "{} was made by another model, pooling, layers or dimension (vector space {}) than the "
       "queries ({}); give --model and its flags as they were for the vectors{}",
       s.corpus, of_corpus, of_queries,
       corpus.file->metadata("model").empty() ? ""
                                              : ": made with " + corpus.file->metadata("model"));
}

// A .npy file of bytes may be packed bits: said by --bits, or seen from the other side's dimension.
void settle_bits(const State& s, Corpus& corpus, Queries& queries) {
  const auto fits = [](const io::VectorReader& file, std::size_t dimensions) {
    return !file.says_type() && file.dimensions() != dimensions &&
           io::stored_columns(io::VectorType::ubinary, dimensions) == file.dimensions();
  };
  if (corpus.file) {
    if (fits(*corpus.file, queries.dimensions))
      corpus.file->take_as_bits(queries.dimensions);
    else if (s.bits && !corpus.file->says_type())
      corpus.file->take_as_bits();
  }
  if (queries.file) {
    const std::size_t dimensions = corpus.source().dimensions;
    if (fits(*queries.file, dimensions)) queries.file->take_as_bits(dimensions);
    queries.dimensions = queries.file->dimensions();
    queries.values.resize(queries.file->rows() * queries.dimensions);
    queries.file->read_rows(0, queries.file->rows(), queries.values.data());
  }
}

// Turns cosines into probabilities where a calibration was given.
class Probabilities {
 public:
  Probabilities(const State& s, const std::optional<Encoder>& encoder, const Corpus& corpus,
                const Queries& queries)
      : language_(s.language) {
    if (s.calibration.empty()) {
      if (s.min_probability)
        fail(ErrorKind::bad_input,
             "--min-probability needs --calibration FILE, which 'kindred calibrate' writes");
      return;
    }
    calibration_ = estimators::ScoreCalibration::load(s.calibration);
    if (s.min_probability) least_ = parse_share("--min-probability", *s.min_probability);
    if (!calibration_->has_probabilities())
      fail(ErrorKind::bad_input,
           "{} was made from random pairs and has no probabilities; make one from judged pairs",
           s.calibration);
    std::string space = queries.vector_space;
    if (space.empty() && corpus.file) space = corpus.file->metadata("vector_space");
    if (encoder) space = encoder->vector_space(s.model.encode);
    if (space.empty()) {
      note("kindred: warning: nothing says which model made the vectors");
      return;
    }
    calibration_->check_vector_space(space, s.calibration);
    if (!encoder || queries.file) return;
    tasks::PairEncoding encoding{s.model.encode, s.model.encode};
    if (!s.query_prompt.empty())
      encoding = tasks::PairEncoding::of(encoder->info(), s.model.encode, s.query_prompt);
    const std::string prompts = encoding.describe(encoder->info());
    if (!corpus.file && prompts != calibration_->prompts)
      note(
          fmt::format("kindred: warning: {} was made with the prompts {}, these are {} (see "
                      "--query-prompt and --prompt): its probabilities may be wrong",
                      s.calibration, calibration_->prompts, prompts));
  }

  std::optional<double> of(float cosine) const {
    if (!calibration_) return std::nullopt;
    return calibration_->probability(static_cast<double>(cosine), language_);
  }
  bool shows(float cosine) const { return !calibration_ || *of(cosine) >= least_; }

 private:
  std::optional<estimators::ScoreCalibration> calibration_;
  std::string language_;
  double least_ = 0.0;
};

void print_result(const State& s, const Queries& queries, const Corpus& corpus,
                  const Probabilities& probabilities,
                  const std::vector<std::vector<encode::Neighbour>>& found) {
  for (std::size_t q = 0; q < found.size(); ++q) {
    if (s.json) {
      nlohmann::ordered_json results = nlohmann::ordered_json::array();
      for (const encode::Neighbour& n : found[q]) {
        if (!probabilities.shows(n.cosine)) continue;
        nlohmann::ordered_json item = {{"row", n.row}, {"cosine", n.cosine}};
        if (const auto p = probabilities.of(n.cosine)) item["probability"] = *p;
        if (!corpus.texts.empty()) item["text"] = corpus.texts[n.row];
        results.push_back(std::move(item));
      }
      const nlohmann::ordered_json object = {{"query", queries.labels[q]}, {"results", results}};
      print_json(object);
      continue;
    }
    print("{}\n", queries.labels[q]);
    for (const encode::Neighbour& n : found[q]) {
      if (!probabilities.shows(n.cosine)) continue;
      const auto p = probabilities.of(n.cosine);
      print("  {:.4f}  {}{:>8}  {}\n", n.cosine, p ? fmt::format("{:>6.1f}%  ", 100.0 * *p) : "",
            n.row, corpus.texts.empty() ? "" : corpus.texts[n.row]);
    }
  }
}

void run(const State& s) {
  std::optional<Encoder> encoder;
  if (s.model.given()) encoder = s.model.open();
  Queries queries = load_queries(s, encoder);
  Corpus corpus = load_corpus(s, encoder);
  check_same_space(s, encoder, corpus, queries);
  const Probabilities probabilities(s, encoder, corpus, queries);
  settle_bits(s, corpus, queries);
  const encode::VectorSource source = corpus.source();
  if (source.dimensions != queries.dimensions)
    fail(ErrorKind::bad_input,
         "the queries have {} dimensions, the vectors of {} have {}; were they made by another "
         "model, or with other --dimensions?",
         queries.dimensions, s.corpus, source.dimensions);
  const int threads = threads_or_environment(s.model.options.threads);
  ThreadPool pool(threads > 0 ? threads : available_cores());
  print_result(s, queries, corpus, probabilities,
               encode::nearest(source, queries.values, s.k, pool));
}

}  // namespace

Command similar_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "similar";
  c.summary = "the nearest texts or vectors to queries, exactly";
  c.description =
      "Compares every query with every vector of CORPUS by cosine and prints the best K. CORPUS is "
      "a file of vectors made by 'kindred embed', or a file of texts that is embedded on the fly. "
      "Rows are counted from 0. Vectors that a .safetensors file says another model made are "
      "refused; the other formats do not say it. Packed bits count as 1 and -1.\n\n"
      "Queries are texts (--query, --queries), for which --model is needed, or vectors (--queries "
      "FILE.npy; .safetensors and .fvecs likewise).";
  c.arguments = {argument("CORPUS",
                          "vectors (.npy, .safetensors, .jsonl, .fvecs, .bvecs), or texts",
                          &s->corpus)
                     .must_be_given()
                     .completed_by(Completes::file)};
  auto& flags = c.group("Search").flags;
  flags.push_back(flag("-q,--query", "TEXT", "a query; may be repeated", &s->queries));
  flags.push_back(flag("--queries", "FILE",
                       "queries: a text a line, a table, or vectors (.npy, .safetensors, .fvecs)",
                       &s->query_file)
                      .completed_by(Completes::file));
  flags.push_back(flag("--query-column", "NAME",
                       "the column of a CSV, TSV or JSONL file of queries that holds the texts",
                       &s->query_column));
  flags.push_back(flag("--query-prompt", "NAME", "the model's prompt for queries, where it differs",
                       &s->query_prompt));
  flags.push_back(flag("-k,--top", "K", "how many neighbours", &s->k));
  flags.push_back(
      flag("--texts", "FILE", "the texts of the corpus's vectors, to be shown", &s->texts)
          .completed_by(Completes::file));
  flags.push_back(flag("--calibration", "FILE",
                       "show how probable it is that each is relevant, by what 'kindred calibrate' "
                       "wrote for this model",
                       &s->calibration)
                      .completed_by(Completes::file));
  flags.push_back(flag("--min-probability", "P",
                       "with --calibration: leave out what is less probable", &s->min_probability));
  flags.push_back(flag("--language", "CODE",
                       "with --calibration: the queries' language, for its own curve",
                       &s->language));
  flags.push_back(toggle("--bits", kBitsHelp, &s->bits));
  flags.push_back(toggle("--json", "a JSON object a query", &s->json));
  s->text.add(c);
  s->model.add_optional(c);
  s->model.add_vector_flags(c);
  s->model.add_model_flags(c);
  c.examples = {
      {"search a shop's titles in another language",
       "kindred similar products.npy --texts products.csv -c title --model multilingual-e5-small "
       "--query-prompt query -q 'zapatillas rojas'"},
      {"no vectors yet: embed on the fly",
       "kindred similar titles.txt --model MODEL -q 'red shoes' -k 3"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
