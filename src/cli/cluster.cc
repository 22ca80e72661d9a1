// kindred cluster: texts or vectors to clusters with names.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/cpu.h"
#include "base/error.h"
#include "base/progress.h"
#include "base/thread_pool.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_flags.h"
#include "encode/text_chunks.h"
#include "eval/clustering.h"
#include "io/atomic_file.h"
#include "io/file.h"
#include "io/vector_reader.h"
#include "tasks/cluster.h"
#include "tasks/cluster_report.h"

namespace kindred::cli {
namespace {

using nlohmann::ordered_json;

// Their vectors stay in memory, and neighbours are looked for among all of them.
constexpr std::size_t kMostTexts = 1'000'000;
constexpr std::size_t kMostPoints = 5'000;  // of a map that a browser draws
constexpr std::size_t kShownTerms = 6;

struct State {
  std::string input;
  ModelFlags model;
  TextFlags text;
  std::string texts;
  std::string method = "density";
  std::optional<std::size_t> k;
  tasks::ClusterOptions options;
  std::string distance = "cosine";
  bool leaves = false;
  std::string output;
  std::string map;
  std::string id_column;
  std::string label_column;
  std::size_t seed = 1;
  bool json = false;
};

struct Input {
  std::vector<std::string> texts;     ///< empty: vectors alone
  std::vector<std::string> ids;       ///< empty: rows are counted
  std::vector<std::int64_t> classes;  ///< of --labels, numbered; empty without
  std::size_t rows = 0;
  std::size_t dimensions = 0;
  std::vector<float> vectors;
};

bool holds_vectors(const State& s) {
  if (io::has_vector_ending(s.input)) return true;
  return io::has_ending(s.input, ".jsonl") && s.text.source.column.empty() && !s.model.given();
}

std::vector<std::string> read_column(encode::TextSource source, const std::string& path,
                                     const std::string& column) {
  source.path = path;
  source.column = column;
  return encode::read_all_texts(source, kMostTexts);
}

std::vector<std::int64_t> numbered(const std::vector<std::string>& labels) {
  std::unordered_map<std::string, std::int64_t> number;
  std::vector<std::int64_t> numbers;
  for (const std::string& label : labels)
    numbers.push_back(
        number.emplace(label, static_cast<std::int64_t>(number.size())).first->second);
  return numbers;
}

Input read_input(const State& s) {
  Input input;
  const bool vectors = holds_vectors(s);
  const std::string& texts = vectors ? s.texts : s.input;
  if (!vectors && !s.texts.empty())
    fail(ErrorKind::bad_input, "--texts is for a file of vectors; {} holds texts itself", s.input);
  if (!texts.empty()) input.texts = read_column(s.text.source, texts, s.text.source.column);
  if ((!s.id_column.empty() || !s.label_column.empty()) && (texts.empty() || texts == "-"))
    fail(ErrorKind::bad_input, "--id and --labels name columns of a file of texts: give one");
  if (!s.id_column.empty()) input.ids = read_column(s.text.source, texts, s.id_column);
  if (!s.label_column.empty())
    input.classes = numbered(read_column(s.text.source, texts, s.label_column));
  if (vectors) {
    const auto file = io::VectorReader::open(s.input);
    input.rows = file.rows();
    input.dimensions = file.dimensions();
    if (!s.texts.empty() && input.texts.size() != input.rows)
      fail(ErrorKind::bad_input, "{} has {} texts, {} has {} vectors", s.texts, input.texts.size(),
           s.input, input.rows);
    input.vectors.resize(input.rows * input.dimensions);
    file.read_rows(0, input.rows, input.vectors.data());
    return input;
  }
  if (!s.model.given())
    fail(ErrorKind::bad_input,
         "texts must be embedded to be clustered: name the model by --model MODEL, or give a file "
         "of vectors made by 'kindred embed'");
  const Encoder encoder = s.model.open();
  Progress progress(stderr, "embed", "texts", input.texts.size());
  constexpr std::size_t kBatch = 1024;
  for (std::size_t begin = 0; begin < input.texts.size(); begin += kBatch) {
    const auto batch =
        std::span(input.texts).subspan(begin, std::min(kBatch, input.texts.size() - begin));
    Embeddings e = encoder.encode(batch, s.model.encode);
    input.dimensions = e.dimensions;
    input.vectors.insert(input.vectors.end(), e.values.begin(), e.values.end());
    progress.add(batch.size());
  }
  input.rows = input.texts.size();
  return input;
}

// A field of a CSV file (RFC 4180).
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

void write_rows(const std::string& path, const Input& input, const tasks::Clustering& found) {
  const bool csv = io::has_ending(path, ".csv");
  const bool density = !found.probabilities.empty();
  io::AtomicFile file = io::AtomicFile::create(path);
  if (csv) file.write(density ? "id,cluster,probability,distance\n" : "id,cluster,distance\n");
  for (std::size_t row = 0; row < found.labels.size(); ++row) {
    const std::string id = input.ids.empty() ? fmt::format("{}", row) : input.ids[row];
    if (csv) {
      file.write(fmt::format("{},{},", csv_field(id), found.labels[row]));
      if (density) file.write(fmt::format("{:.6g},", found.probabilities[row]));
      file.write(fmt::format("{:.6g}\n", found.distances[row]));
      continue;
    }
    ordered_json line;
    input.ids.empty() ? line["id"] = row : line["id"] = id;
    line["cluster"] = found.labels[row];
    if (density) line["probability"] = found.probabilities[row];
    line["distance"] = found.distances[row];
    file.write(json_line(line));
  }
  file.commit();
}

std::string id_of(const Input& input, std::size_t row) {
  return input.ids.empty() ? fmt::format("{}", row) : input.ids[row];
}

// Of clusters and the classes that are known; each row of noise counts as a cluster of its own.
std::optional<eval::ClusterAgreement> agreement(const Input& input,
                                                const tasks::Clustering& found) {
  if (input.classes.empty()) return std::nullopt;
  std::vector<std::int64_t> clusters;
  auto alone = static_cast<std::int64_t>(found.clusters.size());
  for (const std::int32_t label : found.labels)
    clusters.push_back(label < 0 ? alone++ : static_cast<std::int64_t>(label));
  return eval::compare_clusters(input.classes, clusters);
}

void print_summary(const Input& input, const tasks::Clustering& found) {
  print("{} rows, {} clusters, {} of noise\n", with_thousands(input.rows), found.clusters.size(),
        with_thousands(found.noise));
  for (std::size_t c = 0; c < found.clusters.size(); ++c) {
    const tasks::ClusterSummary& cluster = found.clusters[c];
    std::string terms;
    for (std::size_t t = 0; t < std::min(kShownTerms, cluster.terms.size()); ++t)
      terms += (t == 0 ? "" : ", ") + cluster.terms[t].term;
    print("{:>4}  {:>6}  {}\n", c, cluster.size, terms);
    for (const std::size_t row : cluster.examples)
      print("              {}  {}\n", id_of(input, row),
            input.texts.empty() ? "" : input.texts[row].substr(0, 200));
  }
  if (const auto a = agreement(input, found))
    print(
        "against the labels: v-measure {:.3f} (homogeneity {:.3f}, completeness {:.3f}), adjusted "
        "Rand index {:.3f}\n",
        a->v_measure, a->homogeneity, a->completeness, a->adjusted_rand);
  if (found.clusters.empty())
    note(
        "no cluster: with a smaller --min-size or --min-samples less is noise; --method kmeans "
        "makes as many as it is told");
}

void print_json_summary(const Input& input, const tasks::Clustering& found) {
  ordered_json clusters = ordered_json::array();
  for (std::size_t c = 0; c < found.clusters.size(); ++c) {
    const tasks::ClusterSummary& cluster = found.clusters[c];
    ordered_json terms = ordered_json::array(), examples = ordered_json::array();
    for (const auto& t : cluster.terms) terms.push_back({{"term", t.term}, {"score", t.score}});
    for (const std::size_t row : cluster.examples) {
      ordered_json example = {{"id", id_of(input, row)}};
      if (!input.texts.empty()) example["text"] = input.texts[row];
      examples.push_back(std::move(example));
    }
    clusters.push_back({{"cluster", c},
                        {"size", cluster.size},
                        {"name", cluster.name},
                        {"terms", std::move(terms)},
                        {"examples", std::move(examples)}});
  }
  ordered_json summary = {
      {"rows", input.rows}, {"noise", found.noise}, {"clusters", std::move(clusters)}};
  if (const auto a = agreement(input, found))
    summary["labels"] = {{"v_measure", a->v_measure},
                         {"homogeneity", a->homogeneity},
                         {"completeness", a->completeness},
                         {"adjusted_rand", a->adjusted_rand}};
  print_json(summary);
}

void run(State& s) {
  s.options.method =
      s.method == "kmeans" ? tasks::ClusterMethod::kmeans : tasks::ClusterMethod::density;
  if (s.k && s.options.method == tasks::ClusterMethod::density)
    fail(ErrorKind::bad_input,
         "density finds how many clusters there are; -k is of --method kmeans");
  s.options.k = s.k.value_or(0);
  s.options.distance = estimators::parse_distance(s.distance);
  s.options.seed = s.seed;
  if (s.leaves) s.options.density.selection = estimators::Selection::leaf;
  if (s.options.method == tasks::ClusterMethod::kmeans && !s.k)
    fail(ErrorKind::bad_input, "k-means must be told how many clusters to make: -k K");
  if (!s.output.empty() && !io::has_ending(s.output, ".csv") && !io::has_ending(s.output, ".jsonl"))
    fail(ErrorKind::bad_input, "{}: rows are written as .jsonl or .csv, by the ending", s.output);
  const Input input = read_input(s);
  const int threads = threads_or_environment(s.model.options.threads);
  ThreadPool pool(threads > 0 ? threads : available_cores());
  Progress progress(stderr, "cluster", "thousandths", 1000);
  const tasks::Clustering found =
      tasks::cluster(input.vectors.data(), input.rows, input.dimensions, input.texts, s.options,
                     pool, [&](std::size_t done, std::size_t total) {
                       const std::size_t now = 1000 * done / std::max<std::size_t>(total, 1);
                       if (now > progress.done()) progress.add(now - progress.done());
                     });
  progress.finish();
  if (!s.output.empty()) write_rows(s.output, input, found);
  if (!s.map.empty()) {
    io::AtomicFile file = io::AtomicFile::create(s.map);
    file.write(eval::to_html(tasks::cluster_report(
        s.input, found,
        tasks::cluster_map(input.vectors.data(), input.rows, input.dimensions, input.texts, found,
                           s.options, kMostPoints, pool))));
    file.commit();
  }
  s.json ? print_json_summary(input, found) : print_summary(input, found);
}

void add_cluster_flags(Command& c, State& s) {
  auto& flags = c.group("Clusters").flags;
  flags.push_back(
      flag("--method", "METHOD", "how clusters are made", &s.method).one_of({"density", "kmeans"}));
  flags.push_back(flag("-k,--clusters", "K", "of kmeans: how many", &s.k));
  flags.push_back(flag("--min-size", "N", "of density: the fewest rows that make a cluster",
                       &s.options.density.min_size));
  flags.push_back(flag("--min-samples", "N",
                       "of density: rows, itself among them, that make a row's surroundings dense; "
                       "fewer: less noise",
                       &s.options.density.min_samples)
                      .shown_default("as --min-size"));
  flags.push_back(
      toggle("--leaves", "of density: more and smaller clusters, the hierarchy's ends", &s.leaves));
  flags.push_back(flag("--reduce", "D",
                       "of density: look in D dimensions of a UMAP of the vectors; 0: in their own",
                       &s.options.reduce));
  flags.push_back(flag("--restarts", "N", "of kmeans: the best of N", &s.options.restarts));
  flags.push_back(flag("--distance", "DISTANCE", "between vectors", &s.distance)
                      .one_of({"cosine", "euclidean"}));
  flags.push_back(flag("--seed", "N", "another seed, other starts", &s.seed));
}

void add_output_flags(Command& c, State& s) {
  auto& flags = c.group("Output").flags;
  flags.push_back(flag("-o,--output", "FILE", "the cluster of each row: .jsonl or .csv", &s.output)
                      .completed_by(Completes::file)
                      .written());
  flags.push_back(
      flag("--map", "FILE", "a page (.html) with the vectors in two dimensions, by cluster", &s.map)
          .completed_by(Completes::file)
          .written());
  flags.push_back(flag("--id", "NAME", "the column that says what a row is called", &s.id_column)
                      .shown_default("rows from 0"));
  flags.push_back(
      flag("--texts", "FILE", "the texts of a file of vectors: for names and examples", &s.texts)
          .completed_by(Completes::file));
  flags.push_back(flag("--labels", "NAME",
                       "a column of known classes, to say how well the clusters agree with them",
                       &s.label_column));
  flags.push_back(toggle("--json", "print a JSON object", &s.json));
}

}  // namespace

Command cluster_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "cluster";
  c.summary = "texts or vectors to clusters with names";
  c.description =
      "Puts rows that are near one another into clusters, prints the clusters with their sizes, "
      "the terms that set them apart and the texts nearest to their centres, and writes which row "
      "is in which. INPUT is a file of texts, embedded by --model, or of vectors made by 'kindred "
      "embed' (with --texts for names).\n\n"
      "density (HDBSCAN*) finds how many clusters there are and leaves out as noise, cluster -1, "
      "what lies between them. In the hundreds of dimensions of a model's vectors everything lies "
      "far from everything: the vectors are first brought to --reduce dimensions by UMAP. kmeans "
      "puts every row into one of K.\n\n"
      "Clusters are numbered by their sizes, the largest being 0. Same input, same clusters: "
      "threads do not matter, the seed does. Every row is compared with every other, so that time "
      "grows with the square of the rows: some seconds for ten thousand, some minutes for a "
      "hundred "
      "thousand.";
  c.arguments = {
      argument("INPUT", "texts, or vectors (.npy, .safetensors, .jsonl, .fvecs, .bvecs)", &s->input)
          .must_be_given()
          .completed_by(Completes::file)};
  add_cluster_flags(c, *s);
  add_output_flags(c, *s);
  s->text.add(c);
  s->model.add_optional(c);
  s->model.add_vector_flags(c);
  s->model.add_model_flags(c);
  c.examples = {{"what customers write about",
                 "kindred cluster tickets.csv -c text --id number --model multilingual-e5-small -o "
                 "clusters.csv"},
                {"vectors that are there already, and a page to look at",
                 "kindred cluster titles.npy --texts titles.txt --map titles.html"},
                {"twenty clusters, every row in one",
                 "kindred cluster titles.npy --method kmeans -k 20 -o clusters.jsonl"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
