// kindred eval: how good models, shops and runs are at retrieval.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/cpu.h"
#include "base/error.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/model_flags.h"
#include "cli/report_flags.h"
#include "cli/shop_flags.h"
#include "cli/window_flags.h"
#include "eval/dataset.h"
#include "eval/labelled_queries.h"
#include "eval/significance.h"

#include "tasks/retrieval.h"
#include "tasks/retrieval_report.h"
#include "tasks/shop_retrieval.h"
#include "tasks/vector_map.h"

namespace kindred::cli {
namespace {

struct State {
  std::vector<std::string> targets;
  std::string data, split, subset, qrels, candidates, save_runs, cache;
  std::vector<std::string> run_files;
  std::vector<std::string> metrics;
  std::string primary = "ndcg@10";
  std::optional<std::string> query_prompt, passage_prompt;
  std::string ram;
  WindowFlags windows;
  ModelFlags model;
  tasks::RetrievalReportOptions report_options;
  std::size_t depth = 100;
  std::size_t map_points = 2000;
  bool pairs = false;
  bool words = true;
  ReportFlags report;
};

/// What the targets found, and how each can be asked again for one language.
struct Evaluation {
  eval::Dataset dataset;
  std::vector<eval::Run> runs;
  std::vector<tasks::PartialSystem> partial;
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<eval::Table> tables;
  std::vector<std::pair<std::string, std::shared_ptr<const tasks::TextVectors>>> encoders;

  // What `partial` looks at.
  std::vector<std::shared_ptr<const tasks::VectorRetrieval>> vectors;
  std::shared_ptr<const tasks::LexicalRetrieval> lexical;
  std::shared_ptr<ThreadPool> pool;
};

std::string name_of_target(const std::string& path) {
  const std::filesystem::path normal = std::filesystem::path(path).lexically_normal();
  return (normal.has_filename() ? normal : normal.parent_path()).filename().string();
}

/// Judgements by the queries' texts, as a shop's are.
bool names_query_texts(const std::string& path) {
  const io::TableFormat format = io::table_format_of(path);
  if (format != io::TableFormat::csv && format != io::TableFormat::tsv) return false;
  const std::vector<std::string> columns = io::TableReader::open(path).columns();
  const auto has = [&](const char* name) {
    return std::find(columns.begin(), columns.end(), name) != columns.end();
  };
  return has("query") && has("id");
}

eval::Dataset read_data(const State& s) {
  if (!s.data.empty()) {
    eval::Dataset dataset = eval::read_dataset(s.data, s.split, s.subset);
    if (!s.qrels.empty()) dataset.judgements = eval::read_judgements(s.qrels);
    return dataset;
  }
  if (s.qrels.empty())
    fail(ErrorKind::bad_input,
         "nothing to judge by: --data names a directory with corpus, queries and qrels, --qrels a "
         "file of judgements");
  if (names_query_texts(s.qrels)) return eval::read_labelled_queries(s.qrels);
  eval::Dataset dataset;
  dataset.name = s.qrels;
  dataset.judgements = eval::read_judgements(s.qrels);
  for (const auto& [query, grades] : dataset.judgements)
    dataset.queries.push_back({query, "", "", {}});
  return dataset;
}

std::shared_ptr<const tasks::TextVectors> open_model(const State& s, const std::string& path,
                                                     Progress& progress) {
  ModelFlags flags = s.model;
  flags.model = path;
  tasks::TextVectorsOptions options;
  options.encode = flags.encode;
  options.query_prompt = s.query_prompt;
  options.passage_prompt = s.passage_prompt;
  options.cache = s.cache;
  options.windows = s.windows.options();
  options.on_progress = [&progress](std::uint64_t texts) { progress.add(texts); };
  options.stop = interrupted;
  return std::make_shared<const tasks::TextVectors>(std::make_shared<const Encoder>(flags.open()),
                                                    std::move(options));
}

void describe_model(const tasks::TextVectors& vectors, const std::string& name, Evaluation& e) {
  e.facts.emplace_back(name, vectors.fingerprint());
  const auto quoted = [](const std::string& text) {
    return text.empty() ? "none" : '"' + text + '"';
  };
  e.facts.emplace_back(
      name + ", prompts",
      fmt::format("query {}, passage {}", quoted(vectors.prompt(encode::TextRole::query)),
                  quoted(vectors.prompt(encode::TextRole::passage))));
}

void need_texts(const Evaluation& e, const std::string& target) {
  if (e.dataset.corpus.empty())
    fail(ErrorKind::bad_input,
         "{}: a model needs documents to rank: give --data DIR; judgements alone are enough for a "
         "shop and for --run",
         target);
}

tasks::Rankings rank(const Evaluation& e, std::size_t place, const std::string& language,
                     std::size_t depth) {
  return e.vectors[place]->rank({depth, language}, *e.pool);
}

void add_system(const State& s, Evaluation& e, const std::string& name,
                const std::function<tasks::Rankings(const std::string& language)>& ask) {
  e.runs.push_back(tasks::to_run(ask(""), e.dataset, name));
  if (s.pairs)
    e.partial.push_back({name, [&e, ask, name](const std::string& language) {
                           return tasks::to_run(ask(language), e.dataset, name);
                         }});
}

// Vectors, and both fused where words are asked for.
void add_model(const State& s, Evaluation& e, const std::string& path) {
  need_texts(e, path);
  const std::string prefix = s.targets.size() > 1 ? name_of_target(path) + ' ' : "";
  Progress progress(stderr, "encode " + name_of_target(path), "texts",
                    e.dataset.corpus.size() + e.dataset.queries.size());
  const auto encoder = open_model(s, path, progress);
  e.vectors.push_back(std::make_shared<const tasks::VectorRetrieval>(e.dataset, *encoder));
  progress.finish();
  describe_model(*encoder, name_of_target(path), e);
  e.encoders.emplace_back(name_of_target(path), encoder);
  const std::size_t place = e.vectors.size() - 1;
  if (!s.candidates.empty()) {
    e.runs.push_back(
        tasks::to_run(e.vectors[place]->rerank(eval::read_trec_run(s.candidates), s.depth),
                      e.dataset, prefix + "reranked"));
    return;
  }
  add_system(s, e, prefix + "vectors", [&e, &s, place](const std::string& language) {
    return rank(e, place, language, s.depth);
  });
  if (!s.words) return;
  add_system(s, e, prefix + "hybrid", [&e, &s, place](const std::string& language) {
    return tasks::fuse(rank(e, place, language, s.depth), e.lexical->rank({s.depth, language}), {},
                       s.depth);
  });
}

eval::Table latency_table() {
  eval::Table table;
  table.key = "latency";
  table.title = "Milliseconds a search, without the encoding of its query";
  table.columns = {"p50", "p95", "p99"};
  return table;
}

void add_shop(const State& s, Evaluation& e, const std::string& path) {
  ShopFlags flags;
  flags.directory = path;
  flags.ram = s.ram;
  flags.threads = s.model.options.threads;
  const shop::Shop shop = shop::Shop::open(path, shop::Access::read);
  const shop::Version version = flags.open_version(shop);
  const bool has_vectors = version.settings().has_vectors();
  std::optional<shop::ShopEncoder> encoder;
  if (has_vectors) encoder = shop::ShopEncoder::open(version.settings(), flags.encoder_use());
  const std::string prefix = s.targets.size() > 1 ? name_of_target(path) + ' ' : "";
  std::vector<std::pair<std::string, search::SearchMode>> modes;
  if (has_vectors)
    modes = {{"hybrid", search::SearchMode::hybrid}, {"vectors", search::SearchMode::vector}};
  modes.emplace_back("words", search::SearchMode::words);
  Progress progress(stderr, "search " + name_of_target(path), "queries",
                    modes.size() * e.dataset.queries.size());
  tasks::ShopRetrievalOptions options;
  options.depth = s.depth;
  options.on_progress = [&progress](std::size_t queries) { progress.add(queries); };
  options.stop = interrupted;
  eval::Table latency = latency_table();
  latency.key = s.targets.size() > 1 ? "latency." + name_of_target(path) : "latency";
  for (const auto& [name, mode] : modes) {
    tasks::ShopRun found = tasks::search_all(version, encoder ? &*encoder : nullptr, mode,
                                             prefix + name, e.dataset, options);
    e.runs.push_back(std::move(found.run));
    eval::Table::Row row{prefix + name, {}, found.milliseconds.size()};
    std::sort(found.milliseconds.begin(), found.milliseconds.end());
    for (const double share : {0.5, 0.95, 0.99})
      row.cells.push_back({eval::percentile(found.milliseconds, share)});
    latency.rows.push_back(std::move(row));
  }
  e.tables.push_back(std::move(latency));
  e.facts.emplace_back(
      name_of_target(path),
      fmt::format("version {}, {} products, {}", version.settings().number,
                  with_thousands(version.items()), version.settings().model_name()));
  if (const std::uint64_t unknown = tasks::count_unknown(version, e.dataset); unknown > 0)
    e.facts.emplace_back(name_of_target(path) + ", judged products not in it",
                         with_thousands(unknown));
}

eval::Table encoding_of(const Evaluation& e) {
  std::vector<std::pair<std::string, const tasks::TextVectors*>> encoders;
  for (const auto& [name, encoder] : e.encoders) encoders.emplace_back(name, encoder.get());
  return tasks::encoding_table(encoders);
}

void save_runs(const std::string& directory, const std::vector<eval::Run>& runs) {
  std::filesystem::create_directories(directory);
  for (const eval::Run& run : runs) {
    std::string name = run.name;
    std::replace(name.begin(), name.end(), ' ', '-');
    std::replace(name.begin(), name.end(), '/', '-');
    eval::write_trec_run((std::filesystem::path(directory) / (name + ".run")).string(), run);
  }
}

void check(const State& s) {
  s.report.check();
  if (s.targets.empty() && s.run_files.empty())
    fail(ErrorKind::bad_input,
         "nothing to evaluate: give a model, a shop, or --run FILE with what a system found");
  if (s.depth == 0) fail(ErrorKind::bad_input, "--depth: at least 1 document is ranked");
}

void run_eval(State& s) {
  check(s);
  if (!s.metrics.empty()) {
    s.report_options.metrics.clear();
    for (const std::string& text : s.metrics)
      s.report_options.metrics.push_back(eval::Metric::parse(text));
  }
  s.report_options.primary = eval::Metric::parse(s.primary);
  catch_interrupts();
  Evaluation e;
  e.dataset = read_data(s);
  const int threads = threads_or_environment(s.model.options.threads);
  e.pool = std::make_shared<ThreadPool>(threads > 0 ? threads : available_cores());
  const bool has_model = std::any_of(s.targets.begin(), s.targets.end(),
                                     [](const auto& path) { return !shop::Shop::exists(path); });
  if (has_model && s.words && !e.dataset.corpus.empty())
    e.lexical = std::make_shared<const tasks::LexicalRetrieval>(e.dataset);
  try {
    for (const std::string& target : s.targets)
      shop::Shop::exists(target) ? add_shop(s, e, target) : add_model(s, e, target);
  } catch (const tasks::Stopped&) {
    if (!s.cache.empty()) note("stopped; the same command goes on from " + s.cache);
    throw Interrupted{};
  }
  if (e.lexical && s.candidates.empty())
    add_system(s, e, "words", [&e, &s](const std::string& language) {
      return e.lexical->rank({s.depth, language});
    });
  for (const std::string& file : s.run_files) e.runs.push_back(eval::read_trec_run(file));
  if (!s.save_runs.empty()) save_runs(s.save_runs, e.runs);

  eval::Report report = tasks::retrieval_report(e.dataset, e.runs, s.report_options);
  report.facts.insert(report.facts.begin(), e.facts.begin(), e.facts.end());
  report.facts.emplace_back("queries", with_thousands(e.dataset.judgements.size()));
  if (!e.dataset.corpus.empty())
    report.facts.emplace_back("documents", with_thousands(e.dataset.corpus.size()));
  if (s.pairs)
    for (eval::Table& table : tasks::language_matrices(e.dataset, e.partial, s.report_options))
      report.tables.push_back(std::move(table));
  for (eval::Table& table : e.tables) report.tables.push_back(std::move(table));
  if (!e.encoders.empty()) report.tables.push_back(encoding_of(e));
  if (!e.vectors.empty() && s.map_points > 0 && s.report.has_html())
    report.map = tasks::vector_map(e.dataset, *e.vectors.front(), e.encoders.front().first,
                                   {s.map_points}, *e.pool);
  s.report.deliver(report);
}

void add_data_flags(Command& c, State& s) {
  auto& data = c.group("Data").flags;
  data.push_back(flag("--data", "DIR",
                      "documents, queries and judgements: a directory as BEIR's (corpus.jsonl, "
                      "queries.jsonl, qrels/test.tsv) or as MTEB's",
                      &s.data)
                     .completed_by(Completes::directory));
  data.push_back(flag("--split", "NAME", "of the judgements: test, dev, train", &s.split)
                     .shown_default("test, or what there is"));
  data.push_back(flag("--subset", "NAME",
                      "of a directory with several tasks: what stands beside corpus and queries in "
                      "the names, fr of fr-corpus",
                      &s.subset));
  data.push_back(flag("--qrels", "FILE",
                      "judgements: TREC's or BEIR's qrels; or a CSV or TSV file with the columns "
                      "query, id and, where known, grade, language and more to slice by",
                      &s.qrels)
                     .completed_by(Completes::file));
  data.push_back(flag("--run", "FILE",
                      "what another system found, as TREC's runs; may be given several times",
                      &s.run_files)
                     .completed_by(Completes::file));
  data.push_back(flag("--candidates", "FILE",
                      "a TREC run: models rank its documents alone (reranking)", &s.candidates)
                     .completed_by(Completes::file));
}

void add_measure_flags(Command& c, State& s) {
  auto& flags = c.group("Measures").flags;
  flags.push_back(flag("--metric", "NAME",
                       "ndcg, recall, precision, map, mrr, hit_rate or judged, of the first k "
                       "(ndcg@10) or of all; may be given several times",
                       &s.metrics)
                      .shown_default("recall@1, recall@10, ndcg@10, mrr@10, map@100, judged@10"));
  flags.push_back(
      flag("--primary", "NAME", "the metric of slices, matrices and comparisons", &s.primary));
  flags.push_back(flag("--slice", "COLUMN",
                       "results by this column of the queries too; category:2 is by the first two "
                       "levels of \"A > B > C\"; may be given several times",
                       &s.report_options.slices)
                      .shown_default("language, popularity, length, attributes"));
  flags.push_back(
      toggle("--pairs", "the matrix of query languages by document languages", &s.pairs));
  flags.push_back(flag("--depth", "N", "documents ranked a query", &s.depth));
  flags.push_back(flag("--worst", "N", "queries shown that the first system does worst",
                       &s.report_options.worst));
  flags.push_back(toggle("--answered-only",
                         "leave out queries that a system did not answer, as trec_eval does, "
                         "instead of counting 0",
                         &s.report_options.measure.only_answered));
  flags.push_back(toggle("--ignore-same-id",
                         "a document whose id is the query's does not count as found",
                         &s.report_options.measure.ignore_identical_ids));
  flags.push_back(toggle("--no-words", "without the rows of words and hybrid", &s.words, false));
}

}  // namespace

Command eval_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "eval";
  c.summary = "how good models, shops and other systems are at retrieval";
  c.description =
      "Ranks documents for queries and measures the rankings against judgements: tables with 95 % "
      "bootstrap intervals, by slices of the queries, each system compared with the first by a "
      "paired randomisation test, and the worst queries.\n\n"
      "A TARGET that is a model ranks the documents of --data by its vectors, exactly; beside it "
      "stand words (BM25) and both fused, because a model that does not beat them is of no use. A "
      "TARGET that is a shop is asked as its customers ask it. --run adds what any other system "
      "found. The measures are those of trec_eval.";
  c.arguments.push_back(
      argument("TARGET", "a model (directory, GGUF file, word vectors) or a shop", &s->targets)
          .completed_by(Completes::model));
  add_data_flags(c, *s);
  add_measure_flags(c, *s);
  s->report.add(c);
  c.group("Report").flags.push_back(
      flag("--save-runs", "DIR", "write what each system found as TREC's runs", &s->save_runs)
          .completed_by(Completes::directory)
          .written());
  c.group("Report").flags.push_back(flag(
      "--map", "N", "points of the map of vectors in an HTML report; 0 is no map", &s->map_points));
  auto& vectors = c.group("Vectors").flags;
  vectors.push_back(
      flag("--query-prompt", "NAME", "the model's prompt before queries", &s->query_prompt)
          .shown_default("query, or the model's default one"));
  vectors.push_back(
      flag("--passage-prompt", "NAME", "the model's prompt before documents", &s->passage_prompt)
          .shown_default("passage, document or corpus, or the model's default one"));
  vectors.push_back(flag("--dimensions", "N",
                         "keep the first N dimensions (Matryoshka) and renormalise",
                         &s->model.encode.dimensions)
                        .shown_default("all"));
  vectors.push_back(flag("--cache", "DIR",
                         "keep vectors here: another evaluation finds them, and one that was "
                         "stopped goes on",
                         &s->cache)
                        .completed_by(Completes::directory)
                        .written());
  s->windows.add(c, "; a document then counts as its nearest window");
  s->model.add_model_flags(c);
  c.examples = {{"two models and words on a public test set",
                 "kindred eval models/multilingual-e5-small models/all-MiniLM-L6-v2 --data scifact "
                 "--report scifact.html"},
                {"a shop, as its customers get it",
                 "kindred eval shop --qrels judgements.csv --slice category:1"},
                {"what another system found, in CI",
                 "kindred eval --run bm25.run --qrels qrels.txt --fail-if \"ndcg@10 < 0.4\" "
                 "--junit eval.xml"}};
  c.run = [s] { run_eval(*s); };
  return c;
}

}  // namespace kindred::cli
