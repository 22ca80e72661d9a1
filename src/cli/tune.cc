// kindred tune: how much the vectors and how much the words should count.
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/shop_flags.h"
#include "shop/labels.h"

namespace kindred::cli {
namespace {

struct State {
  ShopFlags shop;
  std::string labels;
  std::optional<std::string> method;
  std::optional<std::string> vector_weight;
  std::size_t seed = 1;
  bool dry_run = false;
  bool json = false;
};

std::string describe(const search::FusionOptions& fusion) {
  if (fusion.method == search::FusionMethod::reciprocal_rank)
    return fmt::format("reciprocal rank with {:g}, vector {:.2f}", fusion.rank_constant,
                       fusion.vector_weight);
  return fmt::format("{}, vector {:.2f}", search::to_string(fusion.method), fusion.vector_weight);
}

search::FusionOptions asked_fusion(const State& s) {
  const auto method = s.method == "reciprocal-rank"   ? search::FusionMethod::reciprocal_rank
                      : s.method == "weighted-scores" ? search::FusionMethod::weighted_scores
                                                      : search::FusionMethod::bounded_scores;
  search::FusionOptions fusion = search::FusionOptions::of(method);
  if (s.vector_weight) fusion.vector_weight = parse_share("--vector-weight", *s.vector_weight);
  fusion.validate();
  return fusion;
}

// Without labels: as it is told.
void set_fusion(const State& s) {
  const search::FusionOptions fusion = asked_fusion(s);
  shop::Shop shop = shop::Shop::open(s.shop.directory, shop::Access::write);
  shop.current().check_vectors("tuning, which weighs vectors and words,");
  shop.set_fusion(shop.settings().current, fusion);
  print("searches of the shop use {} from now on\n", describe(fusion));
}

void print_result(const search::TuneResult& r) {
  print("chosen by {} queries: {}\n", r.tuning_queries, describe(r.best));
  print("on {} other queries    nDCG@10     MRR@10\n", r.held_out_queries);
  const auto line = [](const char* name, double ndcg, double mrr) {
    print("  {:20} {:.4f}     {:.4f}\n", name, ndcg, mrr);
  };
  line("chosen", r.best_ndcg, r.best_mrr);
  line("untuned hybrid", r.default_ndcg, r.default_mrr);
  line("vectors alone", r.vector_ndcg, r.vector_mrr);
  line("words alone", r.words_ndcg, r.words_mrr);
}

nlohmann::ordered_json json_of(const search::TuneResult& r) {
  const auto scores = [](double ndcg, double mrr) {
    return nlohmann::ordered_json{{"ndcg", ndcg}, {"mrr", mrr}};
  };
  return {{"method", search::to_string(r.best.method)},
          {"vector_weight", r.best.vector_weight},
          {"rank_constant", r.best.rank_constant},
          {"tuning_queries", r.tuning_queries},
          {"held_out_queries", r.held_out_queries},
          {"chosen", scores(r.best_ndcg, r.best_mrr)},
          {"default", scores(r.default_ndcg, r.default_mrr)},
          {"vector", scores(r.vector_ndcg, r.vector_mrr)},
          {"words", scores(r.words_ndcg, r.words_mrr)}};
}

void run_tune(const State& s) {
  const bool told = s.method || s.vector_weight;
  if (told == !s.labels.empty()) {
    fail(ErrorKind::bad_input,
         "say what the weights are to come from: --labels LABELS, or --method METHOD");
  }
  if (told) return set_fusion(s);
  const std::vector<shop::Labels> labels = shop::read_labels(s.labels);
  shop::Shop shop =
      shop::Shop::open(s.shop.directory, s.dry_run ? shop::Access::read : shop::Access::write);
  const shop::Version version = s.shop.open_version(shop);
  version.settings().check_vectors("tuning, which weighs vectors and words,");
  const auto encoder = shop::ShopEncoder::open(version.settings(), s.shop.encoder_use());
  const shop::LabelledSearches searches = shop::search_labels(version, encoder, labels);
  if (searches.unknown_ids > 0)
    note(fmt::format("{} labelled products are not in the shop", searches.unknown_ids));
  search::TuneOptions options;
  options.seed = s.seed;
  const search::TuneResult result = search::tune(searches.queries, options);
  if (!s.dry_run) shop.set_fusion(version.settings().number, result.best);
  if (s.json) {
    print_json(json_of(result));
    return;
  }
  print_result(result);
  print("{}\n", s.dry_run ? "nothing was changed" : "searches of the shop use it from now on");
}

}  // namespace

Command tune_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "tune";
  c.summary = "the weights of vectors and words that rank labelled queries best";
  c.description =
      "Searches for each labelled query by vector and by words, tries ways to fuse them, and keeps "
      "the best as the shop's own. Three queries in ten are held out: what is printed is measured "
      "on them. A hundred queries are a good start.\n\n"
      "The ways: bounded-scores (what a new shop begins with) adds the vectors' scores, spread "
      "over "
      "those found, to the share of what an item with all words of the query could score; it holds "
      "with a model that is weak in the query's language. weighted-scores spreads both lists' "
      "scores, reciprocal-rank looks at places alone. --method sets one without labels.\n\n"
      "LABELS is a CSV or TSV file with the columns query, id and, where they are known, grade "
      "(1 unless given, higher is better, 0 is not relevant) and language.";
  s->shop.add_argument(c);
  auto& flags = c.group("Tuning").flags;
  flags.push_back(flag("--labels", "LABELS", "queries and what is relevant to them", &s->labels)
                      .completed_by(Completes::file));
  flags.push_back(flag("--method", "METHOD", "instead of labels: fuse in this way", &s->method)
                      .one_of({"bounded-scores", "reciprocal-rank", "weighted-scores"}));
  flags.push_back(flag("--vector-weight", "W",
                       "with --method: 0 to 1, what the vectors count; the words have the rest",
                       &s->vector_weight)
                      .shown_default("0.1 of bounded-scores, else 0.5"));
  flags.push_back(flag("--seed", "N", "another seed, other queries held out", &s->seed));
  flags.push_back(toggle("--dry-run", "measure, and change nothing", &s->dry_run));
  flags.push_back(toggle("--json", "print a JSON object", &s->json));
  s->shop.add_model(c);
  s->shop.add_resources(c);
  c.examples = {{"from a judged list", "kindred tune shop --labels judgements.tsv"},
                {"by places, as many systems do",
                 "kindred tune shop --method reciprocal-rank --vector-weight 0.5"}};
  c.run = [s] { run_tune(*s); };
  return c;
}

}  // namespace kindred::cli
