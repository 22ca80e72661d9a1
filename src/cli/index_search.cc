// kindred index search and recall: what is found, and how much of what should be.
#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/random.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/index_flags.h"
#include "cli/json_output.h"
#include "eval/retrieval.h"
#include "eval/significance.h"
#include "io/npy.h"

namespace kindred::cli {
namespace {

constexpr std::size_t kBatch = 1024;  // queries searched at once

struct SearchState {
  IndexFlags index;
  std::string queries;
  std::string fingerprint;
  std::size_t k = 10;
  std::string recall;
  std::string filter;
  std::string output;
  std::string distances;
  bool json = false;
};

double asked_recall(const std::string& text, const index::Collection& collection) {
  return text.empty() ? collection.recall() : parse_recall(text);
}

index::RowFilter asked_filter(const std::string& text, const index::CollectionView& view) {
  return text.empty() ? index::RowFilter() : index::rows_matching(text, view);
}

std::vector<float> read_queries(const std::string& path, const std::string& fingerprint,
                                const index::Collection& collection) {
  const FileVectors queries(path, /*bits=*/false, collection.dimension());
  collection.check_fingerprint(maker_to_check(fingerprint, queries, collection.fingerprint()));
  if (queries.dimension() != collection.dimension()) {
    fail(ErrorKind::bad_input,
         "{} has vectors of {} dimensions, {} of {}; were they made by another model?", path,
         queries.dimension(), collection.directory(), collection.dimension());
  }
  std::vector<float> values(queries.rows() * queries.dimension());
  queries.read(0, queries.rows(), values.data());
  return values;
}

void print_hits(const SearchState& s, const index::CollectionView& view,
                const index::SearchResult& result, std::size_t query, std::size_t number) {
  nlohmann::ordered_json hits = nlohmann::ordered_json::array();
  if (!s.json) print("query {}\n", number);
  for (const index::Found& f : result.of(query)) {
    const std::string_view id = view.part(f.part).rows().id(f.row);
    if (!s.json) {
      print("  {:.4f}  {:>8}  {}\n", f.score, f.key, id);
      continue;
    }
    nlohmann::ordered_json hit = {{"key", f.key}, {"score", f.score}};
    if (!id.empty()) hit["id"] = id;
    hits.push_back(std::move(hit));
  }
  if (s.json) {
    const nlohmann::ordered_json line = {{"query", number}, {"results", hits}};
    print_json(line);
  }
}

void run_search(const SearchState& s) {
  if (s.k == 0) fail(ErrorKind::bad_input, "-k: 0 results are asked for; ask for 1 or more");
  const auto collection = s.index.open(/*read_only=*/true);
  const std::vector<float> queries = read_queries(s.queries, s.fingerprint, *collection);
  const std::size_t dimension = collection->dimension();
  const std::size_t count = queries.size() / dimension;
  const auto view = collection->view();
  const index::RowFilter filter = asked_filter(s.filter, *view);
  const bool to_files = !s.output.empty() || !s.distances.empty();
  const std::size_t columns = s.k;
  if (to_files && columns > (std::size_t{1} << 40) / std::max<std::size_t>(count, 1)) {
    fail(ErrorKind::bad_input, "-k {} for {} queries is more than a file should hold", s.k, count);
  }
  std::vector<std::int64_t> keys(to_files ? count * columns : 0, -1);
  std::vector<float> distances(to_files ? count * columns : 0,
                               std::numeric_limits<float>::quiet_NaN());
  const bool euclidean = collection->metric() == index::Metric::euclidean;
  for (std::size_t begin = 0; begin < count; begin += kBatch) {
    index::SearchRequest request;
    request.queries = queries.data() + begin * dimension;
    request.count = std::min(kBatch, count - begin);
    request.k = s.k;
    request.effort.recall = asked_recall(s.recall, *collection);
    request.filter = filter;
    const index::SearchResult result = collection->search(request);
    for (std::size_t q = 0; q < request.count; ++q) {
      if (!to_files) print_hits(s, *view, result, q, begin + q);
      std::size_t at = (begin + q) * columns;
      for (const index::Found& f : result.of(q)) {
        if (!to_files) break;
        keys[at] = static_cast<std::int64_t>(f.key);
        distances[at++] = euclidean ? -f.score : f.score;
      }
    }
  }
  const std::vector<std::size_t> shape{count, columns};
  if (!s.output.empty())
    io::write_npy(s.output, io::DType::i64, shape, std::as_bytes(std::span(keys)));
  if (!s.distances.empty()) {
    io::write_npy(s.distances, io::DType::f32, shape, std::as_bytes(std::span(distances)));
  }
}

struct RecallState {
  IndexFlags index;
  std::string queries;
  std::size_t sample = 200;
  std::size_t k = 10;
  std::string recall;
  std::string filter;
  std::size_t seed = 1;
  bool json = false;
};

// Vectors of the index itself as queries; each one's own row is left out of what it should find.
struct Sample {
  std::vector<float> queries;
  std::vector<std::uint64_t> own;  // keys; empty: queries from a file
};

Sample take_sample(const index::CollectionView& view, std::size_t count, std::uint64_t seed) {
  Sample sample;
  Random random(seed);
  std::set<std::pair<std::size_t, std::uint32_t>> taken;
  count = std::min<std::size_t>(count, view.live_rows());
  while (taken.size() < count) {
    std::uint64_t at = 0;
    for (const auto& part : view.parts()) at += part->size();
    at = random.below(at);
    std::size_t p = 0;
    while (at >= view.part(p).size()) at -= view.part(p++).size();
    const auto row = static_cast<std::uint32_t>(at);
    if (!view.part(p).is_live(row) || !taken.emplace(p, row).second) continue;
    sample.queries.resize(sample.queries.size() + view.dimension());
    view.part(p).read_vectors(std::span(&row, 1), view.dimension(),
                              sample.queries.data() + sample.queries.size() - view.dimension());
    sample.own.push_back(view.part(p).rows().key(row));
  }
  return sample;
}

std::vector<std::uint64_t> keys_of(const index::SearchResult& result, std::size_t query,
                                   std::size_t k, const Sample& sample) {
  std::vector<std::uint64_t> keys;
  for (const index::Found& f : result.of(query)) {
    if (!sample.own.empty() && f.key == sample.own[query]) continue;
    if (keys.size() < k) keys.push_back(f.key);
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

void run_recall(const RecallState& s) {
  if (s.k == 0) fail(ErrorKind::bad_input, "-k: 0 results are asked for; ask for 1 or more");
  const auto collection = s.index.open(/*read_only=*/true);
  const auto view = collection->view();
  Sample sample;
  if (s.queries.empty()) {
    sample = take_sample(*view, s.sample, s.seed);
  } else {
    sample.queries = read_queries(s.queries, "", *collection);
  }
  index::SearchRequest request;
  request.queries = sample.queries.data();
  request.count = sample.queries.size() / collection->dimension();
  if (request.count == 0)
    fail(ErrorKind::bad_input, "{} has nothing to search for", s.index.directory);
  request.k = s.k + (sample.own.empty() ? 0 : 1);
  request.effort.recall = asked_recall(s.recall, *collection);
  request.filter = asked_filter(s.filter, *view);
  const auto begin = std::chrono::steady_clock::now();
  const index::SearchResult found = collection->search(request);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  request.effort.recall = 1.0;
  const index::SearchResult exact = collection->search(request);
  std::vector<double> recalls;
  for (std::size_t q = 0; q < request.count; ++q) {
    const auto want = keys_of(exact, q, s.k, sample), have = keys_of(found, q, s.k, sample);
    recalls.push_back(eval::recall_of_exact(have, want));
  }
  std::sort(recalls.begin(), recalls.end());
  double sum = 0.0;
  for (const double r : recalls) sum += r;
  const double mean = sum / static_cast<double>(recalls.size());
  const double worst = recalls.front(), tenth = eval::percentile(recalls, 0.1);
  const double rate = static_cast<double>(request.count) / seconds.count();
  const double asked = asked_recall(s.recall, *collection);
  if (s.json) {
    print_json(nlohmann::ordered_json({{"queries", request.count},
                                       {"k", s.k},
                                       {"asked", asked},
                                       {"recall", mean},
                                       {"recall_p10", tenth},
                                       {"recall_min", worst},
                                       {"queries_per_second", rate}}));
    return;
  }
  print(
      "recall@{} {:.4f} of {} queries ({} asked); a tenth of them below {:.2f}, the worst {:.2f}\n"
      "{:.0f} queries/s in one batch\n",
      s.k, mean, request.count, asked, tenth, worst, rate);
}

}  // namespace

Command index_search_command() {
  auto s = std::make_shared<SearchState>();
  Command c;
  c.name = "index search";
  c.summary = "the nearest vectors of an index";
  c.description =
      "Finds the K nearest rows of each query. The keys go to a NumPy file of int64, a row a "
      "query, "
      "best first; places behind the last row of the index are -1. Without a file, keys and scores "
      "are printed.";
  s->index.add_argument(c);
  auto& flags = c.group("Search").flags;
  flags.push_back(
      flag("--queries", "FILE", "vectors: .npy, .safetensors, .jsonl or .fvecs", &s->queries)
          .must_be_given()
          .completed_by(Completes::file));
  flags.push_back(flag("-k,--top", "K", "how many rows a query", &s->k));
  flags.push_back(flag("--recall", "R",
                       "share of the true neighbours to find, on average; 1 is exact", &s->recall)
                      .shown_default("the index's own"));
  flags.push_back(flag("--filter", "EXPR",
                       "only rows whose fields match, such as 'lang = zh AND price < 50'",
                       &s->filter));
  flags.push_back(flag("--fingerprint", "TEXT",
                       "the encoder that made the queries; refused if the index has another",
                       &s->fingerprint));
  auto& output = c.group("Output").flags;
  output.push_back(flag("-o,--output", "FILE", "the keys: .npy of int64, queries × K", &s->output)
                       .completed_by(Completes::file)
                       .written());
  output.push_back(
      flag("--distances", "FILE",
           "the cosines or inner products, for l2 the squared distances: .npy of float32",
           &s->distances)
          .completed_by(Completes::file)
          .written());
  output.push_back(toggle("--json", "without a file: a JSON object a query", &s->json)
                       .not_with({"output", "distances"}));
  s->index.add_resources(c);
  c.examples = {
      {"keys and distances as NumPy reads them",
       "kindred index search products.index --queries q.npy -k 10 -o keys.npy --distances d.npy"},
      {"only what costs less than 50",
       "kindred index search products.index --queries q.npy --filter 'price < 50' --json"},
      {"exact, to look at", "kindred index search products.index --queries q.npy -k 3 --recall 1"}};
  c.run = [s] { run_search(*s); };
  return c;
}

Command index_recall_command() {
  auto s = std::make_shared<RecallState>();
  Command c;
  c.name = "index recall";
  c.summary = "how many of the true neighbours an index finds";
  c.description =
      "Searches as usual and exactly, and compares. Without --queries, rows of the index itself "
      "are "
      "asked for their neighbours; real queries, which may lie elsewhere, say more.";
  s->index.add_argument(c);
  auto& flags = c.group("Measurement").flags;
  flags.push_back(flag("--queries", "FILE", "vectors to ask for", &s->queries)
                      .completed_by(Completes::file)
                      .not_with({"sample", "seed"}));
  flags.push_back(flag("--sample", "N", "without --queries: how many rows are asked", &s->sample));
  flags.push_back(flag("--seed", "N", "another seed, another sample", &s->seed));
  flags.push_back(flag("-k,--top", "K", "neighbours a query", &s->k));
  flags.push_back(flag("--recall", "R", "as for 'kindred index search'", &s->recall)
                      .shown_default("the index's own"));
  flags.push_back(flag("--filter", "EXPR", "as for 'kindred index search'", &s->filter));
  flags.push_back(toggle("--json", "print a JSON object", &s->json));
  s->index.add_resources(c);
  c.examples = {
      {"with a day's queries", "kindred index recall products.index --queries queries.npy -k 10"}};
  c.run = [s] { run_recall(*s); };
  return c;
}

}  // namespace kindred::cli
