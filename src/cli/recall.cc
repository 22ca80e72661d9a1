// kindred recall: how much of what exact search finds a shop finds.
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/index_flags.h"
#include "cli/shop_flags.h"
#include "io/table.h"
#include "shop/item.h"
#include "shop/recall.h"

namespace kindred::cli {
namespace {

constexpr std::size_t kBatch = 256;

struct State {
  ShopFlags shop;
  std::string queries;
  std::size_t sample = 200;
  std::size_t seed = 1;
  std::size_t k = 10;
  std::string recall = "0.95";
  std::vector<std::string> filters;
  bool json = false;
};

shop::RecallQueries read_queries(const State& s, const shop::Version& version) {
  io::TableOptions options;
  options.format = io::TableFormat::lines;
  auto reader = io::TableReader::open(s.queries, options);
  std::vector<std::string> texts;
  for (io::TableRow row; reader.next(row);) {
    if (!row.values[0].empty()) texts.emplace_back(row.values[0]);
  }
  const auto encoder = shop::ShopEncoder::open(version.settings(), s.shop.encoder_use());
  shop::RecallQueries queries;
  for (std::size_t begin = 0; begin < texts.size(); begin += kBatch) {
    const auto batch = std::span(texts).subspan(begin, std::min(kBatch, texts.size() - begin));
    const Embeddings made = encoder.queries(batch);
    for (std::size_t row = 0; row < made.rows; ++row) {
      const float* values = made.values.data() + row * made.dimensions;
      queries.vectors.emplace_back(values, values + made.dimensions);
    }
  }
  return queries;
}

void print_row(const shop::RecallRow& row, const State& s) {
  if (s.json) {
    print("{}\n", nlohmann::ordered_json({{"filter", row.filter},
                                          {"share", row.share},
                                          {"queries", row.queries},
                                          {"k", s.k},
                                          {"recall", row.recall},
                                          {"recall_p10", row.tenth},
                                          {"recall_min", row.worst},
                                          {"search_ms", row.found_ms},
                                          {"exact_ms", row.exact_ms}})
                      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  print("{:>7.2f}%  {:.4f}  {:.2f}  {:.2f}  {:>8.2f} ms  {:>8.2f} ms  {}\n", 100.0 * row.share,
        row.recall, row.tenth, row.worst, row.found_ms, row.exact_ms,
        row.filter.empty() ? "no filter" : row.filter);
}

void run_recall(const State& s) {
  if (s.k == 0) fail(ErrorKind::bad_input, "-k: 0 results are asked for; ask for 1 or more");
  std::vector<index::Filter> filters;
  for (const std::string& text : s.filters) filters.push_back(index::parse_filter(text));
  shop::Shop shop = shop::Shop::open(s.shop.directory, shop::Access::read);
  const shop::Version version = s.shop.open_version(shop);
  version.settings().check_vectors("recall, which compares searches by vector,");
  const shop::RecallQueries queries =
      s.queries.empty()
          ? shop::sample_products(shop.catalogue(), version.backend(), s.sample, s.seed)
          : read_queries(s, version);
  if (queries.vectors.empty())
    fail(ErrorKind::bad_input, "{} has nothing to search for", s.shop.directory);
  for (const index::Filter& filter : filters) {
    index::check_fields("--filter", filter,
                        search::known_fields(version.backend(), shop::expected_fields()));
  }
  if (s.filters.empty()) filters = shop::filters_by_share(version.backend());
  const shop::RecallOptions options{s.k, parse_recall(s.recall)};
  if (!s.json) {
    print(
        "recall@{} of {} queries, {} asked\n  items   recall  10th  worst    search       "
        "exact     filter\n",
        s.k, queries.vectors.size(), options.recall);
  }
  catch_interrupts();
  print_row(shop::measure_recall(version.backend(), queries, nullptr, options), s);
  for (const index::Filter& filter : filters) {
    if (interrupted()) throw Interrupted{};
    print_row(shop::measure_recall(version.backend(), queries, &filter, options), s);
    flush_out();
  }
}

}  // namespace

Command recall_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "recall";
  c.summary = "how many of the true neighbours a shop finds, filters included";
  c.description =
      "Searches by vector (which a shop without a model has none of) as usual and exactly, and "
      "compares: once without a filter, then behind "
      "filters that leave about 50, 10, 1 and 0.1 % of the products. Products of the shop are "
      "asked for their neighbours, or real queries, which may lie elsewhere and say more.";
  s->shop.add_argument(c);
  auto& flags = c.group("Measurement").flags;
  flags.push_back(flag("--queries", "FILE", "texts to search for, one a line", &s->queries)
                      .completed_by(Completes::file));
  flags.push_back(
      flag("--sample", "N", "without --queries: how many products are asked", &s->sample));
  flags.push_back(flag("--seed", "N", "another seed, another sample", &s->seed));
  flags.push_back(flag("-k,--top", "K", "neighbours a query", &s->k));
  flags.push_back(flag("--recall", "R", "asked of the searches", &s->recall));
  flags.push_back(flag("--filter", "EXPR", "measure behind this filter", &s->filters)
                      .shown_default("chosen by what they leave"));
  s->shop.add_version(c);
  s->shop.add_model(c);
  c.group("Output").flags.push_back(toggle("--json", "print a JSON object a filter", &s->json));
  s->shop.add_resources(c);
  c.examples = {{"with a day's queries", "kindred recall shop --queries queries.txt"},
                {"behind the filter of a page",
                 "kindred recall shop --filter \"language = es AND price < 50\""}};
  c.run = [s] { run_recall(*s); };
  return c;
}

}  // namespace kindred::cli
