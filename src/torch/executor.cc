#include "torch/executor.h"

#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>

#include <cstring>
#include <utility>

#include "base/error.h"
#include "torch/transformer.h"

namespace kindred::torch {
namespace {

at::Device parse_device(const std::string& name) {
  if (name == "torch") return at::kCPU;
  if (name != "cuda" && name.rfind("cuda:", 0) != 0)
    fail(ErrorKind::bad_input, "there is no device \"{}\": choose cpu, cuda, cuda:N or torch",
         name);
  if (!at::globalContext().hasCUDA())
    fail(ErrorKind::bad_input,
         "no GPU for the device \"{}\": this LibTorch is built for CPUs alone, or the driver finds "
         "none; use --device cpu",
         name);
  try {
    return at::Device(name);
  } catch (const c10::Error&) {
    fail(ErrorKind::bad_input, "there is no device \"{}\": choose cpu, cuda, cuda:N or torch",
         name);
  }
}

class TorchExecutor final : public model::Executor {
 public:
  TorchExecutor(const model::TransformerSpec& spec, const model::TransformerWeights& weights,
                at::Device device, bool bf16)
      : transformer_(spec, load_weights(weights, device)), device_(device), bf16_(bf16) {}

  void forward(const model::PackedTokens& tokens, const model::ForwardOptions& options,
               ThreadPool& /*pool*/, std::vector<float>& out) const override {
    model::check_forward(tokens, options, spec(), spec().max_positions);
    const at::NoGradGuard no_graph;
    const auto hidden = static_cast<std::int64_t>(spec().hidden);
    const std::size_t matrix = tokens.ids.size() * spec().hidden;
    out.resize(options.layers.size() * matrix);
    if (tokens.ids.empty()) return;
    const PackedBatch batch = PackedBatch::make(tokens, spec().position_offset, device_);
    PassOptions pass;
    pass.bf16 = bf16_;
    const std::vector<at::Tensor> states = transformer_.forward(batch, options, pass);
    for (std::size_t i = 0; i < states.size(); ++i) {
      const at::Tensor rows =
          states[i].index_select(0, batch.row_of_token).to(at::kCPU).contiguous();
      require(rows.size(1) == hidden, "hidden states as wide as the model");
      std::memcpy(out.data() + i * matrix, rows.const_data_ptr<float>(), matrix * sizeof(float));
    }
  }

  const model::TransformerSpec& spec() const noexcept override { return transformer_.spec(); }
  std::size_t weight_bytes() const noexcept override {
    std::size_t bytes = transformer_.weights().word_embeddings.weight().nbytes();
    Weights weights = transformer_.weights();
    for_each_weight(weights, [&](at::Tensor& t, std::size_t) { bytes += t.nbytes(); });
    return bytes;
  }

 private:
  Transformer transformer_;
  at::Device device_;
  bool bf16_;
};

}  // namespace

std::string checked_device(const std::string& name) {
  return parse_device(name).str();
}

std::unique_ptr<const model::Executor> make_executor(const model::TransformerSpec& spec,
                                                     const model::TransformerWeights& weights,
                                                     const std::string& device, bool bf16) {
  return std::make_unique<const TorchExecutor>(spec, weights, parse_device(device), bf16);
}

}  // namespace kindred::torch
