#include "train/run_data.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "recipe/dev_split.h"
#include "recipe/training_source.h"

namespace kindred::train {
namespace {

std::vector<std::uint8_t> dev_examples(const recipe::Recipe& recipe, bool quiet) {
  if (recipe.eval.dev_share <= 0.0 || !recipe.eval.paths.empty()) return {};
  Progress progress(quiet ? nullptr : stderr, "split", "rows");
  return recipe::held_out(recipe, progress);
}

/// Candidates of negatives are bytes: two hexadecimal digits each, for JSON.
std::string hex(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char byte : bytes) {
    text.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    text.push_back(kDigits[static_cast<unsigned char>(byte) & 15]);
  }
  return text;
}

std::string unhex(const std::string& text) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<char>(value(text[i]) << 4 | value(text[i + 1])));
  return bytes;
}

}  // namespace

RunData::RunData(const recipe::Recipe& recipe, const TrainedEncoder& encoder, bool quiet)
    : recipe_(recipe),
      quiet_(quiet),
      held_out_(dev_examples(recipe, quiet)),
      set_(read(
          recipe.data, encoder, "read",
          held_out_.empty() ? std::function<bool(std::uint64_t)>()
                            : [this](std::uint64_t i) { return held_out_.at(i) == 0; })),
      batches_(set_, recipe) {
  if (recipe.negatives.chosen()) {
    negatives_ = std::make_unique<recipe::Negatives>(set_, recipe.negatives);
    batches_.use(negatives_.get());
  }
  read_dev(encoder);
}

recipe::TrainingSet RunData::read(const std::vector<recipe::DataRecipe>& data,
                                  const TrainedEncoder& encoder, const char* label,
                                  const std::function<bool(std::uint64_t)>& keeps) const {
  Progress progress(quiet_ ? nullptr : stderr, label, "rows");
  return recipe::TrainingSet::read(
      data, [&encoder](const std::string& name) { return encoder.prompt(name); }, progress, keeps);
}

void RunData::read_dev(const TrainedEncoder& encoder) {
  if (!recipe_.eval.paths.empty()) {
    dev_ = DevSet(read({recipe::eval_data(recipe_)}, encoder, "read the dev set", {}),
                  recipe_.eval.most_pairs);
  } else if (!held_out_.empty()) {
    dev_ = DevSet(read(recipe_.data, encoder, "read the dev set",
                       [this](std::uint64_t i) { return held_out_.at(i) != 0; }),
                  recipe_.eval.most_pairs);
  }
}

bool RunData::is_simcse(const std::string& task) const {
  for (const recipe::DataRecipe& data : recipe_.data)
    if (data.name == task) return uses(recipe_.losses_of(data), recipe::LossKind::simcse);
  return false;
}

recipe::Batch RunData::next(double progress) {
  recipe::Batch batch = batches_.next(progress);
  if (!is_simcse(batch.task)) return batch;
  // The same texts once more: other masks of dropout make them other views (Gao et al., 2021).
  batch.passages = batch.anchors;
  batch.positives.clear();
  for (std::uint32_t i = 0; i < batch.anchors.size(); ++i) batch.positives.push_back({i});
  batch.negatives.clear();
  batch.graded.clear();
  batch.labels.clear();
  return batch;
}

bool RunData::due(std::uint64_t steps) const {
  if (!negatives_ || negatives_->mined() == nullptr) return false;
  if (negatives_->mined()->empty()) return true;
  const std::size_t every = recipe_.negatives.refresh_steps;
  return every > 0 && steps > 0 && steps % every == 0;
}

recipe::MiningReport RunData::mine(const TrainedEncoder& encoder, const torch::PassOptions& pass,
                                   Processes& processes, ThreadPool& pool) {
  torch::PassOptions plain = pass;
  plain.dropout.probability = 0.0;
  const auto vectors_of = [&](std::span<const std::string_view> texts, const std::string& prompt) {
    std::vector<recipe::BatchText> batch;
    batch.reserve(texts.size());
    for (const std::string_view text : texts) batch.push_back({std::string(text), prompt});
    const at::Tensor vectors =
        encode_all(encoder, batch, plain, recipe_.batch.tokens, processes, pool).contiguous();
    std::vector<float> values(static_cast<std::size_t>(vectors.numel()));
    std::memcpy(values.data(), vectors.const_data_ptr<float>(), values.size() * sizeof(float));
    return values;
  };
  Progress progress(quiet_ ? nullptr : stderr, "mine negatives", "texts");
  return negatives_->mined()->refresh(vectors_of, pool, progress);
}

std::vector<recipe::Finding> RunData::preflight(const TrainedEncoder& encoder) const {
  recipe::ModelFacts facts;
  facts.prompts = encoder.source().info.prompts;
  facts.max_length = encoder.max_length();
  facts.unit_length = encoder.normalizes();
  std::vector<recipe::Finding> findings = recipe::check_settings(recipe_, facts);
  const auto add = [&findings](std::vector<recipe::Finding> more) {
    findings.insert(findings.end(), std::make_move_iterator(more.begin()),
                    std::make_move_iterator(more.end()));
  };
  add(recipe::check_data(recipe_, set_, facts));
  Progress progress(quiet_ ? nullptr : stderr, "look for leaks", "rows");
  add(recipe::check_leaks(recipe_, progress));
  return findings;
}

std::string RunData::state() const {
  nlohmann::json state = {{"batches", nlohmann::json::parse(batches_.state())}};
  if (negatives_ && negatives_->mined() != nullptr && !negatives_->mined()->empty())
    state["mined"] = hex(negatives_->mined()->state());
  return state.dump();
}

void RunData::restore(const std::string& state) {
  const auto parsed = nlohmann::json::parse(state);
  batches_.restore(parsed.at("batches").dump());
  if (negatives_ && negatives_->mined() != nullptr && parsed.contains("mined"))
    negatives_->mined()->restore(unhex(parsed.at("mined").get<std::string>()));
}

}  // namespace kindred::train
