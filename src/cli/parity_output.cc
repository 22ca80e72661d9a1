#include "cli/parity_output.h"

#include <set>

#include "base/random.h"
#include "cli/console.h"
#include "io/table.h"
#include "search/parity.h"

namespace kindred::cli {
namespace {

constexpr std::size_t kQueries = 100;
constexpr std::size_t kShown = 3;

// Titles of products drawn at random, without repetition.
std::vector<std::string> sample_titles(catalog::Store& store) {
  Random random(/*seed=*/1);
  std::set<std::string> titles;
  const std::uint64_t last = store.last_change();
  for (std::size_t tries = 0; titles.size() < kQueries && tries < 4 * kQueries; ++tries) {
    const auto changes = store.changes(random.below(last), 1);
    if (changes.empty() || !changes[0].product) continue;
    const catalog::Product& product = *changes[0].product;
    titles.emplace(catalog::text_in(product.titles, product.language));
  }
  return {titles.begin(), titles.end()};
}

std::vector<std::string> read_lines(const std::string& path) {
  io::TableOptions options;
  options.format = io::TableFormat::lines;
  auto reader = io::TableReader::open(path, options);
  std::vector<std::string> lines;
  for (io::TableRow row; reader.next(row);) {
    if (!row.values[0].empty()) lines.emplace_back(row.values[0]);
  }
  return lines;
}

}  // namespace

VersionParity compare_versions(shop::Shop& shop, std::uint64_t other, const std::string& queries,
                               const ShopFlags& flags) {
  VersionParity parity;
  parity.before = other;
  parity.now = shop.settings().current;
  parity.queries = queries.empty() ? sample_titles(shop.catalogue()) : read_lines(queries);
  if (parity.queries.empty()) return parity;
  const shop::Version now = shop.open_version(std::nullopt, flags.use());
  const shop::Version before = shop.open_version(other, flags.use());
  Embeddings vectors;
  std::vector<std::pair<const char*, search::SearchMode>> modes = {
      {"words", search::SearchMode::words}};
  if (now.settings().has_vectors()) {
    vectors = shop::ShopEncoder::open(now.settings(), flags.encoder_use()).queries(parity.queries);
    modes.push_back({"vector", search::SearchMode::vector});
    modes.push_back({"hybrid", search::SearchMode::hybrid});
  }
  for (const auto& [name, mode] : modes) {
    std::vector<search::SearchRequest> requests;
    for (std::size_t i = 0; i < parity.queries.size(); ++i) {
      search::SearchRequest& request = requests.emplace_back();
      request.mode = mode;
      request.text = parity.queries[i];
      if (mode == search::SearchMode::words) continue;
      const float* row = vectors.values.data() + i * vectors.dimensions;
      request.vector.assign(row, row + vectors.dimensions);
    }
    parity.modes.push_back(
        {name, search::compare_backends(before.backend(), now.backend(), requests)});
  }
  return parity;
}

void print_parity(const VersionParity& parity) {
  if (parity.modes.empty()) return;
  print("what version {} found and version {} finds:\n", parity.before, parity.now);
  for (const auto& [name, report] : parity.modes) {
    print(
        "  {:7} {} queries: overlap of the first ten {:.4f}, least {:.2f}; before {:.1f} ms "
        "(median), now {:.1f} ms\n",
        name, report.requests, report.mean_overlap, report.min_overlap, report.latency_a.p50,
        report.latency_b.p50);
    for (std::size_t i = 0; i < std::min(kShown, report.differences.size()); ++i) {
      const search::ParityDifference& difference = report.differences[i];
      print("    {:.2f}  {}\n", difference.overlap, parity.queries[difference.request]);
    }
  }
}

nlohmann::ordered_json json_of(const VersionParity& parity) {
  using Json = nlohmann::ordered_json;
  const auto milliseconds = [](const search::LatencySummary& latency) -> Json {
    return {{"p50", latency.p50}, {"p99", latency.p99}};
  };
  Json json{{"before", parity.before}, {"now", parity.now}, {"queries", parity.queries.size()}};
  for (const auto& [name, report] : parity.modes) {
    Json differences = Json::array();
    for (const search::ParityDifference& difference : report.differences) {
      differences.push_back({{"query", parity.queries[difference.request]},
                             {"overlap", difference.overlap},
                             {"only_before", difference.only_a},
                             {"only_now", difference.only_b}});
    }
    json[name] = {{"overlap_at_10", report.mean_overlap},
                  {"least", report.min_overlap},
                  {"ms_before", milliseconds(report.latency_a)},
                  {"ms_now", milliseconds(report.latency_b)},
                  {"differences", std::move(differences)}};
  }
  return json;
}

}  // namespace kindred::cli
