#include "train/dev_set.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_map>

#include "train/loss.h"

namespace kindred::train {
namespace {

/// Anchors whose scores are held at once.
constexpr std::int64_t kBlock = 512;
constexpr std::int64_t kDepth = 10;

}  // namespace

DevSet::DevSet(const recipe::TrainingSet& set, std::size_t most) {
  std::unordered_map<std::uint64_t, std::uint32_t> places;  // text and prompt → passage
  for (std::size_t i = 0; i < set.size() && (most == 0 || anchors_.size() < most); ++i) {
    const auto& example = set[i];
    if (example.positives == 0) continue;
    anchors_.push_back(
        {std::string(set.texts()[set.anchor(example).text]), set.prompt(example.anchor_prompt)});
    std::vector<std::uint32_t>& matching = positives_.emplace_back();
    for (const recipe::Mention& positive : set.positives(example)) {
      const std::uint64_t key = std::uint64_t{positive.text} << 16 | example.passage_prompt;
      const auto [place, fresh] = places.emplace(key, static_cast<std::uint32_t>(passages_.size()));
      if (fresh)
        passages_.push_back(
            {std::string(set.texts()[positive.text]), set.prompt(example.passage_prompt)});
      matching.push_back(place->second);
    }
  }
}

at::Tensor encode_all(const TrainedEncoder& encoder, const std::vector<recipe::BatchText>& texts,
                      const torch::PassOptions& pass, std::size_t chunk_tokens,
                      Processes& processes, ThreadPool& pool) {
  const at::NoGradGuard no_graph;
  const Share share = share_of(texts.size(), processes);
  std::vector<const recipe::BatchText*> mine;
  for (std::size_t i = share.begin; i < share.end; ++i) mine.push_back(&texts[i]);
  const std::vector<TextTokens> tokens = encoder.tokenise(mine, pool);
  std::vector<std::size_t> order(mine.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return tokens[a].ids.size() > tokens[b].ids.size();
  });
  at::Tensor own = at::empty(
      {static_cast<std::int64_t>(mine.size()), static_cast<std::int64_t>(encoder.dimensions())},
      at::kFloat);
  for (std::size_t next = 0; next < order.size();) {
    std::vector<const TextTokens*> chunk;
    std::vector<std::int64_t> rows;
    for (std::size_t filled = 0; next < order.size(); ++next) {
      const TextTokens& text = tokens[order[next]];
      if (!chunk.empty() && filled + text.ids.size() > chunk_tokens) break;
      chunk.push_back(&text);
      rows.push_back(static_cast<std::int64_t>(order[next]));
      filled += text.ids.size();
    }
    own.index_copy_(0, index_tensor(rows, own), encoder.encode(chunk, pass).to(at::kCPU));
  }
  return processes.gather_rows(own);
}

std::map<std::string, double> DevSet::evaluate(const TrainedEncoder& encoder,
                                               const torch::PassOptions& pass,
                                               std::size_t chunk_tokens, Processes& processes,
                                               ThreadPool& pool) const {
  const at::NoGradGuard no_graph;
  torch::PassOptions plain = pass;
  plain.dropout.probability = 0.0;
  const at::Tensor a =
      normalized(encode_all(encoder, anchors_, plain, chunk_tokens, processes, pool));
  const at::Tensor p =
      normalized(encode_all(encoder, passages_, plain, chunk_tokens, processes, pool));
  double first = 0.0, ten = 0.0, reciprocal = 0.0;
  for (std::int64_t begin = 0; begin < a.size(0); begin += kBlock) {
    const std::int64_t rows = std::min(kBlock, a.size(0) - begin);
    const at::Tensor scores = a.narrow(0, begin, rows).matmul(p.t()).contiguous();
    const float* values = scores.const_data_ptr<float>();
    for (std::int64_t r = 0; r < rows; ++r) {
      const float* row = values + r * p.size(0);
      const auto& matching = positives_[static_cast<std::size_t>(begin + r)];
      float best = -std::numeric_limits<float>::infinity();
      for (const std::uint32_t m : matching) best = std::max(best, row[m]);
      std::int64_t rank =
          1 + std::count_if(row, row + p.size(0), [&](float s) { return s > best; });
      if (rank == 1) first += 1.0;
      if (rank <= kDepth) {
        ten += 1.0;
        reciprocal += 1.0 / static_cast<double>(rank);
      }
    }
  }
  const auto n = static_cast<double>(anchors_.size());
  return {{"recall@1", first / n}, {"recall@10", ten / n}, {"mrr@10", reciprocal / n}};
}

}  // namespace kindred::train
