// kindred calibrate: what a model's scores mean.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_flags.h"
#include "cli/shop_flags.h"
#include "encode/text_chunks.h"
#include "estimators/score_calibration.h"
#include "shop/shop.h"
#include "tasks/calibrate.h"

namespace kindred::cli {
namespace {

using estimators::ScoreCalibration;
using estimators::ScoredPair;

constexpr std::size_t kMostTexts = 1'000'000;
constexpr double kRates[] = {0.05, 0.01, 0.001, 0.0001};

struct State {
  ModelFlags model;
  TextFlags text;
  std::string pairs;
  std::string output;
  std::string query_prompt;
  tasks::PairColumns columns;
  std::size_t nearest = 10;
  std::optional<std::string> method;
  std::string random;
  tasks::RandomPairOptions drawing;
  std::string shop;
  std::string labels;
  std::size_t seed = 1;
  bool json = false;
};

void print_figures(const ScoreCalibration& c) {
  if (c.figures.empty()) return;
  print("{} curves, measured on queries that they were not fitted to:\n", to_string(c.method));
  print("{:12} {:>8} {:>9}  {:>24} {:>9} {:>8} {:>8}\n", "language", "pairs", "relevant",
        "calibration error", "of equal", "log loss", "Brier");
  for (const estimators::CalibrationFigures& f : c.figures) {
    const auto line = [&](const std::string& name, const std::string& counts,
                          const estimators::CalibrationFigures::Of& of) {
      print("{:12} {:>18}  {:.4f} ({:.4f} to {:.4f}) {:>9.4f} {:>8.4f} {:>8.4f}\n", name, counts,
            of.equal_mass.value, of.equal_mass.low, of.equal_mass.high, of.equal_width.value,
            of.log_loss, of.brier);
    };
    line(f.language.empty() ? "all" : f.language,
         fmt::format("{} {:>9}", with_thousands(f.pairs), with_thousands(f.relevant)), f.fitted);
    line("", "score as it is", f.score);
    line("", "(1 + score) / 2", f.shifted);
  }
}

void print_cutoffs(const ScoreCalibration& c) {
  if (!c.cutoffs.empty()) {
    print("\ncut-offs by precision (found on all, measured on folds that were left out):\n");
    print("{:12} {:>9} {:>8} {:>10} {:>10} {:>9} {:>9}\n", "language", "wanted", "score",
          "precision", "at least", "recall", "pairs");
  }
  for (const estimators::PrecisionCutoff& cut : c.cutoffs) {
    const std::string language = cut.language.empty() ? "all" : cut.language;
    if (!cut.score) {
      print("{:12} {:>9.2f} {:>8}  no score reaches it\n", language, cut.wanted, "-");
      continue;
    }
    print("{:12} {:>9.2f} {:>8.4f} {:>10} {:>10.4f} {:>9.4f} {:>9}\n", language, cut.wanted,
          *cut.score, cut.precision ? fmt::format("{:.4f}", *cut.precision) : "-", cut.lower_bound,
          cut.recall, with_thousands(cut.pairs));
  }
  if (!c.random_cutoffs.empty())
    print("\ncut-offs by random pairs (at most this share of them is above):\n");
  for (const estimators::RandomCutoff& cut : c.random_cutoffs)
    print("{:>8.2f}%  {}\n", 100.0 * cut.rate,
          cut.score ? fmt::format("{:.4f}", *cut.score)
                    : fmt::format("needs {} pairs, there are {}", with_thousands(cut.needed),
                                  with_thousands(cut.pairs)));
}

estimators::CalibrationOptions options_of(const State& s) {
  estimators::CalibrationOptions options;
  if (s.method) options.method = estimators::parse_curve_method(*s.method);
  options.bootstrap.seed = s.seed;
  return options;
}

ScoreCalibration fit(const State& s, const std::vector<ScoredPair>& pairs) {
  ScoreCalibration c = estimators::fit_calibration(pairs, options_of(s));
  for (const std::string& doubt : estimators::doubts_of(c, pairs))
    note("kindred: warning: " + doubt);
  return c;
}

ScoreCalibration by_model(const State& s) {
  const Encoder encoder = s.model.open();
  const auto encoding = tasks::PairEncoding::of(encoder.info(), s.model.encode, s.query_prompt);
  Progress progress(stderr, "calibrate", "texts");
  const tasks::TextProgress count = [&](std::uint64_t texts) {
    if (interrupted()) throw Interrupted();
    progress.add(texts);
  };
  catch_interrupts();
  ScoreCalibration c;
  if (!s.pairs.empty()) {
    tasks::PairColumns columns = s.columns;
    columns.format = s.text.source.format;
    const tasks::JudgedPairs pairs = tasks::read_judged_pairs(s.pairs, columns);
    if (pairs.skipped > 0)
      note(fmt::format("{}: {} rows without a query or a document were left out", s.pairs,
                       pairs.skipped));
    const auto scored = tasks::score_pairs(encoder, pairs, encoding, s.nearest, count);
    progress.finish();
    c = fit(s, scored);
  }
  if (!s.random.empty()) {
    encode::TextSource source = s.text.source;
    source.path = s.random;
    tasks::RandomPairOptions drawing = s.drawing;
    drawing.seed = s.seed;
    const auto scored = tasks::score_random_pairs(
        encoder, encode::read_all_texts(source, kMostTexts), encoding, drawing, count);
    progress.finish();
    c.random_cutoffs = estimators::random_cutoffs(scored, kRates);
  }
  c.vector_space = encoder.vector_space(s.model.encode);
  c.model = encoder.info().path;
  c.prompts = encoding.describe(encoder.info());
  return c;
}

void check_space(const shop::VersionSettings& version, const std::string& model_path,
                 const ScoreCalibration& c) {
  const auto encoder = shop::ShopEncoder::open(version, {.model_path = model_path});
  c.check_vector_space(encoder.vector_space(), "the calibration");
}

ScoreCalibration by_shop(const State& s, const shop::Shop& shop) {
  const shop::Version version = shop.open_version();
  const auto encoder = shop::ShopEncoder::open(version.settings(), {});
  const auto labels = shop::read_labels(s.labels);
  ScoreCalibration c = fit(s, tasks::score_shop(version, encoder, labels, s.nearest));
  c.vector_space = encoder.vector_space();
  c.model = version.settings().model_name();
  c.prompts = "the shop's";
  return c;
}

void check_request(const State& s) {
  const bool of_shop = !s.labels.empty();
  if (of_shop && (s.shop.empty() || s.model.given()))
    fail(ErrorKind::bad_input,
         "--labels are of a shop's products: give --shop SHOP, and neither MODEL nor PAIRS");
  if (!of_shop && (!s.model.given() || (s.pairs.empty() && s.random.empty())))
    fail(ErrorKind::bad_input,
         "give MODEL and PAIRS, or MODEL and --random TEXTS, or --shop SHOP --labels LABELS");
  if (s.output.empty() && s.shop.empty())
    fail(ErrorKind::bad_input, "say where the calibration goes: -o FILE, or --shop SHOP");
}

void run(const State& s) {
  check_request(s);
  std::optional<shop::Shop> shop;
  if (!s.shop.empty()) shop = shop::Shop::open(s.shop, shop::Access::write);
  const ScoreCalibration c = s.labels.empty() ? by_model(s) : by_shop(s, *shop);
  if (!s.output.empty()) c.save(s.output);
  if (shop) {
    if (s.labels.empty()) check_space(shop->current(), s.model.model, c);
    shop->set_calibration(shop->settings().current, c);
  }
  if (s.json) {
    write_out(c.to_json() + "\n");
    return;
  }
  print_figures(c);
  print_cutoffs(c);
}

void add_pair_flags(const std::shared_ptr<State>& s, Command& c) {
  auto& flags = c.group("Pairs").flags;
  flags.push_back(flag("--query-column", "NAME", "the column of the queries", &s->columns.query)
                      .shown_default("query, anchor, question, sentence1 or text1"));
  flags.push_back(
      flag("--document-column", "NAME", "the column of the documents", &s->columns.document)
          .shown_default("document, positive, passage, answer, sentence2 or text2"));
  flags.push_back(flag("--label-column", "NAME", "the column of the judgements", &s->columns.label)
                      .shown_default("label, score, grade or relevance"));
  flags.push_back(
      flag("--language-column", "NAME", "the column of the languages", &s->columns.language)
          .shown_default("language or lang"));
  flags.push_back(flag("--relevant-from", "GRADE", "the least label that means relevant",
                       &s->columns.relevant_from));
  flags.push_back(flag("--nearest", "K",
                       "documents a query, where the pairs do not say what is not relevant (and of "
                       "a shop)",
                       &s->nearest));
  flags.push_back(flag("--query-prompt", "NAME", "the model's prompt for queries", &s->query_prompt)
                      .shown_default("'query' where the model has it and no --prompt is given"));
  flags.push_back(flag("--method", "METHOD", "the kind of curve", &s->method)
                      .one_of({"platt", "isotonic"})
                      .shown_default("that of the lower loss on pairs held out"));
  flags.push_back(flag("--seed", "N", "of the folds, the intervals and the draws", &s->seed));
}

}  // namespace

Command calibrate_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "calibrate";
  c.summary = "a model's scores as probabilities of relevance, with cut-offs";
  c.description =
      "What a cosine means depends on the model: those of multilingual-e5 lie between 0.7 and 1. "
      "This writes a file that turns a model's scores into probabilities, from pairs that somebody "
      "judged; 'kindred similar', 'kindred search' and 'kindred classify' know such files.\n\n"
      "PAIRS is a CSV, TSV or JSONL file of a query and a document a row, with a label (0 and 1, "
      "or grades) or with negatives (columns negative, negative_1, …). Where it has neither, the "
      "nearest documents of each query are judged by whether the file has the pair: probabilities "
      "are then those of a search's first K results. They are only good for scores of the same "
      "making: a share of relevant pairs unlike that of the pairs here shifts them all.\n\n"
      "The curves are Platt's logistic one or an isotonic one; a language with 200 pairs has its "
      "own. What is printed is measured on queries that were left out: the expected calibration "
      "error (of bins of equal mass, with its 95 % interval, and of equal width), and for cut-offs "
      "the precision that they had there, what it is at least with 95 % confidence, and the share "
      "of the relevant pairs that is kept.\n\n"
      "--random draws pairs of TEXTS instead, which needs no labels and gives no probabilities: "
      "the cut-offs that at most one in 20, 100, 1,000 or 10,000 random pairs is above.";
  s->model.add_argument(c);
  c.arguments.back().required = false;
  c.arguments.push_back(argument("PAIRS", "judged pairs: .csv, .tsv or .jsonl", &s->pairs)
                            .completed_by(Completes::file));
  auto& output = c.group("Output").flags;
  output.push_back(flag("-o,--output", "FILE", "the calibration", &s->output)
                       .completed_by(Completes::file)
                       .written());
  output.push_back(
      flag("--shop", "SHOP", "the shop keeps it: its hits have probabilities then", &s->shop)
          .completed_by(Completes::directory));
  output.push_back(toggle("--json", "print the calibration's JSON", &s->json));
  add_pair_flags(s, c);
  auto& other = c.group("Instead of pairs").flags;
  other.push_back(
      flag("--random", "TEXTS", "texts to draw random pairs of (also beside PAIRS)", &s->random)
          .completed_by(Completes::file));
  other.push_back(flag("--random-pairs", "N", "how many", &s->drawing.pairs));
  other.push_back(
      flag("--random-texts", "N", "of at most so many texts, themselves drawn", &s->drawing.texts));
  other.push_back(flag("--labels", "LABELS",
                       "queries and products of --shop, as 'kindred tune' reads them: what the "
                       "shop finds by vectors for them",
                       &s->labels)
                      .completed_by(Completes::file));
  s->text.add(c);
  s->model.add_vector_flags(c);
  s->model.add_model_flags(c);
  c.examples = {
      {"from questions and their answers", "kindred calibrate MODEL pairs.csv -o scores.json"},
      {"then with every result how probable it is",
       "kindred similar texts.txt --model MODEL -q 'red shoes' --calibration scores.json "
       "--min-probability 0.5"},
      {"without labels", "kindred calibrate MODEL --random titles.txt -o scores.json"},
      {"a shop by what was labelled in it", "kindred calibrate --shop shop --labels labels.tsv"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
