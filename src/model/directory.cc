// Opening sentence-transformers and Hugging Face directories and GGUF files.
#include "model/directory.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "io/file.h"
#include "io/gguf.h"
#include "io/lfs_pointer.h"
#include "model/adapter.h"
#include "model/gguf_architecture.h"
#include "model/layer_selection.h"
#include "model/modules.h"
#include "model/static_embedding.h"
#include "model/weight_files.h"
#include "model/weights.h"
#include "model/writer.h"

namespace kindred::model {
namespace {

/// Builds a ModelDirectory step by step; every step adds the files that it keeps alive.
class Opener {
 public:
  Opener(const std::string& path, std::string base) : base_(std::move(base)) {
    result_.info.path = path;
  }

  /// A directory that is an adapter and nothing else takes its base's modules.
  ModelDirectory open_adapter(const std::string& directory) {
    adapter_ = directory;
    const std::string base = resolve_base(directory, base_);
    return io::is_file(io::join_path(base, "modules.json")) ? open_sentence_transformers(base)
                                                            : open_plain(base);
  }

  ModelDirectory open_gguf(const std::string& path) {
    const io::Gguf file = io::Gguf::open(path);
    if (const std::size_t parts = file.find_size("split.count").value_or(1); parts > 1) {
      fail(ErrorKind::unsupported,
           "{}: is one of {} parts; join them with: llama-gguf-split --merge FIRST OUTPUT", path,
           parts);
    }
    use(read_gguf_architecture(file), TensorSet::from(file));
    result_.weight_files = {path};
    result_.info.format = "gguf";
    result_.pooling = read_gguf_pooling(file, result_.spec.causal());
    result_.tokenizer_path = path;
    result_.info.max_length = result_.spec.max_positions;
    add_pooling();
    return finish();
  }

  ModelDirectory open_sentence_transformers(const std::string& directory) {
    const std::string list = io::join_path(directory, "modules.json");
    const std::string text = io::read_text_file(list, kMaxListBytes);
    io::refuse_lfs_pointer(text, list);
    const std::vector<Module> modules = read_modules(text, list);
    result_.info.format = "sentence-transformers";
    for (const Module& module : modules) {
      const std::string folder =
          module.path.empty() ? directory : io::join_path(directory, module.path);
      open_module(module.kind, folder);
    }
    read_settings(directory);
    return finish();
  }

  // Early files do not name their kind; no transformer has these settings.
  static bool is_model2vec(const Config& config) {
    if (config.has("model_type")) return config.text("model_type", "") == "model2vec";
    return config.has("embedding_dtype") || config.has("vocabulary_quantization") ||
           config.has("apply_zipf");
  }

  ModelDirectory open_plain(const std::string& directory) {
    result_.info.format = "huggingface";
    const Config config = Config::read(io::join_path(directory, "config.json"));
    if (is_model2vec(config)) {
      open_static(directory);
      if (config.flag("normalize", false)) add_normalize();
      read_settings(directory);
      return finish();
    }
    open_transformer(directory, /*saved=*/false);
    const std::vector<std::string> architectures = config.texts("architectures");
    const bool language_model =
        !architectures.empty() && architectures.front().ends_with("ForCausalLM");
    const bool last = language_model && config.flag("is_causal", true);
    result_.pooling.modes = {last ? PoolingMode::last : PoolingMode::mean};
    add_pooling();
    read_settings(directory);
    return finish();
  }

 private:
  static constexpr std::size_t kMaxListBytes = std::size_t{1} << 20;

  void open_module(ModuleKind kind, const std::string& folder) {
    const auto settings = [&] {
      return Config::read_optional(io::join_path(folder, "config.json"));
    };
    switch (kind) {
      case ModuleKind::transformer:
        return open_transformer(folder, /*saved=*/true);
      case ModuleKind::static_embedding:
        return open_static(folder);
      case ModuleKind::pooling:
        result_.pooling = read_pooling(Config::read(io::join_path(folder, "config.json")));
        return add_pooling();
      case ModuleKind::dense:
        return open_dense(folder);
      case ModuleKind::normalize:
        check_normalize(settings());
        return add_normalize();
      case ModuleKind::dropout:
        return;  // does nothing when a model is used
    }
  }

  /// `saved`: by sentence-transformers, with settings of its own.
  void open_transformer(const std::string& folder, bool saved) {
    result_.main_folder = folder;
    if (io::is_file(io::join_path(folder, kAdapterConfig))) use_base_of(folder);
    const Config config = read_config(result_.main_folder);
    const Config quantization = config.object("kindred_quantization");
    if (quantization.count("version", 0, 1 << 20, kQuantizationVersion) != kQuantizationVersion) {
      quantization.refuse("version", "written by a newer Kindred");
    }
    Architecture architecture = read_architecture(config);
    WeightFiles files = open_weights(result_.main_folder);
    add_files(files);
    if (!adapter_.empty()) merge(architecture, files.tensors);
    use(std::move(architecture), files.tensors);
    if (!adapter_.empty()) result_.info.modules.back() += " with an adapter";
    (void)parse_bidirectional(result_.bidirectional, result_.spec.layers.size());
    if (!result_.bidirectional.empty())
      result_.info.modules.back() += fmt::format(", both ways in {}", result_.bidirectional);
    const TransformerSettings settings =
        saved ? read_transformer_settings(transformer_settings(folder)) : TransformerSettings{};
    result_.info.max_length = resolve_max_length(
        settings, Config::read_optional(io::join_path(folder, "tokenizer_config.json")),
        result_.spec.max_positions);
    if (!adapter_.empty()) find_tokenizer(adapter_);
    if (result_.tokenizer_path.empty()) find_tokenizer(folder);
    if (result_.tokenizer_path.empty()) find_tokenizer(result_.main_folder);
    append_end_of_text(config);
    read_chat(folder, config.text("model_type", ""), saved, settings);
  }

  /// What training made see in both directions is read as the causal model that it was, so that
  /// the caller may have that too.
  Config read_config(const std::string& folder) {
    const std::string path = io::join_path(folder, "config.json");
    Config config = Config::read(path);
    if (!config.has(kAttentionKey)) return config;
    const Config attention = config.object(kAttentionKey);
    if (attention.count("version", 0, 1 << 20, kAttentionVersion) != kAttentionVersion)
      attention.refuse("version", "written by a newer Kindred");
    attention.allow_only({"version", "bidirectional", "sliding_window"},
                         "Kindred does not know this of a model's attention");
    result_.bidirectional = attention.text("bidirectional", "");
    nlohmann::json causal = config.json();
    causal.erase("is_causal");
    if (attention.has("sliding_window"))
      causal["sliding_window"] = attention.count("sliding_window", 1, std::size_t{1} << 28);
    return Config::parse(causal.dump(), path);
  }

  /// sentence-transformers saves an adapted transformer as its adapter: no config.json, no weights.
  void use_base_of(const std::string& folder) {
    if (has_weights(folder)) {
      fail(ErrorKind::bad_input,
           "{}: has adapter_config.json beside full weights, and transformers would take the "
           "adapter with its base; move the one away that is not meant",
           folder);
    }
    if (!adapter_.empty())
      fail(ErrorKind::unsupported, "{}: an adapter of an adapter; merge one first", folder);
    adapter_ = folder;
    const std::string base = resolve_base(folder, base_);
    const std::string list = io::join_path(base, "modules.json");
    result_.main_folder = base;
    if (!io::is_file(list)) return;
    const Module first = read_modules(io::read_text_file(list, kMaxListBytes), list).front();
    if (first.kind != ModuleKind::transformer)
      fail(ErrorKind::bad_input, "{}: the base of an adapter has no transformer", base);
    if (!first.path.empty()) result_.main_folder = io::join_path(base, first.path);
  }

  void merge(const Architecture& architecture, TensorSet& tensors) {
    MergedAdapter merged = merge_adapter(adapter_, architecture, tensors);
    tensors = std::move(merged.tensors);
    result_.adapter = std::move(merged.description);
    result_.weight_files.insert(result_.weight_files.end(), merged.paths.begin(),
                                merged.paths.end());
  }

  /// A directory that sentence-transformers did not save wraps texts where it has a template; one
  /// that it saved says so.
  void read_chat(const std::string& folder, const std::string& model_type, bool saved,
                 const TransformerSettings& settings) {
    if ((saved && !settings.chat) || result_.tokenizer_path.empty()) return;
    result_.chat = text::read_chat_template(folder, model_type, settings.chat_format);
    result_.info.chat_template = result_.chat.has_value();
    if (!result_.chat) {
      if (!saved) return;
      fail(
          ErrorKind::unsupported,
          "{}: sentence_bert_config.json has texts wrapped by a chat template (\"modality_config\" "
          "has \"message\"), and there is none; copy chat_template.jinja from where the model came "
          "from",
          folder);
    }
    for (const auto& [name, value] : settings.chat_variables.items())
      result_.chat->variables[name] = value;
    result_.chat->restore_suffix = settings.restore_suffix;
  }

  /// The first of the names that sentence-transformers has given the file.
  static Config transformer_settings(const std::string& folder) {
    for (const char* kind :
         {"bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"}) {
      const std::string path = io::join_path(folder, fmt::format("sentence_{}_config.json", kind));
      if (io::is_file(path)) return Config::read(path);
    }
    return Config();
  }

  /// The tokenizers that came with modeling_qwen.Qwen2Model end a text with <|endoftext|> by code
  /// of their own, which tokenizer.json does not show.
  void append_end_of_text(const Config& config) {
    if (!config.object("auto_map").has("AutoModel")) return;
    constexpr std::size_t kEndOfText = 151643;
    const auto id =
        static_cast<std::uint32_t>(config.count("eos_token_id", 0, result_.spec.vocab_size - 1,
                                                std::min(kEndOfText, result_.spec.vocab_size - 1)));
    result_.append_ids = {id};
  }

  void open_static(const std::string& folder) {
    result_.main_folder = folder;
    const WeightFiles files = open_weights(folder);
    add_files(files);
    const StaticTable table = read_static_table(files.tensors);
    result_.is_static = true;
    result_.static_embeddings = table.embeddings;
    kept_.push_back(table.storage);
    result_.info.format = "static";
    result_.info.family = "static";
    result_.info.modules.emplace_back("StaticEmbedding");
    dimensions_ = table.embeddings.columns();
    result_.info.hidden = dimensions_;
    result_.info.vocab_size = table.embeddings.rows();
    result_.pooling.modes = {PoolingMode::mean};
    count(table.embeddings);
    find_tokenizer(folder);
  }

  void open_dense(const std::string& folder) {
    const DenseConfig config = read_dense(Config::read(io::join_path(folder, "config.json")));
    if (config.in != dimensions_) {
      fail(ErrorKind::corrupt, "{}: takes {} dimensions where the module before gives {}", folder,
           config.in, dimensions_);
    }
    const WeightFiles files = open_weights(folder);
    add_files(files);
    const TensorSet& tensors = files.tensors;
    HeadStep step{HeadStep::Kind::dense, {}};
    step.dense.linear.weight = tensors.get("linear.weight", {config.out, config.in});
    if (config.bias) step.dense.linear.bias = tensors.get("linear.bias", {config.out});
    step.dense.activation = config.activation;
    step.dense.residual = config.residual;
    kept_.push_back(tensors.storage());
    count(step.dense.linear.weight);
    if (config.bias) count(step.dense.linear.bias);
    result_.info.modules.push_back(fmt::format("Dense {}→{} {}{}", config.in, config.out,
                                               to_string(config.activation),
                                               config.residual ? " + input" : ""));
    result_.head.push_back(std::move(step));
    dimensions_ = config.out;
  }

  void add_pooling() {
    result_.info.modules.emplace_back("Pooling");
    dimensions_ = result_.spec.hidden * result_.pooling.modes.size();
  }

  void add_normalize() {
    result_.info.modules.emplace_back("Normalize");
    result_.head.push_back({HeadStep::Kind::normalize, {}});
  }

  void use(Architecture architecture, const TensorSet& tensors) {
    result_.weights = read_weights(architecture, tensors);
    result_.spec = std::move(architecture.spec);
    kept_.push_back(tensors.storage());
    for_each_tensor(result_.weights, [&](const io::TensorView& tensor, bool) { count(tensor); });
    ModelInfo& info = result_.info;
    const TransformerSpec& spec = result_.spec;
    info.modules.emplace_back("Transformer");
    info.family = spec.family;
    info.layers = spec.layers.size();
    info.hidden = spec.hidden;
    info.heads = spec.heads;
    info.kv_heads = spec.kv_heads;
    info.vocab_size = spec.vocab_size;
    info.causal = spec.causal();
  }

  void read_settings(const std::string& directory) {
    const ModelSettings settings = read_model_settings(
        Config::read_optional(io::join_path(directory, "config_sentence_transformers.json")));
    result_.info.prompts = settings.prompts;
    result_.info.default_prompt = settings.default_prompt;
    result_.info.similarity = settings.similarity;
    result_.truncate_dim = settings.truncate_dim;
  }

  void find_tokenizer(const std::string& folder) {
    for (const char* name : {"tokenizer.json", "vocab.txt"}) {
      const std::string path = io::join_path(folder, name);
      if (!io::is_file(path)) continue;
      result_.tokenizer_path = result_.is_static ? path : folder;
      return;
    }
  }

  void add_files(const WeightFiles& files) {
    result_.weight_files.insert(result_.weight_files.end(), files.paths.begin(), files.paths.end());
  }

  void count(const io::TensorView& tensor) {
    result_.info.parameters += tensor.elements();
    bytes_by_type_[static_cast<std::size_t>(tensor.dtype)] += tensor.bytes;
  }

  ModelDirectory finish() {
    ModelInfo& info = result_.info;
    if (!base_.empty() && adapter_.empty()) {
      fail(ErrorKind::bad_input, "{}: is a whole model; --base is for adapters, which have none",
           info.path);
    }
    info.dimensions = std::min(dimensions_, result_.truncate_dim.value_or(dimensions_));
    info.pooling = to_string(result_.pooling);
    info.include_prompt = result_.pooling.include_prompt;
    info.normalize = !result_.head.empty() && result_.head.back().kind == HeadStep::Kind::normalize;
    if (info.similarity.empty()) info.similarity = "cosine";
    for (const std::string& path : result_.weight_files) info.file_bytes += io::file_size(path);
    info.weight_types = weight_types();
    result_.weights.storage = std::make_shared<std::vector<std::shared_ptr<const void>>>(kept_);
    return std::move(result_);
  }

  /// "Q4_1+Q8_0+F32": those that hold a hundredth of the bytes, the largest first.
  std::string weight_types() const {
    std::vector<std::size_t> order;
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < bytes_by_type_.size(); ++i) {
      total += bytes_by_type_[i];
      if (bytes_by_type_[i] > 0) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return bytes_by_type_[a] > bytes_by_type_[b];
    });
    std::string text;
    for (const std::size_t type : order) {
      if (!text.empty() && bytes_by_type_[type] < total / 100) break;
      if (!text.empty()) text += '+';
      text += io::to_string(static_cast<io::DType>(type));
    }
    return text;
  }

  ModelDirectory result_;
  std::string base_;     ///< as given, for an adapter
  std::string adapter_;  ///< the folder of the adapter to merge
  std::size_t dimensions_ = 0;
  std::vector<std::shared_ptr<const void>> kept_;
  std::array<std::uint64_t, io::kDTypes> bytes_by_type_{};
};

}  // namespace

ModelDirectory ModelDirectory::open(const std::string& path, const std::string& base) {
  Opener opener(path, base);
  if (io::is_file(path)) {
    if (io::has_ending(path, ".gguf")) return opener.open_gguf(path);
    fail(ErrorKind::bad_input, "{}: is a file; give the model's directory or a .gguf file", path);
  }
  if (!io::is_directory(path)) {
    fail(ErrorKind::not_found, "{}: no such directory or file; Kindred reads models from disk only",
         path);
  }
  if (io::is_file(io::join_path(path, "modules.json"))) {
    return opener.open_sentence_transformers(path);
  }
  if (io::is_file(io::join_path(path, kAdapterConfig)) && !has_weights(path))
    return opener.open_adapter(path);
  if (io::is_file(io::join_path(path, "config.json"))) return opener.open_plain(path);
  if (const auto file = io::find_gguf(path)) return opener.open_gguf(*file);
  fail(ErrorKind::not_found,
       "{}: no modules.json, config.json or .gguf file; is this the directory of a model?", path);
}

void ModelDirectory::require_own_weights() const {
  if (adapter.empty()) return;
  fail(ErrorKind::unsupported,
       "{}: is an adapter, whose weights are merged in memory alone; save the merged model by "
       "peft's "
       "merge_and_unload() first",
       info.path);
}

const std::string& ModelDirectory::require_tokenizer() const {
  if (!tokenizer_path.empty()) return tokenizer_path;
  for (const char* name :
       {"sentencepiece.bpe.model", "spiece.model", "tokenizer.model", "vocab.json", "merges.txt"}) {
    if (!io::is_file(io::join_path(info.path, name))) continue;
    fail(ErrorKind::unsupported,
         "{}: has {} but no tokenizer.json; make one with: python -c \"from transformers import "
         "AutoTokenizer as T; T.from_pretrained('{}').save_pretrained('{}')\"",
         info.path, name, info.path, info.path);
  }
  fail(ErrorKind::not_found, "{}: no tokenizer.json; copy it from where the model came from",
       info.path);
}

}  // namespace kindred::model
