// Finding a family's tensors under the names and prefixes that checkpoints use.
#include "model/weights.h"

#include <cstdint>

#include "base/error.h"

namespace kindred::model {
namespace {

constexpr std::string_view kScaleSuffix = "_scale";

std::string shape_text(const std::vector<std::size_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

bool holds_floats(const io::TensorView& tensor) {
  const bool integers = tensor.dtype >= io::DType::i64 && tensor.dtype <= io::DType::boolean;
  return !integers || tensor.row_scales != nullptr;
}

/// Elements [begin, begin + count) of a vector.
io::TensorView slice_vector(const io::TensorView& vector, std::size_t begin, std::size_t count) {
  if (vector.empty()) return vector;
  io::TensorView slice = vector;
  slice.shape = {vector.elements(), 1};
  slice = slice.slice_rows(begin, count);
  slice.shape = {count};
  return slice;
}

LinearWeights slice_linear(const LinearWeights& linear, std::size_t begin, std::size_t count) {
  return {linear.weight.slice_rows(begin, count), slice_vector(linear.bias, begin, count)};
}

/// Reads tensors under the prefix at which the word embeddings were found.
class Reader {
 public:
  Reader(const Architecture& architecture, const TensorSet& tensors)
      : names_(architecture.names),
        spec_(architecture.spec),
        biases_(architecture.biases),
        tensors_(tensors) {
    const std::string table = names_.word_embeddings + ".weight";
    for (const std::string& prefix : names_.prefixes) {
      if (!tensors.contains(prefix + table)) continue;
      prefix_ = prefix;
      return;
    }
    // Programs wrap models in others of their own: "_orig_mod.", "module.", "encoder.model.".
    std::vector<std::string> wrapped;
    for (const io::TensorView& tensor : tensors.tensors()) {
      if (tensor.name.ends_with("." + table)) wrapped.push_back(tensor.name);
    }
    if (wrapped.size() > 1) {
      fail(ErrorKind::unsupported,
           "{}: holds several models ({}); save the one that embeds texts alone", tensors.origin(),
           fmt::join(wrapped, ", "));
    }
    if (wrapped.empty()) explain_missing(table);
    prefix_ = wrapped.front().substr(0, wrapped.front().size() - table.size());
  }

  void enter_layer(std::size_t layer) {
    layer_ = names_.layer;
    const std::size_t place = layer_.find("{}");
    require(place != std::string::npos, "a layer's name without its number");
    layer_.replace(place, 2, std::to_string(layer));
  }

  io::TensorView table(const std::string& name, std::size_t rows, std::size_t columns) const {
    if (name.empty()) return {};
    return tensors_.get(full(name) + ".weight", {rows, columns});
  }

  LinearWeights linear(const std::string& name, std::size_t out, std::size_t in,
                       Presence bias) const {
    LinearWeights result;
    result.weight = table(name, out, in);
    result.bias = vector(full(name) + ".bias", out, bias);
    return result;
  }

  NormWeights norm(const std::string& name, std::size_t size) const {
    if (name.empty()) return {};
    // Checkpoints converted from TensorFlow call them gamma and beta.
    const std::string base = full(name);
    const bool old = !tensors_.contains(base + ".weight") && tensors_.contains(base + ".gamma");
    NormWeights result;
    result.weight = tensors_.get(base + (old ? ".gamma" : ".weight"), {size});
    result.bias = vector(base + (old ? ".beta" : ".bias"), size, biases_.norm);
    return result;
  }

 private:
  [[noreturn]] void explain_missing(const std::string& table) const {
    const std::string first = tensors_.tensors().empty() ? "" : tensors_.tensors().front().name;
    fail(ErrorKind::not_found,
         "{}: no tensor \"{}\", with or without a prefix, which family {} needs; the first of its "
         "{} tensors is \"{}\". Is config.json of another model?",
         tensors_.origin(), table, spec_.family, tensors_.tensors().size(), first);
  }

  std::string full(const std::string& name) const { return prefix_ + layer_ + name; }

  io::TensorView vector(const std::string& name, std::size_t size, Presence presence) const {
    if (presence == Presence::absent) return {};
    if (presence == Presence::if_present && !tensors_.contains(name)) return {};
    return tensors_.get(name, {size});
  }

  const TensorNames& names_;
  const TransformerSpec& spec_;
  const Biases& biases_;
  const TensorSet& tensors_;
  std::string prefix_;
  std::string layer_;
};

void read_attention(const Architecture& architecture, const Reader& reader, LayerWeights& layer) {
  const TransformerSpec& spec = architecture.spec;
  const TensorNames& names = architecture.names;
  const std::size_t q = spec.heads * spec.head_dim;
  const std::size_t kv = spec.kv_heads * spec.head_dim;
  const Presence bias = architecture.biases.query_key_value;
  if (names.query_key_value.empty()) {
    layer.query = reader.linear(names.query, q, spec.hidden, bias);
    layer.key = reader.linear(names.key, kv, spec.hidden, bias);
    layer.value = reader.linear(names.value, kv, spec.hidden, bias);
  } else {
    const LinearWeights fused = reader.linear(names.query_key_value, q + 2 * kv, spec.hidden, bias);
    layer.query = slice_linear(fused, 0, q);
    layer.key = slice_linear(fused, q, kv);
    layer.value = slice_linear(fused, q + kv, kv);
  }
  layer.attention_output =
      reader.linear(names.attention_output, spec.hidden, q, architecture.biases.attention_output);
  if (spec.qk_norm) {
    layer.query_norm = reader.norm(names.query_norm, spec.head_dim);
    layer.key_norm = reader.norm(names.key_norm, spec.head_dim);
  }
}

void read_feed_forward(const Architecture& architecture, const Reader& reader,
                       LayerWeights& layer) {
  const TransformerSpec& spec = architecture.spec;
  const TensorNames& names = architecture.names;
  const Presence bias = architecture.biases.feed_forward;
  if (names.gate_up.empty()) {
    if (spec.gated) layer.gate = reader.linear(names.gate, spec.intermediate, spec.hidden, bias);
    layer.up = reader.linear(names.up, spec.intermediate, spec.hidden, bias);
  } else {
    const LinearWeights fused =
        reader.linear(names.gate_up, 2 * spec.intermediate, spec.hidden, bias);
    layer.gate = slice_linear(fused, 0, spec.intermediate);
    layer.up = slice_linear(fused, spec.intermediate, spec.intermediate);
  }
  layer.down = reader.linear(names.down, spec.hidden, spec.intermediate, bias);
}

}  // namespace

template <typename File>
TensorSet TensorSet::from_plain(const File& file) {
  TensorSet set;
  set.origin_ = file.path();
  set.storage_ = file.storage();
  for (const io::TensorView& tensor : file.tensors()) set.add(tensor);
  set.unread_.insert(file.unread().begin(), file.unread().end());
  set.attach_scales();
  return set;
}

TensorSet TensorSet::from(const io::Safetensors& file) {
  return from_plain(file);
}

TensorSet TensorSet::from(const io::TorchFile& file) {
  return from_plain(file);
}

TensorSet TensorSet::from(const io::Gguf& file) {
  TensorSet set;
  set.origin_ = file.path();
  set.storage_ = file.storage();
  for (const io::GgufTensorInfo& tensor : file.tensors()) {
    if (tensor.dtype) {
      set.add(file.tensor(tensor.name));
    } else {
      set.unread_.emplace(tensor.name, tensor.type);
    }
  }
  return set;
}

void TensorSet::add(io::TensorView tensor) {
  by_name_.emplace(tensor.name, tensors_.size());
  tensors_.push_back(std::move(tensor));
}

void TensorSet::replace(io::TensorView tensor, std::shared_ptr<const void> storage) {
  const auto found = by_name_.find(tensor.name);
  require(found != by_name_.end(), "a tensor to replace that is not there");
  tensors_[found->second] = std::move(tensor);
  storage_ = std::make_shared<std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>>(
      storage_, std::move(storage));
}

void TensorSet::attach_scales() {
  for (io::TensorView& matrix : tensors_) {
    if (matrix.dtype != io::DType::i8) continue;
    const io::TensorView* scales = find(matrix.name + std::string(kScaleSuffix));
    if (scales == nullptr) continue;
    const auto address = reinterpret_cast<std::uintptr_t>(scales->data);
    if (scales->dtype != io::DType::f32 || matrix.shape.size() != 2 ||
        scales->shape != std::vector<std::size_t>{matrix.shape[0]} ||
        address % alignof(float) != 0) {
      fail(ErrorKind::corrupt,
           "{}: \"{}\" is {} {} where {} aligned F32 values are expected, one a row of \"{}\"; "
           "quantise the model again",
           origin_, scales->name, io::to_string(scales->dtype), shape_text(scales->shape),
           matrix.rows(), matrix.name);
    }
    matrix.row_scales = reinterpret_cast<const float*>(scales->data);
  }
}

const io::TensorView* TensorSet::find(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &tensors_[found->second];
}

io::TensorView TensorSet::get(const std::string& name,
                              const std::vector<std::size_t>& shape) const {
  const io::TensorView* tensor = find(name);
  if (tensor == nullptr) {
    if (const auto found = unread_.find(name); found != unread_.end()) {
      fail(ErrorKind::unsupported,
           "{}: tensor \"{}\" is {}, which Kindred does not read; get or make the model in another "
           "type (F32, F16, BF16; GGUF: Q8_0, Q4_K)",
           origin_, name, found->second);
    }
    fail(ErrorKind::not_found,
         "{}: tensor \"{}\" {} is missing; the configuration asks for more than the weights hold, "
         "or the file is incomplete",
         origin_, name, shape_text(shape));
  }
  if (tensor->shape != shape) {
    fail(ErrorKind::corrupt, "{}: tensor \"{}\" is {} where the configuration says {}", origin_,
         name, shape_text(tensor->shape), shape_text(shape));
  }
  if (!holds_floats(*tensor)) {
    fail(ErrorKind::unsupported,
         "{}: tensor \"{}\" holds {} without scales; Kindred reads F32, F16 and BF16 weights and "
         "its own int8",
         origin_, name, io::to_string(tensor->dtype));
  }
  return *tensor;
}

TransformerWeights read_weights(const Architecture& architecture, const TensorSet& tensors) {
  const TransformerSpec& spec = architecture.spec;
  const TensorNames& names = architecture.names;
  Reader reader(architecture, tensors);
  TransformerWeights weights;
  weights.word_embeddings = reader.table(names.word_embeddings, spec.vocab_size, spec.hidden);
  weights.position_embeddings = reader.table(
      names.position_embeddings, spec.max_positions + spec.position_offset, spec.hidden);
  weights.token_type_embeddings =
      reader.table(names.token_type_embeddings, architecture.token_types, spec.hidden);
  if (spec.embedding_norm) {
    weights.embedding_norm = reader.norm(names.embedding_norm, spec.hidden);
  }
  weights.relative_bias = reader.table(names.relative_bias, spec.relative_buckets, spec.heads);
  if (spec.final_norm) weights.final_norm = reader.norm(names.final_norm, spec.hidden);
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    reader.enter_layer(i);
    LayerWeights& layer = weights.layers.emplace_back();
    if (spec.layers[i].has_attention_norm) {
      layer.attention_norm = reader.norm(names.attention_norm, spec.hidden);
    }
    read_attention(architecture, reader, layer);
    layer.attention_post_norm = reader.norm(names.attention_post_norm, spec.hidden);
    layer.feed_forward_norm = reader.norm(names.feed_forward_norm, spec.hidden);
    read_feed_forward(architecture, reader, layer);
    layer.feed_forward_post_norm = reader.norm(names.feed_forward_post_norm, spec.hidden);
  }
  weights.storage = tensors.storage();
  return weights;
}

void for_each_tensor(const TransformerWeights& weights,
                     const std::function<void(const io::TensorView&, bool linear)>& visit) {
  const auto plain = [&](const io::TensorView& tensor) {
    if (!tensor.empty()) visit(tensor, false);
  };
  const auto linear = [&](const LinearWeights& part) {
    if (!part.weight.empty()) visit(part.weight, true);
    plain(part.bias);
  };
  const auto norm = [&](const NormWeights& part) {
    plain(part.weight);
    plain(part.bias);
  };
  plain(weights.word_embeddings);
  plain(weights.position_embeddings);
  plain(weights.token_type_embeddings);
  plain(weights.relative_bias);
  norm(weights.embedding_norm);
  norm(weights.final_norm);
  for (const LayerWeights& layer : weights.layers) {
    for (const LinearWeights* part :
         {&layer.query, &layer.key, &layer.value, &layer.attention_output, &layer.gate, &layer.up,
          &layer.down}) {
      linear(*part);
    }
    for (const NormWeights* part :
         {&layer.attention_norm, &layer.query_norm, &layer.key_norm, &layer.attention_post_norm,
          &layer.feed_forward_norm, &layer.feed_forward_post_norm}) {
      norm(*part);
    }
  }
}

}  // namespace kindred::model
