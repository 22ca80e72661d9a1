// What a training run is: the model, its data, its losses, and how it is run. Tested by
// recipe_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kindred::recipe {

// What each setting means, its default and its range stand once, in recipe_schema.cc; the guide
// and the table of all keys are docs/recipes.md.

struct ModelRecipe {
  std::string base = {};
  std::string pooling = {};  ///< as encode takes it; empty: the model's own
  std::string layers = {};   ///< as model::parse_layers takes it; empty: the last
  std::string bidirectional =
      {};               ///< as model::parse_bidirectional takes it; empty: as the model is
  bool prefix = false;  ///< only the prompt sees in both directions (prefix-LM)
  bool cls_token = false;
  std::size_t max_length = 0;  ///< tokens; 0: the model's own
  std::optional<double> dropout = {};
  std::size_t dimensions = 0;  ///< of the projection; 0: none
  bool projection_bias = true;
  std::string projection_activation = "identity";
  double projection_weight_decay = 0.0;
  std::optional<bool> normalize = {};  ///< unset: as the model does

  bool operator==(const ModelRecipe&) const = default;
};

enum class TuningMode : std::uint8_t { full, lora, adapters, last_layers, head };

struct TuningRecipe {
  TuningMode mode = TuningMode::full;
  std::size_t rank = 16;
  double alpha = 32.0;
  double dropout = 0.0;
  std::vector<std::string> targets = {"q", "k", "v", "o", "gate", "up", "down"};
  std::size_t bottleneck = 64;
  std::size_t layers = 2;

  bool operator==(const TuningRecipe&) const = default;
};

enum class LossKind : std::uint8_t {
  infonce,
  triplet,
  cosent,
  cosine,
  graded_order,
  simcse,
  distill_vectors,
  distill_scores,
  mlm,
  next_token,
  mntp,
  coles,
  next_event,
  tags,
  compatible,
};

struct LossTerm {
  LossKind loss = LossKind::infonce;
  double weight = 1.0;

  bool operator==(const LossTerm&) const = default;
};

bool uses(const std::vector<LossTerm>& losses, LossKind kind) noexcept;

/// One [[data]] section.
struct DataRecipe {
  std::string name = {};  ///< never empty after reading: the first file's name without its ending
  std::vector<std::string> paths = {};
  std::string format = {};  ///< empty: by the path's ending
  std::map<std::string, std::string> columns = {};
  std::map<std::string, double> labels = {};
  double lowest_score = 0.0;
  double highest_score = 1.0;
  std::string anchor_prompt = {}, passage_prompt = {};            ///< the words themselves
  std::string anchor_prompt_name = {}, passage_prompt_name = {};  ///< of the model's prompts
  std::string anchor_language = {}, passage_language = {};  ///< of texts of which nobody named it
  double weight = 1.0;
  double from = 0.0, until = 1.0;     ///< shares of the run
  std::vector<LossTerm> losses = {};  ///< empty: those of [loss]
  std::string teacher = {};
  std::size_t slices = 0;
  std::string event_separator = " ";
  std::size_t slice_min = 2, slice_max = 50;

  bool operator==(const DataRecipe&) const = default;
};

enum class TripletMetric : std::uint8_t { cosine, euclidean };
enum class TripletMining : std::uint8_t { semi_hard, hard, all, own };

struct LossRecipe {
  std::vector<LossTerm> losses = {{LossKind::infonce, 1.0}};
  double temperature = 0.05;
  bool learn_temperature = false;
  bool both_directions = false;
  bool query_query = false;
  bool passage_passage = false;
  std::optional<double> mask_margin = {};
  std::optional<double> guide_margin = {};
  double triplet_margin = 0.2;
  TripletMetric triplet_metric = TripletMetric::cosine;
  TripletMining triplet_mining = TripletMining::semi_hard;
  double score_scale = 20.0;
  double order_strength = 0.1;
  double mask_share = 0.15;
  std::string old_model = {};
  std::vector<std::size_t> matryoshka = {};
  std::vector<double> matryoshka_weights = {};

  bool operator==(const LossRecipe&) const = default;
};

struct NegativesRecipe {
  bool in_batch = true;
  std::optional<std::size_t> given = {};
  std::size_t mined = 0;
  std::size_t category = 0;
  std::size_t category_other_language = 0;
  std::size_t lexical = 0;
  std::size_t refresh_steps = 0;
  std::size_t rank_from = 1;
  std::size_t rank_to = 50;
  double margin = 0.95;

  bool operator==(const NegativesRecipe&) const = default;
  /// Whether any negatives are chosen rather than given.
  bool chosen() const noexcept { return mined + category + category_other_language + lexical > 0; }
};

struct BatchRecipe {
  std::size_t size = 64;
  std::size_t tokens = 4096;
  std::size_t positives = 4;
  bool one_task = true;
  double mixing_temperature = 1.0;
  double language_balance = 0.0;
  bool no_duplicates = true;
  std::uint64_t seed = 1;

  bool operator==(const BatchRecipe&) const = default;
};

enum class EmbeddingUpdate : std::uint8_t { dense, lazy, frozen };
enum class Schedule : std::uint8_t { linear, cosine, constant };

struct OptimizerRecipe {
  double learning_rate = 2e-5;
  std::optional<double> embedding_rate = {};
  EmbeddingUpdate embeddings = EmbeddingUpdate::dense;
  std::optional<double> head_rate = {};
  double layer_decay = 1.0;
  double weight_decay = 0.01;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double warmup = 0.1;  ///< below 1 a share of all steps, else steps
  Schedule schedule = Schedule::linear;
  double clip = 1.0;
  double ema = 0.0;

  bool operator==(const OptimizerRecipe&) const = default;
};

enum class Precision : std::uint8_t { fp32, bf16 };

struct RunRecipe {
  std::size_t steps = 0;  ///< 0: by epochs
  double epochs = 1.0;
  double minutes = 0.0;  ///< 0: no limit
  std::size_t evaluate_every = 0;
  std::size_t patience = 0;
  std::string metric = "recall@1";
  std::size_t checkpoint_every = 0;
  double checkpoint_minutes = 10.0;
  std::size_t keep = 2;
  std::size_t average_last = 0;
  bool slerp = false;
  Precision precision = Precision::fp32;
  bool checkpoint_layers = false;
  bool shard_optimizer = false;
  std::size_t threads = 0;

  bool operator==(const RunRecipe&) const = default;
};

struct EvalRecipe {
  std::vector<std::string> paths = {};
  double dev_share = 0.0;
  std::size_t most_pairs = 1000;
  bool check_leaks = true;

  bool operator==(const EvalRecipe&) const = default;
};

struct Recipe {
  ModelRecipe model;
  TuningRecipe tuning;
  std::vector<DataRecipe> data = {};
  LossRecipe loss;
  NegativesRecipe negatives;
  BatchRecipe batch;
  OptimizerRecipe optimizer;
  RunRecipe run;
  EvalRecipe eval;

  bool operator==(const Recipe&) const = default;

  /// The losses of a data set: its own, or those of [loss].
  const std::vector<LossTerm>& losses_of(const DataRecipe& of) const noexcept {
    return of.losses.empty() ? loss.losses : of.losses;
  }
  /// Whether any data set is trained with it.
  bool uses(LossKind kind) const noexcept;
};

/// Reads a recipe from a TOML file. `overrides` are "section.key=value" each: a value of TOML, or a
/// text without quotes; "data.key=value" is for all data sets and "data.NAME.key=value" for one.
/// Relative paths are relative to the working directory, as on a command line.
///
/// Errors: not_found; bad_input with file, line, key and what is allowed for a file that is no
/// TOML, a section or key that is not known (with the one that is nearest), a value of the wrong
/// type or range, sections that contradict each other, and a recipe without base model or data.
Recipe read_recipe(const std::string& path, const std::vector<std::string>& overrides = {});
/// The same of a text; `name` stands for the file in messages.
Recipe parse_recipe(std::string_view text, const std::string& name,
                    const std::vector<std::string>& overrides = {});

/// The recipe as it ran, each key with its value, defaults filled in; reads as an equal recipe.
std::string to_toml(const Recipe& recipe);

/// The table of all keys, in Markdown: what docs/recipes.md ends with.
std::string reference_markdown();

/// The names that losses have in recipes.
std::string_view to_string(LossKind kind) noexcept;
std::string_view to_string(TuningMode mode) noexcept;

}  // namespace kindred::recipe
