#include "model/trained_model.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/file.h"
#include "io/partial_directory.h"
#include "model/architecture.h"
#include "model/config.h"
#include "model/fingerprint.h"
#include "model/gguf_export.h"
#include "model/layer_selection.h"
#include "model/module_files.h"
#include "model/tensor_file.h"
#include "model/weight_names.h"
#include "model/weights.h"

namespace kindred::model {
namespace {

using Json = nlohmann::ordered_json;

Json read_json(const std::string& path) {
  if (!io::is_file(path)) return Json::object();
  try {
    return Json::parse(io::read_text_file(path));
  } catch (const Json::exception& error) {
    fail(ErrorKind::corrupt, "{}: not valid JSON: {}", path, error.what());
  }
}

void write_json(const std::string& root, const char* name, const Json& json) {
  io::write_text_file(io::join_path(root, name), json.dump(2) + "\n");
}

// ---- Files taken over

/// Weights, and what is another model's or written anew: its card, modules, settings, calibration.
bool is_taken_over(const std::string& name) {
  constexpr std::string_view kEndings[] = {
      ".safetensors", ".bin", ".pt",     ".pth", ".h5", ".msgpack", ".onnx", ".ckpt", ".gguf",
      ".index.json",  ".ot",  ".tflite", ".xml", ".pb", ".mlmodel", ".npy",  ".log"};
  if (name.starts_with('.') || name.starts_with("sentence_") || name.starts_with("adapter_"))
    return false;
  for (const char* other : {"modules.json", "config.json", "config_sentence_transformers.json",
                            "README.md", "calibration.json", "trainer_state.json"})
    if (name == other) return false;
  return std::none_of(std::begin(kEndings), std::end(kEndings),
                      [&](std::string_view ending) { return io::has_ending(name, ending); });
}

void take_over(const std::string& from, const std::string& to) {
  for (const std::string& name : io::list_directory(from)) {
    const std::string path = io::join_path(from, name);
    if (!is_taken_over(name) || !io::is_file(path)) continue;
    io::write_text_file(io::join_path(to, name), io::read_text_file(path));
  }
}

/// What a licence asks to be handed on lies beside modules.json, not in the transformer's folder.
void take_over_licences(const std::string& from, const std::string& to) {
  for (const std::string& name : io::list_directory(from)) {
    const std::string path = io::join_path(from, name);
    const bool licence =
        name.starts_with("LICENSE") || name.starts_with("LICENCE") || name.starts_with("NOTICE");
    if (licence && io::is_file(path))
      io::write_text_file(io::join_path(to, name), io::read_text_file(path));
  }
}

// ---- Weights

std::vector<std::pair<io::TensorView, bool>> tensors_of(const TransformerWeights& weights) {
  std::vector<std::pair<io::TensorView, bool>> tensors;
  for_each_tensor(weights, [&](const io::TensorView& tensor, bool linear) {
    tensors.emplace_back(tensor, linear);
  });
  return tensors;
}

void check_shape(const io::TensorView& given, const io::TensorView& named, bool may_grow) {
  const bool grown = may_grow && given.shape.size() == 2 && named.shape.size() == 2 &&
                     given.shape[1] == named.shape[1] && given.shape[0] >= named.shape[0];
  if (given.shape == named.shape || grown) return;
  fail(ErrorKind::bad_input, "the trained tensor for \"{}\" is [{}] where the model's is [{}]",
       named.name, fmt::join(given.shape, ", "), fmt::join(named.shape, ", "));
}

/// `named`: the source's weights under the names to write; tensors of one name become one.
/// `head_rows` > 0: rows of queries and keys lie in rotary pairs within so many rows a head.
std::vector<TensorToWrite> plan(const TransformerWeights& named, const TransformerWeights& trained,
                                io::DType dtype, std::size_t head_rows) {
  const auto names = tensors_of(named);
  const auto values = tensors_of(trained);
  if (names.size() != values.size() || named.layers.size() != trained.layers.size()) {
    fail(ErrorKind::bad_input, "{} trained tensors for a model of {}", values.size(), names.size());
  }
  std::vector<TensorToWrite> tensors;
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const io::TensorView& name = names[i].first;
    const io::TensorView& value = values[i].first;
    check_shape(value, name, name.name == named.word_embeddings.name);
    const auto [place, is_new] = places.emplace(name.name, tensors.size());
    if (is_new) {
      const bool matrix = value.shape.size() > 1;
      tensors.push_back({name.name, value.shape, matrix ? dtype : io::DType::f32, {value}});
    } else {
      TensorToWrite& whole = tensors[place->second];
      whole.shape.front() += value.shape.front();
      whole.parts.push_back(value);
    }
  }
  if (head_rows == 0) return tensors;
  for (const LayerWeights& layer : named.layers)
    for (const LinearWeights* part : {&layer.query, &layer.key})
      for (const io::TensorView* tensor : {&part->weight, &part->bias})
        if (!tensor->empty()) tensors[places.at(tensor->name)].paired_rows = head_rows;
  return tensors;
}

// ---- config.json

bool sees_both(const std::vector<std::uint8_t>& layers) {
  return std::find(layers.begin(), layers.end(), 1) != layers.end();
}

/// The window of the layers that have one, itself included; 0 where none has.
std::size_t window_of(const TransformerSpec& spec) {
  for (const LayerSpec& layer : spec.layers)
    if (layer.reach.left != AttentionReach::kUnbounded) return layer.reach.left + std::size_t{1};
  return 0;
}

/// transformers has one switch for all layers, and counts a window on each side where it is off.
void write_direction(Json& config, const TransformerSpec& spec, const std::string& bidirectional) {
  if (config.contains(kAttentionKey)) {
    // Back to the causal model that it was.
    const Json before = config[kAttentionKey];
    config.erase(kAttentionKey);
    config.erase("is_causal");
    if (before.contains("sliding_window")) config["sliding_window"] = before["sliding_window"];
  }
  const std::vector<std::uint8_t> both = parse_bidirectional(bidirectional, spec.layers.size());
  if (!spec.causal() || !sees_both(both)) return;
  Json own = {{"version", kAttentionVersion}, {"bidirectional", bidirectional}};
  const std::size_t window = window_of(spec);
  const bool all = std::find(both.begin(), both.end(), 0) == both.end();
  if (all) own["bidirectional"] = "all";
  if (all && window != 1) {
    config["is_causal"] = false;
    if (window > 1) {
      own["sliding_window"] = window;
      config["sliding_window"] = window - 1;
    }
  }
  config[kAttentionKey] = own;
}

void write_type(Json& config, io::DType dtype) {
  const char* name = dtype == io::DType::bf16 ? "bfloat16" : "float32";
  if (config.contains("torch_dtype")) config["torch_dtype"] = name;
  config["dtype"] = name;
}

// ---- Settings

void write_transformer_settings(const ModelDirectory& source, const TrainedModel& trained,
                                const std::string& root) {
  Json settings = Json::object();
  if (!source.main_folder.empty()) {
    for (const std::string& name : io::list_directory(source.main_folder))
      if (name.starts_with("sentence_") && name.ends_with("_config.json"))
        settings = read_json(io::join_path(source.main_folder, name));
  }
  if (source.chat && source.info.format == "huggingface" && !trained.plain_text) {
    fail(ErrorKind::unsupported,
         "{}: its texts are wrapped by a chat template, and it has no sentence_bert_config.json "
         "that could say so; train on plain texts, or load and save the model by "
         "sentence-transformers first",
         source.info.path);
  }
  if (trained.plain_text) settings.erase("modality_config");
  const std::size_t length = trained.max_length.value_or(source.info.max_length);
  if (length > 0) settings["max_seq_length"] = length;
  if (!settings.contains("do_lower_case")) settings["do_lower_case"] = false;
  write_json(root, "sentence_bert_config.json", settings);
}

void write_model_settings(const ModelDirectory& source, const TrainedModel& trained,
                          const std::string& root, bool new_head) {
  constexpr const char* kName = "config_sentence_transformers.json";
  Json settings = source.main_folder.empty() ? Json::object()
                                             : read_json(io::join_path(source.info.path, kName));
  if (trained.prompts) {
    settings["prompts"] = *trained.prompts;
    settings["default_prompt_name"] =
        trained.default_prompt.empty() ? Json(nullptr) : Json(trained.default_prompt);
  }
  if (!settings.contains("prompts")) settings["prompts"] = source.info.prompts;
  if (!settings.contains("default_prompt_name")) settings["default_prompt_name"] = nullptr;
  if (!settings.contains("similarity_fn_name")) settings["similarity_fn_name"] = "cosine";
  if (new_head) settings.erase("truncate_dim");
  write_json(root, kName, settings);
}

/// The directory as a reader finds it is the model that was to be written.
void check_written(const ModelDirectory& source, const TrainedModel& trained,
                   const std::string& root) {
  const ModelDirectory written = ModelDirectory::open(root);
  const auto got = tensors_of(written.weights);
  const auto wanted = tensors_of(trained.weights);
  require(got.size() == wanted.size(), "a written model with other tensors than the trained one");
  for (std::size_t i = 0; i < got.size(); ++i)
    require(got[i].first.shape == wanted[i].first.shape, "a written tensor of another shape");
  ModelDirectory expected = written;  // but for what the transformer computes
  expected.spec = source.spec;
  expected.spec.vocab_size = written.spec.vocab_size;
  for (RopeSpec& rope : expected.spec.ropes) rope.interleaved = false;
  for (std::size_t i = 0; i < expected.spec.ropes.size(); ++i) {
    // Of a GGUF file, computed in another order there.
    if (source.main_folder.empty())
      expected.spec.ropes[i].inverse_frequencies = written.spec.ropes.at(i).inverse_frequencies;
  }
  if (normalized_configuration(expected) != normalized_configuration(written)) {
    fail(ErrorKind::unsupported,
         "{}: cannot be written in Hugging Face's terms: it would be computed otherwise",
         source.info.path);
  }
}

/// The source's weights under the names that they are written by, which lie in `config` too.
TransformerWeights named_weights(const ModelDirectory& source, const Json& config) {
  if (!source.main_folder.empty()) return source.weights;
  const Architecture architecture =
      read_architecture(Config::parse(config.dump(), "the new config.json"));
  return named_as(architecture, /*prefix=*/"", source.weights);
}

}  // namespace

void write_trained(const ModelDirectory& source, const TrainedModel& trained,
                   const std::string& output,
                   const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  require(!source.is_static, "a trained model without a transformer");
  std::string target = output;
  while (target.size() > 1 && target.ends_with('/')) target.pop_back();
  io::PartialDirectory partial(target);
  const std::string& root = partial.path();
  const bool from_gguf = source.main_folder.empty();
  Json config;
  if (from_gguf) {
    config = gguf_config(source);
    write_gguf_tokenizer(source, root);
  } else {
    take_over(source.main_folder, root);
    // An adapter's folder may have a tokenizer of its own.
    if (io::is_directory(source.tokenizer_path) && source.tokenizer_path != source.main_folder)
      take_over(source.tokenizer_path, root);
    take_over_licences(source.info.path, root);
    config = read_json(io::join_path(source.main_folder, "config.json"));
  }
  config.erase("kindred_quantization");
  config["vocab_size"] = trained.weights.word_embeddings.rows();
  write_direction(config, source.spec, trained.bidirectional.value_or(source.bidirectional));
  write_type(config, trained.dtype);
  write_json(root, "config.json", config);
  write_modules(root, source.spec.hidden, trained.pooling.value_or(source.pooling),
                trained.head ? *trained.head : source.head);
  write_transformer_settings(source, trained, root);
  write_model_settings(source, trained, root, trained.head.has_value());
  if (!trained.card.empty()) io::write_text_file(io::join_path(root, "README.md"), trained.card);
  const bool paired = !source.spec.ropes.empty() && source.spec.ropes.front().interleaved;
  write_tensors(plan(named_weights(source, config), trained.weights, trained.dtype,
                     paired ? source.spec.head_dim : 0),
                io::join_path(root, "model.safetensors"), progress);
  if (trained.appended) append_token(root, *trained.appended);
  check_written(source, trained, root);
  partial.commit();
}

}  // namespace kindred::model
