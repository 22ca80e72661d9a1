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
#include "cli/model_flags.h"
#include "encode/nearest.h"
#include "encode/text_chunks.h"
#include "io/file.h"
#include "io/vector_reader.h"

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
  std::string query_prompt;
  std::string texts;
  std::size_t k = 10;
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
  if (io::has_ending(path, ".npy") || io::has_ending(path, ".safetensors")) return true;
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
  std::vector<std::string> labels;
  std::vector<float> values;
  std::size_t dimensions = 0;
};

Queries load_queries(const State& s, const std::optional<Encoder>& encoder) {
  Queries queries;
  const bool vectors =
      io::has_ending(s.query_file, ".npy") || io::has_ending(s.query_file, ".safetensors");
  if (vectors) {
    const io::VectorReader reader = io::VectorReader::open(s.query_file);
    queries.dimensions = reader.dimensions();
    queries.values.resize(reader.rows() * reader.dimensions());
    reader.read_rows(0, reader.rows(), queries.values.data());
    for (std::size_t row = 0; row < reader.rows(); ++row)
      queries.labels.push_back(fmt::format("query {}", row));
    return queries;
  }
  queries.labels = s.queries;
  if (!s.query_file.empty()) {
    encode::TextSource source;
    source.path = s.query_file;
    for (std::string& text : encode::read_all_texts(source, kMostTexts))
      queries.labels.push_back(std::move(text));
  }
  if (queries.labels.empty())
    fail(ErrorKind::bad_input, "nothing is asked: give --query TEXT or --queries FILE");
  EncodeOptions options = s.model.encode;
  if (!s.query_prompt.empty()) options.prompt_name = s.query_prompt;
  Embeddings e = needed(encoder, "queries").encode(queries.labels, options);
  queries.dimensions = e.dimensions;
  queries.values = std::move(e.values);
  return queries;
}

void print_result(const State& s, const Queries& queries, const Corpus& corpus,
                  const std::vector<std::vector<encode::Neighbour>>& found) {
  for (std::size_t q = 0; q < found.size(); ++q) {
    if (s.json) {
      nlohmann::ordered_json results = nlohmann::ordered_json::array();
      for (const encode::Neighbour& n : found[q]) {
        nlohmann::ordered_json item = {{"row", n.row}, {"cosine", n.cosine}};
        if (!corpus.texts.empty()) item["text"] = corpus.texts[n.row];
        results.push_back(std::move(item));
      }
      const nlohmann::ordered_json object = {{"query", queries.labels[q]}, {"results", results}};
      print("{}\n", object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
      continue;
    }
    print("{}\n", queries.labels[q]);
    for (const encode::Neighbour& n : found[q])
      print("  {:.4f}  {:>8}  {}\n", n.cosine, n.row,
            corpus.texts.empty() ? "" : corpus.texts[n.row]);
  }
}

void run(const State& s) {
  std::optional<Encoder> encoder;
  if (s.model.given()) encoder = s.model.open();
  const Queries queries = load_queries(s, encoder);
  const Corpus corpus = load_corpus(s, encoder);
  const encode::VectorSource source = corpus.source();
  if (source.dimensions != queries.dimensions)
    fail(ErrorKind::bad_input,
         "the queries have {} dimensions, the vectors of {} have {}; were they made by another "
         "model, or with other --dimensions?",
         queries.dimensions, s.corpus, source.dimensions);
  const int threads = threads_or_environment(s.model.options.threads);
  ThreadPool pool(threads > 0 ? threads : available_cores());
  print_result(s, queries, corpus, encode::nearest(source, queries.values, s.k, pool));
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
      "Rows are counted from 0.\n\n"
      "Queries are texts (--query, --queries), for which --model is needed, or vectors (--queries "
      "FILE.npy).";
  c.arguments = {argument("CORPUS", "vectors (.npy, .safetensors, .jsonl), or texts", &s->corpus)
                     .must_be_given()
                     .completed_by(Completes::file)};
  auto& flags = c.group("Search").flags;
  flags.push_back(flag("-q,--query", "TEXT", "a query; may be repeated", &s->queries));
  flags.push_back(flag("--queries", "FILE",
                       "queries: a text a line, or vectors (.npy, .safetensors)", &s->query_file)
                      .completed_by(Completes::file));
  flags.push_back(flag("--query-prompt", "NAME", "the model's prompt for queries, where it differs",
                       &s->query_prompt));
  flags.push_back(flag("-k,--top", "K", "how many neighbours", &s->k));
  flags.push_back(
      flag("--texts", "FILE", "the texts of the corpus's vectors, to be shown", &s->texts)
          .completed_by(Completes::file));
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
