#include "recipe/recipe_schema.h"

#include <fmt/format.h>

#include "model/directory.h"
#include "model/layer_selection.h"
#include "recipe/recipe_binding.h"

namespace kindred::recipe {
namespace {

constexpr Range kShare{.least = 0.0, .most = 1.0};
constexpr Range kBelowOne{.least = 0.0, .most = 1.0, .below = true};
constexpr Range kPositive{.least = 0.0, .above = true};
constexpr Range kNotNegative{.least = 0.0};
constexpr Range kFromOne{.least = 1.0};

void check_pooling(const std::string& text) {
  if (!text.empty()) (void)model::parse_pooling(text);
}
// The depth is known when the model is opened.
constexpr std::size_t kAnyDepth = 10'000;
void check_layers(const std::string& text) {
  (void)model::parse_layers(text, kAnyDepth);
}
void check_bidirectional(const std::string& text) {
  (void)model::parse_bidirectional(text, kAnyDepth);
}

Section model_section() {
  constexpr auto S = &Recipe::model;
  using M = ModelRecipe;
  return {"model",
          "What is trained.",
          false,
          {
              key<S, &M::base>("base",
                               "the model to begin with: a directory, a GGUF file or an adapter"),
              key<S, &M::pooling>("pooling",
                                  "from tokens to one vector: mean, cls, last, cls+mean …; "
                                  "empty: the model's own",
                                  {}, {}, check_pooling),
              key<S, &M::layers>("layers",
                                 "hidden states that are pooled: \"last4\", \"0.5,0.75\"; empty: "
                                 "the last",
                                 {}, {}, check_layers),
              key<S, &M::bidirectional>("bidirectional",
                                        "layers of a decoder that see in both "
                                        "directions: \"all\", \"0-11\"; empty: as the model is",
                                        {}, {}, check_bidirectional),
              key<S, &M::prefix>("prefix",
                                 "in those layers the prompt alone sees in both directions, the "
                                 "text what stands before it (prefix-LM)"),
              key<S, &M::cls_token>("cls_token",
                                    "add a token whose embedding is learned behind every text; "
                                    "pooling cls means it"),
              key<S, &M::max_length>("max_length",
                                     "tokens of a text, the rest is cut; 0: the model's own"),
              key<S, &M::dropout>(
                  "dropout", "of hidden states and attention; not set: the model's own", kBelowOne),
              key<S, &M::dimensions>("dimensions", "of a linear layer behind pooling; 0: none",
                                     {.most = 65536}),
              key<S, &M::projection_bias>("projection_bias", "whether that layer has a bias"),
              key<S, &M::projection_activation>(
                  "projection_activation", "what that layer ends with", {},
                  {"identity", "tanh", "relu", "gelu", "silu", "sigmoid"}),
              key<S, &M::projection_weight_decay>(
                  "projection_weight_decay", "L2 regularisation of that layer alone", kNotNegative),
              key<S, &M::normalize>("normalize", "vectors of length 1; not set: as the model does"),
          }};
}

Section tuning_section() {
  constexpr auto S = &Recipe::tuning;
  using T = TuningRecipe;
  return {
      "tuning",
      "Which weights change.",
      false,
      {
          key<S, &T::mode>("mode",
                           "all weights; low-rank additions; bottleneck adapters; the last "
                           "layers; the head alone (projection and [CLS])"),
          key<S, &T::rank>("rank", "of the additions of lora", {.least = 1.0, .most = 4096.0}),
          key<S, &T::alpha>("alpha", "they count alpha/rank", kPositive),
          key<S, &T::dropout>("dropout", "of what goes into them", kBelowOne),
          key<S, &T::targets>("targets", "matrices that lora adds to", {},
                              {"q", "k", "v", "o", "gate", "up", "down"}),
          key<S, &T::bottleneck>("bottleneck", "width of adapters",
                                 {.least = 1.0, .most = 65536.0}),
          key<S, &T::layers>("layers", "how many of the last layers last_layers changes", kFromOne),
      }};
}

Section data_section() {
  constexpr auto S = &Recipe::data;
  using D = DataRecipe;
  return {
      "data",
      "A set of training data; as many sections as there are sets.",
      true,
      {
          key<S, &D::name>("name", "in logs and --set; not given: the first file's name"),
          key<S, &D::paths>("paths",
                            "files as kindred prepare writes or reads them: examples in "
                            "JSONL, or pairs in CSV, TSV, JSONL, Parquet, plain lines"),
          key<S, &D::format>("format", "of the files; not given: by their endings", {},
                             {"", "lines", "csv", "tsv", "jsonl", "parquet"}),
          key<S, &D::columns>("columns",
                              "what columns are where their names do not say: { anchor = "
                              "\"query\", positive = \"title\" }"),
          key<S, &D::labels>("labels", "what labels of pairs are worth: { E = 1.0, S = 0.4 }",
                             kShare),
          key<S, &D::lowest_score>("lowest_score", "of a column of scores"),
          key<S, &D::highest_score>("highest_score", "of a column of scores"),
          key<S, &D::anchor_prompt>("anchor_prompt", "words before anchors: \"query: \""),
          key<S, &D::passage_prompt>("passage_prompt", "words before passages: \"passage: \""),
          key<S, &D::anchor_prompt_name>("anchor_prompt_name",
                                         "instead, the name of one of the "
                                         "model's prompts"),
          key<S, &D::passage_prompt_name>("passage_prompt_name", "the same for passages"),
          key<S, &D::anchor_language>("anchor_language", "of anchors of which the data names none"),
          key<S, &D::passage_language>("passage_language",
                                       "of passages of which the data names none"),
          key<S, &D::weight>("weight", "how often the set is drawn, beside its size", kPositive),
          key<S, &D::from>("from", "share of the run after which the set is used", kBelowOne),
          key<S, &D::until>("until", "and until which: sets one behind another are stages",
                            {.least = 0.0, .most = 1.0, .above = true}),
          key<S, &D::losses>("losses", "for this set instead of those of [loss]", kPositive),
          key<S, &D::teacher>("teacher", "a model whose vectors or scores are learned from"),
          key<S, &D::slices>("slices",
                             "for coles and next_event: slices of each sequence of events, drawn anew each "
                             "time; 0: texts are texts",
                             {.most = 64}),
          key<S, &D::event_separator>("event_separator",
                                      "what stands between the events of a sequence"),
          key<S, &D::slice_min>("slice_min", "events of a slice, at least", kFromOne),
          key<S, &D::slice_max>("slice_max", "events of a slice, at most", kFromOne),
      }};
}

Section loss_section() {
  constexpr auto S = &Recipe::loss;
  using L = LossRecipe;
  return {
      "loss",
      "What is minimised.",
      false,
      {
          key<S, &L::losses>("losses",
                             "a name, a list of them, or weights: { infonce = 1.0, triplet = "
                             "0.3 }",
                             kPositive),
          key<S, &L::temperature>("temperature",
                                  "cosines are divided by it (infonce, simcse, compatible, next_event)", kPositive),
          key<S, &L::learn_temperature>("learn_temperature", "begin there and learn it"),
          key<S, &L::both_directions>("both_directions", "passages look for their anchors too"),
          key<S, &L::query_query>("query_query", "other anchors are negatives of an anchor too"),
          key<S, &L::passage_passage>("passage_passage",
                                      "other passages are negatives of a positive "
                                      "too"),
          key<S, &L::mask_margin>("mask_margin",
                                  "a negative that scores more than this above the "
                                  "positive is taken for a match and left out; not set: none is",
                                  {.least = -2.0, .most = 2.0}),
          key<S, &L::guide_margin>("guide_margin",
                                   "a negative that data.teacher scores above the positive less "
                                   "this is taken for a match and left out; not set: none is",
                                   {.least = -2.0, .most = 2.0}),
          key<S, &L::triplet_margin>("triplet_margin", "by how much a positive must be nearer",
                                     kPositive),
          key<S, &L::triplet_metric>("triplet_metric", "cosine distance, or the Euclidean one"),
          key<S, &L::triplet_mining>(
              "triplet_mining",
              "which triplets of a batch count; own: with the negatives of each anchor alone"),
          key<S, &L::score_scale>("score_scale", "cosines times this in cosent and graded_order",
                                  kPositive),
          key<S, &L::order_strength>("order_strength",
                                     "of graded_order: differences of log-odds "
                                     "times this",
                                     kPositive),
          key<S, &L::mask_share>("mask_share", "of tokens that mlm and mntp hide",
                                 {.least = 0.0, .most = 1.0, .above = true, .below = true}),
          key<S, &L::old_model>("old_model",
                                "for compatible: the model whose passages' vectors new "
                                "queries must find"),
          key<S, &L::matryoshka>("matryoshka",
                                 "dimensions at which vectors are cut, each with the "
                                 "losses: [768, 256, 64]",
                                 kFromOne),
          key<S, &L::matryoshka_weights>("matryoshka_weights", "of these; empty: 1 each",
                                         kPositive),
      }};
}

Section negatives_section() {
  constexpr auto S = &Recipe::negatives;
  using N = NegativesRecipe;
  constexpr Range most{.most = 1024.0};
  return {
      "negatives",
      "What each anchor is told apart from, a quota a source.",
      false,
      {
          key<S, &N::in_batch>("in_batch", "the passages of the batch's other anchors"),
          key<S, &N::given>("given", "of those in the data, at most; not set: all", most),
          key<S, &N::mined>("mined", "near passages that do not match, found by the model", most),
          key<S, &N::category>("category", "of the positive's category, in its language", most),
          key<S, &N::category_other_language>(
              "category_other_language",
              "of its category, in other languages; set category as well, "
              "lest language be a shortcut",
              most),
          key<S, &N::lexical>("lexical",
                              "passages with the anchor's words that do not match (BM25)", most),
          key<S, &N::refresh_steps>("refresh_steps",
                                    "steps between two minings; 0: at the start of "
                                    "each epoch"),
          key<S, &N::rank_from>("rank_from",
                                "mined and lexical: the first rank that is taken, 1 the "
                                "nearest passage that does not match",
                                kFromOne),
          key<S, &N::rank_to>("rank_to", "the last one", {.least = 1.0, .most = 10'000.0}),
          key<S, &N::margin>("margin",
                             "mined: only those that score less than this times the "
                             "positive; 0: all",
                             {.least = 0.0, .most = 2.0}),
      }};
}

Section batch_section() {
  constexpr auto S = &Recipe::batch;
  using B = BatchRecipe;
  return {"batch",
          "What one step sees.",
          false,
          {
              key<S, &B::size>("size", "anchors of a step, over all processes",
                               {.least = 1.0, .most = 16'777'216.0}),
              key<S, &B::tokens>("tokens",
                                 "of a forward pass; a step takes as many as it needs and its "
                                 "gradient is that of the whole (GradCache)",
                                 {.least = 16.0}),
              key<S, &B::positives>(
                  "positives", "of an anchor in a step, at most, drawn anew each time; 0: all"),
              key<S, &B::one_task>("one_task",
                                   "all anchors of a step from one data set, so that none is "
                                   "told apart by its kind of text"),
              key<S, &B::mixing_temperature>("mixing_temperature",
                                             "sets are drawn by size to the power of "
                                             "1/this: 1 by size, large: all alike",
                                             kFromOne),
              key<S, &B::language_balance>("language_balance",
                                           "0: pairs of languages as often as they "
                                           "are in the data; 1: all equally often",
                                           kShare),
              key<S, &B::no_duplicates>("no_duplicates",
                                        "no two anchors of a step share a text, id or group"),
              key<S, &B::seed>("seed", "of all random numbers"),
          }};
}

Section optimizer_section() {
  constexpr auto S = &Recipe::optimizer;
  using O = OptimizerRecipe;
  return {
      "optimizer",
      "AdamW with decoupled weight decay.",
      false,
      {
          key<S, &O::learning_rate>("learning_rate", "the highest, after warm-up", kPositive),
          key<S, &O::embedding_rate>("embedding_rate", "of token embeddings; not set: the same",
                                     kPositive),
          key<S, &O::embeddings>("embeddings",
                                 "every step, in steps in which a token occurs, or never"),
          key<S, &O::head_rate>("head_rate", "of the projection and [CLS]; not set: the same",
                                kPositive),
          key<S, &O::layer_decay>("layer_decay",
                                  "a layer learns at this times the rate of the one above it",
                                  {.least = 0.0, .most = 1.0, .above = true}),
          key<S, &O::weight_decay>("weight_decay", "of matrices; not of biases and norms",
                                   kNotNegative),
          key<S, &O::beta1>("beta1", "of AdamW", kBelowOne),
          key<S, &O::beta2>("beta2", "of AdamW", kBelowOne),
          key<S, &O::epsilon>("epsilon", "of AdamW", kPositive),
          key<S, &O::warmup>("warmup", "below 1: share of all steps; else steps", kNotNegative),
          key<S, &O::schedule>("schedule", "of the rate after warm-up, down to 0 or not at all"),
          key<S, &O::clip>("clip", "greatest norm of the gradient; 0: any", kNotNegative),
          key<S, &O::ema>("ema",
                          "decay of a moving average of the weights, which is what is saved; 0: "
                          "none",
                          kBelowOne),
      }};
}

Section run_section() {
  constexpr auto S = &Recipe::run;
  using R = RunRecipe;
  return {
      "run",
      "How long, and what is written meanwhile.",
      false,
      {
          key<S, &R::steps>("steps", "0: by epochs"),
          key<S, &R::epochs>("epochs", "times over the data", kPositive),
          key<S, &R::minutes>("minutes", "stop then, with a checkpoint to go on from; 0: no limit",
                              kNotNegative),
          key<S, &R::evaluate_every>("evaluate_every", "steps; 0: at the end alone"),
          key<S, &R::patience>("patience",
                               "evaluations without a better metric until it stops; 0: never"),
          key<S, &R::metric>("metric", "the measure of [eval] by which the best is kept"),
          key<S, &R::checkpoint_every>("checkpoint_every", "steps; 0: by time alone"),
          key<S, &R::checkpoint_minutes>("checkpoint_minutes",
                                         "what a crash may cost; 0: by steps alone", kNotNegative),
          key<S, &R::keep>("keep", "checkpoints that stay", kFromOne),
          key<S, &R::average_last>("average_last",
                                   "the result is the mean of so many last checkpoints; 0: "
                                   "the last or best itself",
                                   {.most = 100.0}),
          key<S, &R::slerp>("slerp", "merge them along the sphere instead of by their mean"),
          key<S, &R::precision>("precision",
                                "of matrix products; weights and their sums stay fp32"),
          key<S, &R::checkpoint_layers>("checkpoint_layers",
                                        "keep each layer's input alone and "
                                        "compute the rest again: less memory, a third more time"),
          key<S, &R::shard_optimizer>("shard_optimizer",
                                      "each process keeps a part of AdamW's state "
                                      "(ZeRO-1)"),
          key<S, &R::threads>("threads", "0: one a physical core"),
      }};
}

Section eval_section() {
  constexpr auto S = &Recipe::eval;
  using E = EvalRecipe;
  return {"eval",
          "What is measured on the way, on data that is not trained on.",
          false,
          {
              key<S, &E::paths>("paths", "files like those of [[data]]"),
              key<S, &E::dev_share>("dev_share",
                                    "of the training data that is held out instead, whole "
                                    "groups together",
                                    {.least = 0.0, .most = 0.5}),
              key<S, &E::most_pairs>("most_pairs", "of them that are looked at", kFromOne),
              key<S, &E::check_leaks>("check_leaks", "refuse training data that is in them"),
          }};
}

}  // namespace

bool Range::holds(double value) const noexcept {
  return (above ? value > least : value >= least) && (below ? value < most : value <= most);
}

std::string Range::to_text() const {
  const bool low = least > -std::numeric_limits<double>::infinity();
  const bool high = most < std::numeric_limits<double>::infinity();
  if (low && high) {
    return fmt::format("{}{} to {}{}", above ? "above " : "", least, below ? "below " : "", most);
  }
  if (low) return fmt::format("{} {}", above ? "above" : "at least", least);
  if (high) return fmt::format("{} {}", below ? "below" : "at most", most);
  return {};
}

std::string Key::allowed() const {
  static constexpr std::string_view kinds[] = {"true or false",
                                               "a whole number",
                                               "a number",
                                               "a text",
                                               "a list of texts",
                                               "a list of whole numbers",
                                               "a list of numbers",
                                               "texts by name ({ a = \"b\" })",
                                               "numbers by name ({ a = 1.0 })"};
  std::string text(kinds[static_cast<std::size_t>(type)]);
  if (!choices.empty()) {
    std::vector<std::string> names;
    for (const std::string_view choice : choices) {
      if (!choice.empty()) names.emplace_back(choice);
    }
    const std::string_view few = type == SettingType::text ? "one of "
                                 : type == SettingType::texts
                                     ? "some of "
                                     : "a name, a list, or weights by name of ";
    text = fmt::format("{}{}", few, fmt::join(names, ", "));
  }
  if (const std::string range_text = range.to_text(); !range_text.empty())
    text += (choices.empty() ? ", " : "; weights ") + range_text;
  return optional ? text + ", or \"none\"" : text;
}

const Key* Section::find(std::string_view key_name) const noexcept {
  for (const Key& each : keys) {
    if (each.name == key_name) return &each;
  }
  return nullptr;
}

std::vector<std::string> Section::names() const {
  std::vector<std::string> all;
  for (const Key& each : keys) all.emplace_back(each.name);
  return all;
}

const std::vector<Section>& schema() {
  static const std::vector<Section> table = {
      model_section(), tuning_section(),    data_section(), loss_section(), negatives_section(),
      batch_section(), optimizer_section(), run_section(),  eval_section()};
  return table;
}

const Section* find_section(std::string_view name) noexcept {
  for (const Section& each : schema()) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

std::string_view to_string(LossKind kind) noexcept {
  return kNames<LossKind>[static_cast<std::size_t>(kind)];
}
std::string_view to_string(TuningMode mode) noexcept {
  return kNames<TuningMode>[static_cast<std::size_t>(mode)];
}

}  // namespace kindred::recipe
