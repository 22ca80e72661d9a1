#include "train/exported_model.h"

#include <ATen/ops/cat.h>

#include <utility>
#include <vector>

#include "base/error.h"
#include "model/trained_model.h"
#include "torch/weights.h"

namespace kindred::train {
namespace {

io::TensorView view_of(const at::Tensor& tensor, std::vector<at::Tensor>& kept) {
  const at::Tensor& values =
      kept.emplace_back(tensor.detach().to(at::kCPU, at::kFloat).contiguous());
  io::TensorView view;
  view.shape.assign(values.sizes().begin(), values.sizes().end());
  view.data = static_cast<const std::byte*>(values.const_data_ptr());
  view.bytes = values.nbytes();
  return view;
}

std::vector<model::HeadStep> head_of(const TrainedEncoder& encoder, std::vector<at::Tensor>& kept) {
  std::vector<model::HeadStep> steps;
  for (const HeadLayer& layer : encoder.head()) {
    model::HeadStep step{model::HeadStep::Kind::normalize, {}};
    if (!layer.normalize) {
      step.kind = model::HeadStep::Kind::dense;
      step.dense.linear.weight = view_of(layer.weight, kept);
      if (layer.bias.defined()) step.dense.linear.bias = view_of(layer.bias, kept);
      step.dense.activation = layer.activation;
      step.dense.residual = layer.residual;
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

std::string directions_of(const TrainedEncoder& encoder) {
  std::string layers;
  const std::vector<std::uint8_t>& both = encoder.forward_options().bidirectional;
  for (std::size_t l = 0; l < both.size(); ++l)
    if (both[l] != 0) layers += (layers.empty() ? "" : ",") + std::to_string(l);
  return layers.empty() ? "none" : layers;
}

}  // namespace

void require_exportable(const TrainedEncoder& encoder) {
  for (const torch::Layer& layer : encoder.transformer().weights().layers)
    if (layer.attention_adapter)
      fail(ErrorKind::unsupported,
           "bottleneck adapters have no place in a model directory that other programs open; "
           "train with mode = \"lora\" to get a directory");
  const std::size_t depth = encoder.transformer().spec().layers.size();
  if (encoder.layers().states != std::vector{static_cast<std::uint32_t>(depth)})
    fail(ErrorKind::unsupported,
         "model.layers: no model directory says that the layers {} are pooled, and the trained "
         "model would be read as one of its last layer; leave the key out",
         to_string(encoder.layers()));
  if (encoder.prefix())
    fail(ErrorKind::unsupported,
         "model.prefix: no model directory says that the prompt alone sees both directions, and "
         "the trained model would be read as another; leave the key out");
}

void export_model(const TrainedEncoder& encoder, const std::map<std::string, std::string>& prompts,
                  const std::string& card, const std::string& output) {
  require_exportable(encoder);
  std::vector<at::Tensor> kept;
  model::TrainedModel trained;
  trained.weights =
      torch::merged_views(encoder.transformer().weights(), encoder.source().weights, kept);
  if (encoder.cls_token().defined()) {
    const std::string name = trained.weights.word_embeddings.name;
    trained.appended = model::next_token(encoder.source(), model::AppendedToken{}.content);
    const auto rows = static_cast<std::int64_t>(trained.appended->id);
    at::Tensor table = encoder.transformer().weights().word_embeddings.weight().detach();
    const at::Tensor row = encoder.cls_token().detach();
    table = rows < table.size(0) ? at::cat({table.narrow(0, 0, rows), row,
                                            table.narrow(0, rows + 1, table.size(0) - rows - 1)})
                                 : at::cat({table, row});
    trained.weights.word_embeddings = view_of(table, kept);
    trained.weights.word_embeddings.name = name;
  }
  trained.pooling = model::PoolingSpec{encoder.pooling(), encoder.source().pooling.include_prompt};
  trained.head = head_of(encoder, kept);
  if (!encoder.forward_options().bidirectional.empty())
    trained.bidirectional = directions_of(encoder);
  std::map<std::string, std::string> all = encoder.source().info.prompts;
  for (const auto& [name, text] : prompts) all[name] = text;
  trained.prompts = std::move(all);
  trained.default_prompt = encoder.source().info.default_prompt;
  if (encoder.max_length() > 0) trained.max_length = encoder.max_length();
  trained.card = card;
  model::write_trained(encoder.source(), trained, output);
}

}  // namespace kindred::train
