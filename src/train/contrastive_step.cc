#include "train/contrastive_step.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/error.h"

namespace kindred::train {
namespace {

/// The texts of a batch that a process encodes, the longest first. They are dealt by length, there
/// and back, so that all processes have about as many tokens.
std::vector<std::uint32_t> texts_of(int process, int processes, std::span<const TextTokens> texts) {
  std::vector<std::uint32_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return texts[a].ids.size() > texts[b].ids.size();
  });
  const auto size = static_cast<std::size_t>(processes);
  const auto rank = static_cast<std::size_t>(process);
  std::vector<std::uint32_t> own;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t round = i / size, place = i % size;
    if ((round % 2 == 0 ? place : size - 1 - place) == rank) own.push_back(order[i]);
  }
  return own;
}

/// `order` cut into chunks of at most `tokens` tokens; a longer text is a chunk of its own.
std::vector<std::vector<std::uint32_t>> chunks_of(std::span<const TextTokens> texts,
                                                  std::span<const std::uint32_t> order,
                                                  std::size_t tokens) {
  std::vector<std::vector<std::uint32_t>> chunks;
  std::size_t filled = 0;
  for (const std::uint32_t text : order) {
    const std::size_t length = texts[text].ids.size();
    if (chunks.empty() || (filled + length > tokens && filled > 0)) {
      chunks.emplace_back();
      filled = 0;
    }
    chunks.back().push_back(text);
    filled += length;
  }
  return chunks;
}

class CachedStep {
 public:
  CachedStep(TrainedEncoder& encoder, std::vector<TextTokens> texts, const StepOptions& options,
             Processes& processes)
      : encoder_(encoder),
        texts_(std::move(texts)),
        options_(options),
        processes_(processes),
        own_(texts_of(processes.rank(), processes.size(), texts_)),
        chunks_(chunks_of(texts_, own_, options.chunk_tokens)) {}

  /// The vectors of all texts, by their numbers, as a leaf.
  at::Tensor vectors() {
    std::vector<at::Tensor> parts(chunks_.size());
    for (std::size_t c = chunks_.size(); c-- > 0;) {
      // The first chunk is a full one. It keeps its graph: its second pass is spared.
      const at::AutoGradMode graph(c == 0);
      const at::Tensor part = encode(c);
      if (c == 0) kept_ = part;
      parts[c] = part.detach();
    }
    const at::Tensor mine = parts.empty()
                                ? at::empty({0, static_cast<std::int64_t>(encoder_.dimensions())},
                                            at::TensorOptions(at::kFloat).device(encoder_.device()))
                                : at::cat(parts);
    const at::Tensor all = processes_.gather_rows(mine);
    vectors_ = all.index_select(0, index_tensor(places(), all)).requires_grad_(true);
    return vectors_;
  }

  /// Sends the gradient of the vectors through the encoder.
  void backward() {
    at::Tensor gradient = vectors_.grad();
    require(gradient.defined(), "a loss whose gradient reaches the vectors");
    processes_.sum(gradient);
    for (std::size_t c = 0; c < chunks_.size(); ++c) {
      std::vector<std::int64_t> rows(chunks_[c].begin(), chunks_[c].end());
      const at::Tensor part = gradient.index_select(0, index_tensor(rows, gradient));
      if (kept_.defined()) {
        kept_.backward(part);
        kept_ = at::Tensor();
      } else {
        encode(c).backward(part);
      }
    }
  }

  std::size_t chunks() const { return chunks_.size(); }

  std::uint64_t repeated_tokens() const {
    std::uint64_t tokens = 0;
    for (std::size_t c = 1; c < chunks_.size(); ++c)
      for (const std::uint32_t text : chunks_[c]) tokens += texts_[text].ids.size();
    return tokens;
  }

 private:
  at::Tensor encode(std::size_t chunk) const {
    std::vector<const TextTokens*> texts;
    for (const std::uint32_t text : chunks_[chunk]) texts.push_back(&texts_[text]);
    torch::PassOptions pass = options_.pass;
    pass.dropout.seed += (chunk * static_cast<std::size_t>(processes_.size()) +
                          static_cast<std::size_t>(processes_.rank())) *
                         0x9e3779b97f4a7c15ULL;
    return encoder_.encode(texts, pass);
  }

  /// Where each text stands among the gathered rows.
  std::vector<std::int64_t> places() const {
    std::vector<std::int64_t> result(texts_.size());
    std::int64_t next = 0;
    for (int rank = 0; rank < processes_.size(); ++rank)
      for (const std::uint32_t text : texts_of(rank, processes_.size(), texts_))
        result[text] = next++;
    return result;
  }

  TrainedEncoder& encoder_;
  std::vector<TextTokens> texts_;
  StepOptions options_;
  Processes& processes_;
  std::vector<std::uint32_t> own_;
  std::vector<std::vector<std::uint32_t>> chunks_;
  at::Tensor kept_, vectors_;
};

}  // namespace

StepReport accumulate_gradient(TrainedEncoder& encoder, const Loss& loss,
                               const recipe::Batch& batch, const StepOptions& options,
                               Processes& processes, ThreadPool& pool, const OtherVectors& other) {
  std::vector<const recipe::BatchText*> all;
  for (const recipe::BatchText& text : batch.anchors) all.push_back(&text);
  for (const recipe::BatchText& text : batch.passages) all.push_back(&text);
  for (const recipe::BatchText& text : batch.events) all.push_back(&text);
  std::vector<TextTokens> texts = encoder.tokenise(all, pool);
  StepReport report;
  report.texts = texts.size();
  for (const TextTokens& text : texts) {
    report.tokens += text.ids.size();
    report.truncated += text.truncated ? 1 : 0;
  }

  CachedStep step(encoder, std::move(texts), options, processes);
  const at::Tensor vectors = step.vectors();
  const auto anchors = static_cast<std::int64_t>(batch.anchors.size());
  const auto passages = static_cast<std::int64_t>(batch.passages.size());
  const auto events = static_cast<std::int64_t>(batch.events.size());
  const Share share = share_of(batch.anchors.size(), processes);
  LossInput input{batch,
                  vectors.narrow(0, 0, anchors),
                  vectors.narrow(0, anchors, passages),
                  vectors.narrow(0, anchors + passages, events),
                  share.begin,
                  share.end,
                  other};
  at::Tensor value = loss(input);
  value.backward();
  step.backward();
  report.chunks = step.chunks();
  report.repeated_tokens = step.repeated_tokens();
  at::Tensor total = value.detach().to(at::kCPU, at::kDouble).reshape({1});
  processes.sum(total);
  report.loss = total.item<double>();
  return report;
}

}  // namespace kindred::train
