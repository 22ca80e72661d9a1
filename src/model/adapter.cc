#include "model/adapter.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>

#include "base/error.h"
#include "io/file.h"
#include "io/finite.h"
#include "io/safetensors.h"
#include "io/torch_file.h"
#include "text/pattern.h"

namespace kindred::model {
namespace {

using Values = std::vector<float>;

constexpr std::string_view kPrefix = "base_model.model.";
constexpr std::size_t kMostRank = std::size_t{1} << 16;

/// peft's get_pattern_key: whether the expression is the module's name or its end behind a point.
bool matches(const std::string& expression, const std::string& module, const std::string& origin) {
  const auto pattern =
      text::Pattern::regex(fmt::format("\\A(?:.*\\.)?(?:{})\\z", expression), origin);
  std::vector<text::Match> found;
  pattern->find(module, found);
  return found.size() == 1 && found.front().is_match && found.front().end == module.size();
}

template <typename Value>
Value value_for(const std::vector<std::pair<std::string, Value>>& patterns,
                const std::string& module, const std::string& origin, Value otherwise) {
  for (const auto& [expression, value] : patterns)
    if (matches(expression, module, origin)) return value;
  return otherwise;
}

/// What a value of the configuration is when it changes nothing.
bool is_off(const nlohmann::json& value) {
  return value.is_null() || value == false || value == nlohmann::json::object() ||
         value == nlohmann::json::array();
}

void refuse_other_mathematics(const Config& config) {
  const std::string type = config.text("peft_type", "");
  if (type != "LORA") {
    config.refuse("peft_type",
                  "of PEFT's adapters Kindred merges LORA; merge it by peft's "
                  "merge_and_unload() and save the result");
  }
  for (const char* key : {"use_dora", "use_qalora", "use_bdlora", "lora_bias", "layer_replication",
                          "target_parameters", "trainable_token_indices", "alora_invocation_tokens",
                          "arrow_config", "kasa_config", "velora_config", "monteclora_config"}) {
    if (config.json().contains(key) && !is_off(config.json()[key])) {
      config.refuse(key,
                    "Kindred merges plain LoRA; merge it by peft's merge_and_unload() and "
                    "save the result");
    }
  }
  const auto start = config.json().find("init_lora_weights");
  if (start != config.json().end() && start->is_string()) {
    for (const char* other : {"pissa", "olora", "corda", "loftq", "lora_ga"}) {
      if (start->get<std::string>().starts_with(other)) {
        config.refuse("init_lora_weights",
                      "this start changes the base's weights, which the adapter does not hold; "
                      "save it by peft with path_initial_model_for_weight_conversion");
      }
    }
  }
}

/// The tensors of one adapted module.
struct Module {
  std::string name;  ///< as peft has it, which expressions are matched with
  const io::TensorView* a = nullptr;
  const io::TensorView* b = nullptr;
  bool embedding = false;
};

/// A head that the encoder does not use; every other unknown module is a mistake.
bool is_unused_head(const std::string& module) {
  const std::string last = module.substr(module.rfind('.') + 1);
  for (const char* head : {"lm_head", "score", "classifier", "decoder"})
    if (last == head) return true;
  return module.find("pooler") != std::string::npos || module.find("cls.") == 0;
}

class Merger {
 public:
  Merger(const AdapterConfig& config, const Architecture& architecture, const TensorSet& adapter,
         const TensorSet& base)
      : config_(config), architecture_(architecture), adapter_(adapter), base_(base) {
    for (const io::TensorView& tensor : base.tensors())
      names_.emplace(plain(tensor.name), tensor.name);
    for (const io::TensorView& tensor : adapter.tensors()) sort_in(tensor);
  }

  MergedAdapter merge() {
    MergedAdapter result{base_, {}, "", 0};
    for (const auto& [module, tensor] : replaced_) replace(module, *tensor);
    for (const auto& [module, parts] : modules_) add(module, parts);
    if (merged_.empty()) {
      fail(ErrorKind::corrupt,
           "{}: the adapter changes nothing of the base model; is it of another model, or was it "
           "saved before it was trained?",
           adapter_.origin());
    }
    for (auto& [name, values] : merged_) {
      io::TensorView view = *base_.find(name);
      auto kept = std::make_shared<Values>(std::move(values));
      view.dtype = io::DType::f32;
      view.row_scales = nullptr;
      view.file = nullptr;
      view.data = reinterpret_cast<const std::byte*>(kept->data());
      view.bytes = kept->size() * sizeof(float);
      result.tensors.replace(std::move(view), std::move(kept));
    }
    result.changed = merged_.size();
    result.description = std::move(description_);
    return result;
  }

 private:
  static std::string_view without_peft(std::string_view name) {
    if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
    return name;
  }

  /// Without what programs put before a name, the family's prefixes among it.
  std::string plain(std::string_view name) const {
    name = without_peft(name);
    // Again and again: "bert.encoder.layer.0" is "encoder.layer.0" is "layer.0".
    for (bool found = true; found;) {
      found = false;
      for (const std::string& prefix : architecture_.names.prefixes) {
        if (prefix.empty() || !name.starts_with(prefix)) continue;
        name.remove_prefix(prefix.size());
        found = true;
      }
    }
    return std::string(name);
  }

  void sort_in(const io::TensorView& tensor) {
    const std::string name = plain(tensor.name);
    for (const auto& [ending, first, embedding] : {std::tuple{".lora_A.weight", true, false},
                                                   {".lora_B.weight", false, false},
                                                   {".lora_embedding_A", true, true},
                                                   {".lora_embedding_B", false, true}}) {
      if (!name.ends_with(ending)) continue;
      Module& module = modules_[name.substr(0, name.size() - std::string_view(ending).size())];
      (first ? module.a : module.b) = &tensor;
      module.name = without_peft(tensor.name);
      module.name.resize(module.name.size() - std::string_view(ending).size());
      module.embedding = embedding;
      return;
    }
    if (name.find(".lora_") != std::string::npos ||
        name.find("lora_magnitude") != std::string::npos) {
      fail(ErrorKind::unsupported,
           "{}: tensor \"{}\" is of no plain LoRA; merge the adapter by peft's merge_and_unload() "
           "and save the result",
           adapter_.origin(), tensor.name);
    }
    std::string whole = name;  // a bias, or a module saved whole
    for (const std::string_view wrapper : {".base_layer.", ".modules_to_save."})
      if (const std::size_t at = whole.find(wrapper); at != std::string::npos)
        whole.erase(at, wrapper.size() - 1);
    replaced_[whole] = &tensor;
  }

  /// The base's tensor, or nothing for a head that the encoder does not use.
  const io::TensorView* target(const std::string& name) const {
    const auto found = names_.find(name);
    if (found != names_.end()) return base_.find(found->second);
    if (is_unused_head(name.substr(0, name.rfind('.')))) return nullptr;
    fail(ErrorKind::bad_input,
         "{}: adapts \"{}\", which the base model {} does not have; give the base that it was "
         "trained on by --base",
         adapter_.origin(), name, base_.origin());
  }

  Values& values_of(const io::TensorView& tensor) {
    const auto [place, is_new] = merged_.try_emplace(tensor.name);
    if (is_new) place->second = tensor.to_floats();
    return place->second;
  }

  void check_finite(const io::TensorView& tensor, const Values& values) const {
    if (io::first_not_finite(values.data(), values.size()) == values.size()) return;
    fail(ErrorKind::corrupt,
         "{}: tensor \"{}\" has a value that is not finite; training has failed", adapter_.origin(),
         tensor.name);
  }

  void replace(const std::string& name, const io::TensorView& tensor) {
    const io::TensorView* old = target(name);
    if (old == nullptr) return;
    const io::TensorView now = adapter_.get(tensor.name, old->shape);
    Values values = now.to_floats();
    check_finite(now, values);
    if (values == old->to_floats()) return;  // peft saves embeddings that it did not train, too
    merged_[old->name] = std::move(values);
    description_ += fmt::format("{} replaced\n", name);
  }

  double scale_of(const std::string& module, std::size_t rank) const {
    const std::size_t said = value_for(config_.ranks, module, config_.origin, config_.rank);
    if (said != rank) {
      fail(ErrorKind::corrupt, "{}: \"{}\" has rank {} where {} says {}", adapter_.origin(), module,
           rank, config_.origin, said);
    }
    const double alpha = value_for(config_.alphas, module, config_.origin, config_.alpha);
    const auto r = static_cast<double>(rank);
    return alpha / (config_.root_scaled ? std::sqrt(r) : r);
  }

  void check_targeted(const std::string& module) const {
    if (config_.targets.empty()) return;
    for (const std::string& target : config_.targets)
      if (module == target || module.ends_with(fmt::format(".{}", target)) ||
          target.ends_with(fmt::format(".{}", module)))
        return;
    fail(ErrorKind::corrupt, "{}: holds \"{}\", which \"target_modules\" of {} does not name",
         adapter_.origin(), module, config_.origin);
  }

  void add(const std::string& module, const Module& parts) {
    if (parts.a == nullptr || parts.b == nullptr) {
      fail(ErrorKind::corrupt, "{}: \"{}\" has {} alone; the file is incomplete", adapter_.origin(),
           module, parts.a == nullptr ? "lora_B" : "lora_A");
    }
    check_targeted(parts.name);
    const io::TensorView* weight = target(fmt::format("{}.weight", module));
    if (weight == nullptr) return;
    if (weight->shape.size() != 2 || parts.a->shape.size() != 2) {
      fail(ErrorKind::corrupt, "{}: \"{}\" is no matrix", adapter_.origin(), module);
    }
    const std::size_t rows = weight->shape[0];
    const std::size_t columns = weight->shape[1];
    const std::size_t rank = parts.a->shape[0];
    const double scale = scale_of(parts.name, rank);
    const auto a = adapter_.get(parts.a->name, {rank, parts.embedding ? rows : columns});
    const auto b = adapter_.get(parts.b->name, {parts.embedding ? columns : rows, rank});
    const Values a_values = a.to_floats();
    const Values b_values = b.to_floats();
    check_finite(a, a_values);
    check_finite(b, b_values);
    const auto is_zero = [](float value) { return value == 0.0F; };
    if (scale == 0.0 || std::all_of(b_values.begin(), b_values.end(), is_zero) ||
        std::all_of(a_values.begin(), a_values.end(), is_zero))
      return;
    // Of an embedding the product is the other way round: rows are tokens.
    add_product(values_of(*weight), parts.embedding ? transposed(a_values, rank, rows) : b_values,
                parts.embedding ? transposed(b_values, columns, rank) : a_values, rank, scale);
    description_ += fmt::format("{} {}\n", module, scale);
  }

  static Values transposed(const Values& matrix, std::size_t rows, std::size_t columns) {
    Values result(matrix.size());
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t k = 0; k < columns; ++k) result[k * rows + i] = matrix[i * columns + k];
    return result;
  }

  /// weight += scale · left right, left [rows, rank], right [rank, columns].
  static void add_product(Values& weight, const Values& left, const Values& right, std::size_t rank,
                          double scale) {
    const std::size_t columns = right.size() / rank;
    std::vector<double> sum(columns);
    for (std::size_t row = 0; row * columns < weight.size(); ++row) {
      std::fill(sum.begin(), sum.end(), 0.0);
      for (std::size_t r = 0; r < rank; ++r) {
        const double factor = scale * static_cast<double>(left[row * rank + r]);
        const float* values = right.data() + r * columns;
        for (std::size_t k = 0; k < columns; ++k) sum[k] += factor * static_cast<double>(values[k]);
      }
      float* out = weight.data() + row * columns;
      for (std::size_t k = 0; k < columns; ++k)
        out[k] = static_cast<float>(static_cast<double>(out[k]) + sum[k]);
    }
  }

  const AdapterConfig& config_;
  const Architecture& architecture_;
  const TensorSet& adapter_;
  const TensorSet& base_;
  std::map<std::string, std::string> names_;  // plain name → the base's own
  std::map<std::string, Module> modules_;
  std::map<std::string, const io::TensorView*> replaced_;
  std::map<std::string, Values> merged_;  // by the base's own name
  std::string description_;
};

TensorSet open_adapter(const std::string& folder, std::vector<std::string>& paths) {
  const std::string safe = io::join_path(folder, "adapter_model.safetensors");
  if (io::is_file(safe)) {
    paths = {safe};
    return TensorSet::from(io::Safetensors::open(safe));
  }
  const std::string torch = io::join_path(folder, "adapter_model.bin");
  if (io::is_file(torch)) {
    paths = {torch};
    return TensorSet::from(io::TorchFile::open(torch));
  }
  fail(ErrorKind::not_found,
       "{}: has adapter_config.json, and neither adapter_model.safetensors nor adapter_model.bin; "
       "is the download complete?",
       folder);
}

}  // namespace

AdapterConfig read_adapter_config(const std::string& path) {
  const Config config = Config::read(path);
  refuse_other_mathematics(config);
  AdapterConfig result;
  result.origin = path;
  result.base = config.text("base_model_name_or_path", "");
  result.rank = config.count("r", 1, kMostRank, 8);
  result.alpha = config.number("lora_alpha", -1e9, 1e9, 8.0);
  result.root_scaled = config.flag("use_rslora", false);
  const Config ranks = config.object("rank_pattern");
  for (const auto& item : ranks.json().items())
    result.ranks.emplace_back(item.key(), ranks.count(item.key(), 1, kMostRank));
  const Config alphas = config.object("alpha_pattern");
  for (const auto& item : alphas.json().items())
    result.alphas.emplace_back(item.key(), alphas.number(item.key(), -1e9, 1e9));
  const std::string bias = config.text("bias", "none");
  if (bias != "none" && bias != "all" && bias != "lora_only")
    config.refuse("bias", "PEFT has none, all and lora_only");
  const auto targets = config.json().find("target_modules");
  if (targets != config.json().end() && targets->is_array())
    result.targets = config.texts("target_modules");
  return result;
}

MergedAdapter merge_adapter(const std::string& folder, const Architecture& architecture,
                            const TensorSet& base) {
  const AdapterConfig config = read_adapter_config(io::join_path(folder, kAdapterConfig));
  std::vector<std::string> paths;
  const TensorSet adapter = open_adapter(folder, paths);
  MergedAdapter result = Merger(config, architecture, adapter, base).merge();
  result.paths = std::move(paths);
  return result;
}

std::string resolve_base(const std::string& folder, const std::string& given) {
  const std::string path = io::join_path(folder, kAdapterConfig);
  if (!given.empty()) {
    if (io::is_directory(given)) return given;
    fail(ErrorKind::not_found, "{}: no such directory; the base model of an adapter is one", given);
  }
  const std::string named = Config::read(path).text("base_model_name_or_path", "");
  const std::string beside = io::join_path(folder, named);
  // Beside the adapter first: what lies in the working directory under that name is chance.
  if (!named.empty() && !named.starts_with('/') && io::is_directory(beside)) return beside;
  if (!named.empty() && io::is_directory(named)) return named;
  fail(ErrorKind::not_found,
       "{}: is an adapter of the model \"{}\", which is no directory here; give the base model's "
       "directory by --base",
       path, named);
}

}  // namespace kindred::model
