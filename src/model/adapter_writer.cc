// Writing LoRA as PEFT has it.
#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/file.h"
#include "io/partial_directory.h"
#include "model/adapter.h"
#include "model/tensor_file.h"

namespace kindred::model {
namespace {

using Json = nlohmann::ordered_json;

/// A matrix of the base as it lies in its file, and where its parts begin.
struct Whole {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::map<const LinearWeights*, std::size_t> parts;  // first row
};

std::map<std::string, Whole> matrices_of(const ModelDirectory& base) {
  std::map<std::string, Whole> wholes;
  for (const LayerWeights& layer : base.weights.layers) {
    for (const LinearWeights* linear :
         {&layer.query, &layer.key, &layer.value, &layer.attention_output, &layer.gate, &layer.up,
          &layer.down}) {
      if (linear->weight.empty()) continue;
      Whole& whole = wholes[linear->weight.name];
      whole.parts[linear] = whole.rows;
      whole.rows += linear->weight.shape.at(0);
      whole.columns = linear->weight.shape.at(1);
    }
  }
  return wholes;
}

/// The low-rank change of one matrix, the ranks of its parts behind one another.
struct Change {
  std::size_t rank = 0;
  double scale = 0.0;
  std::vector<float> a;  // rank × columns
  std::vector<float> b;  // rows × rank
};

Change join(const Whole& whole, const std::vector<const AdaptedLinear*>& parts) {
  Change change;
  change.scale = parts.front()->scale;
  for (const AdaptedLinear* part : parts) change.rank += part->a.shape.at(0);
  change.b.assign(whole.rows * change.rank, 0.0F);
  std::size_t first = 0;
  for (const AdaptedLinear* part : parts) {
    const std::size_t rank = part->a.shape.at(0);
    const std::size_t rows = part->target->weight.shape.at(0);
    if (part->a.shape != std::vector{rank, whole.columns} ||
        part->b.shape != std::vector{rows, rank}) {
      fail(ErrorKind::bad_input, "a change [{}] × [{}] of the matrix \"{}\"",
           fmt::join(part->b.shape, ", "), fmt::join(part->a.shape, ", "),
           part->target->weight.name);
    }
    const std::vector<float> a = part->a.to_floats();
    const std::vector<float> b = part->b.to_floats();
    change.a.insert(change.a.end(), a.begin(), a.end());
    const auto ratio = static_cast<float>(part->scale / change.scale);
    const std::size_t begin = whole.parts.at(part->target);
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t r = 0; r < rank; ++r)
        change.b[(begin + row) * change.rank + first + r] = ratio * b[row * rank + r];
    first += rank;
  }
  return change;
}

/// What stands before the names of the base class in the base's file.
std::string prefix_of(const ModelDirectory& base) {
  const Architecture architecture =
      read_architecture(Config::read(io::join_path(base.main_folder, "config.json")));
  const std::string table = architecture.names.word_embeddings + ".weight";
  const std::string& name = base.weights.word_embeddings.name;
  require(name.ends_with(table), "word embeddings under another name than the family's");
  return name.substr(0, name.size() - table.size());
}

io::TensorView view_of(const std::vector<float>& values, std::vector<std::size_t> shape) {
  io::TensorView view;
  view.shape = std::move(shape);
  view.data = reinterpret_cast<const std::byte*>(values.data());
  view.bytes = values.size() * sizeof(float);
  return view;
}

}  // namespace

void write_adapter(const ModelDirectory& base, const std::vector<AdaptedLinear>& changes,
                   const std::string& base_name, const std::string& output) {
  if (base.main_folder.empty()) {
    fail(ErrorKind::unsupported,
         "{}: an adapter of a GGUF file would have the names of another file; write the merged "
         "model",
         base.info.path);
  }
  if (changes.empty()) fail(ErrorKind::bad_input, "an adapter without a change");
  const std::map<std::string, Whole> wholes = matrices_of(base);
  std::map<std::string, std::vector<const AdaptedLinear*>> by_name;
  for (const AdaptedLinear& change : changes) {
    require(change.target != nullptr && change.scale != 0.0, "a change of nothing");
    by_name[change.target->weight.name].push_back(&change);
  }
  const std::string prefix = prefix_of(base);
  std::deque<Change> joined;
  std::vector<TensorToWrite> tensors;
  Json targets = Json::array();
  Json ranks = Json::object();
  Json alphas = Json::object();
  for (const auto& [name, parts] : by_name) {
    const Whole& whole = wholes.at(name);
    const Change& change = joined.emplace_back(join(whole, parts));
    const std::string module =
        name.substr(prefix.size(), name.size() - prefix.size() - std::string(".weight").size());
    const std::string full = "base_model.model." + module;
    const std::vector<std::size_t> a_shape = {change.rank, whole.columns};
    const std::vector<std::size_t> b_shape = {whole.rows, change.rank};
    tensors.push_back(
        {full + ".lora_A.weight", a_shape, io::DType::f32, {view_of(change.a, a_shape)}});
    tensors.push_back(
        {full + ".lora_B.weight", b_shape, io::DType::f32, {view_of(change.b, b_shape)}});
    targets.push_back(module);
    const double alpha = change.scale * static_cast<double>(change.rank);
    if (change.rank != joined.front().rank) ranks[module] = change.rank;
    if (alpha != joined.front().scale * static_cast<double>(joined.front().rank))
      alphas[module] = alpha;
  }
  const Change& first = joined.front();
  const Json config = {{"peft_type", "LORA"},
                       {"task_type", "FEATURE_EXTRACTION"},
                       {"base_model_name_or_path", base_name},
                       {"r", first.rank},
                       {"lora_alpha", first.scale * static_cast<double>(first.rank)},
                       {"lora_dropout", 0.0},
                       {"use_rslora", false},
                       {"use_dora", false},
                       {"bias", "none"},
                       {"fan_in_fan_out", false},
                       {"init_lora_weights", true},
                       {"inference_mode", true},
                       {"modules_to_save", nullptr},
                       {"target_modules", targets},
                       {"rank_pattern", ranks},
                       {"alpha_pattern", alphas}};
  io::PartialDirectory partial(output);
  write_tensors(std::move(tensors), io::join_path(partial.path(), "adapter_model.safetensors"));
  io::write_text_file(io::join_path(partial.path(), kAdapterConfig), config.dump(2) + "\n");
  partial.commit();
}

}  // namespace kindred::model
