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

void print_report(const char* mode, const search::ParityReport& report) {
  print(
      "  {:7} {} queries: overlap of the first ten {:.4f}, least {:.2f}; before {:.1f} ms "
      "(median), now {:.1f} ms\n",
      mode, report.requests, report.mean_overlap, report.min_overlap, report.latency_a.p50,
      report.latency_b.p50);
}

}  // namespace

void print_parity(shop::Shop& shop, std::uint64_t other, const std::string& queries,
                  const ShopFlags& flags) {
  const std::vector<std::string> texts =
      queries.empty() ? sample_titles(shop.catalogue()) : read_lines(queries);
  if (texts.empty()) return;
  const shop::Version now = shop.open_version(std::nullopt, flags.use());
  const shop::Version before = shop.open_version(other, flags.use());
  Embeddings vectors;
  std::vector<std::pair<const char*, search::SearchMode>> modes = {
      {"words", search::SearchMode::words}};
  if (now.settings().has_vectors()) {
    vectors = shop::ShopEncoder::open(now.settings(), flags.encoder_use()).queries(texts);
    modes.push_back({"vector", search::SearchMode::vector});
    modes.push_back({"hybrid", search::SearchMode::hybrid});
  }
  print("what version {} found and version {} finds:\n", other, now.settings().number);
  for (const auto& [name, mode] : modes) {
    std::vector<search::SearchRequest> requests;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      search::SearchRequest& request = requests.emplace_back();
      request.mode = mode;
      request.text = texts[i];
      if (mode == search::SearchMode::words) continue;
      const float* row = vectors.values.data() + i * vectors.dimensions;
      request.vector.assign(row, row + vectors.dimensions);
    }
    const search::ParityReport report =
        search::compare_backends(before.backend(), now.backend(), requests);
    print_report(name, report);
    for (std::size_t i = 0; i < std::min(kShown, report.differences.size()); ++i) {
      const search::ParityDifference& difference = report.differences[i];
      print("    {:.2f}  {}\n", difference.overlap, texts[difference.request]);
    }
  }
}

}  // namespace kindred::cli
