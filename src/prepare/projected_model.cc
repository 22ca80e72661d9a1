#include "prepare/projected_model.h"

#include <algorithm>
#include <filesystem>
#include <span>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/file.h"
#include "io/partial_directory.h"
#include "io/safetensors.h"
#include "io/vector_reader.h"
#include "model/directory.h"
#include "prepare/model_copy.h"

namespace kindred::prepare {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kModuleList = "modules.json";
constexpr const char* kSettings = "config_sentence_transformers.json";

void write_json(const std::string& path, const Json& json) {
  io::write_text_file(path, json.dump(2) + "\n");
}

Json module_entry(std::size_t index, const std::string& path, std::string_view kind) {
  return {{"idx", index},
          {"name", std::to_string(index)},
          {"path", path},
          {"type", fmt::format("sentence_transformers.models.{}", kind)}};
}

io::TensorView floats(std::string name, std::vector<std::size_t> shape,
                      std::span<const float> values) {
  io::TensorView view;
  view.name = std::move(name);
  view.shape = std::move(shape);
  view.data = reinterpret_cast<const std::byte*>(values.data());
  view.bytes = values.size_bytes();
  return view;
}

/// Appends a module with a folder of its own, whose path is given back.
std::string add_module(Json& modules, const std::string& root, std::string_view kind) {
  const std::string name = fmt::format("{}_{}", modules.size(), kind);
  const std::string folder = io::join_path(root, name);
  if (io::is_directory(folder))
    fail(ErrorKind::bad_input, "the model has a folder {} already; rename it", name);
  fs::create_directories(folder);
  modules.push_back(module_entry(modules.size(), name, kind));
  return folder;
}

/// What sentence-transformers assumes of a directory that it did not save, written down.
void add_pooling(Json& modules, const std::string& root, const model::ModelDirectory& source) {
  const bool last = source.pooling.modes.front() == model::PoolingMode::last;
  const std::string folder = add_module(modules, root, "Pooling");
  write_json(io::join_path(folder, "config.json"),
             {{"word_embedding_dimension", source.spec.hidden},
              {"pooling_mode_cls_token", false},
              {"pooling_mode_mean_tokens", !last},
              {"pooling_mode_max_tokens", false},
              {"pooling_mode_mean_sqrt_len_tokens", false},
              {"pooling_mode_weightedmean_tokens", false},
              {"pooling_mode_lasttoken", last},
              {"include_prompt", true}});
}

/// A model2vec table with its factors and shared rows folded in.
void write_static_embedding(Json& modules, const std::string& root,
                            const model::ModelDirectory& source) {
  const io::TensorView& table = source.static_embeddings;
  const std::vector<float> values = table.to_floats();
  const std::vector<io::TensorView> tensors = {floats("embedding.weight", table.shape, values)};
  io::write_safetensors(io::join_path(root, "model.safetensors"), tensors, {{"format", "pt"}});
  modules.push_back(module_entry(0, "", "StaticEmbedding"));
  if (source.info.normalize) add_module(modules, root, "Normalize");
}

Json modules_of(const model::ModelDirectory& source, const std::string& root) {
  const std::string list = io::join_path(source.info.path, kModuleList);
  if (io::is_file(list)) return Json::parse(io::read_text_file(list));
  Json modules = Json::array();
  if (source.is_static) {
    write_static_embedding(modules, root, source);
    return modules;
  }
  if (source.chat)
    fail(ErrorKind::unsupported,
         "{}: its texts are wrapped by a chat template, and it has no modules.json that could say "
         "so; load and save it by sentence-transformers first",
         source.info.path);
  modules.push_back(module_entry(0, "", "Transformer"));
  add_pooling(modules, root, source);
  return modules;
}

void write_dense(const std::string& folder, const estimators::Projection& projection) {
  write_json(io::join_path(folder, "config.json"),
             {{"in_features", projection.in},
              {"out_features", projection.out},
              {"bias", true},
              {"activation_function", "torch.nn.modules.linear.Identity"}});
  const std::vector<io::TensorView> tensors = {
      floats("linear.weight", {projection.out, projection.in}, projection.weight),
      floats("linear.bias", {projection.out}, projection.bias)};
  io::write_safetensors(io::join_path(folder, "model.safetensors"), tensors, {{"format", "pt"}});
}

void write_settings(const model::ModelDirectory& source, const std::string& root) {
  const std::string path = io::join_path(source.info.path, kSettings);
  if (!io::is_file(path)) return;
  Json settings = Json::parse(io::read_text_file(path));
  settings.erase("truncate_dim");
  write_json(io::join_path(root, kSettings), settings);
}

std::size_t head_dimensions(const model::ModelDirectory& model) {
  std::size_t width = model.is_static ? model.static_embeddings.columns()
                                      : model.spec.hidden * model.pooling.modes.size();
  for (const model::HeadStep& step : model.head)
    if (step.kind == model::HeadStep::Kind::dense) width = step.dense.linear.weight.rows();
  return width;
}

}  // namespace

estimators::Moments moments_of_texts(const Encoder& encoder, const encode::TextSource& source,
                                     const EncodeOptions& options, ThreadPool& pool,
                                     const std::function<void(std::uint64_t texts)>& progress) {
  constexpr std::size_t kRows = 2048;
  constexpr std::size_t kBytes = std::size_t{4} << 20;
  encode::TextChunks chunks(source, kRows, kBytes);
  EncodeOptions call = options;
  const std::size_t width = full_dimensions(encoder.info().path);
  call.dimensions = width;
  estimators::Moments moments(width);
  for (;;) {
    const std::vector<std::string_view>& texts = chunks.next();
    if (texts.empty()) break;
    call.first_row = moments.rows();
    const Embeddings vectors = encoder.encode(texts, call);
    moments.add(vectors.values.data(), vectors.rows, pool);
    if (progress) progress(moments.rows());
  }
  return moments;
}

estimators::Moments moments_of_vectors(const std::string& model, const std::string& path,
                                       ThreadPool& pool,
                                       const std::function<void(std::uint64_t rows)>& progress) {
  constexpr std::size_t kRows = 4096;
  const io::VectorReader reader = io::VectorReader::open(path);
  const std::size_t width = full_dimensions(model);
  if (reader.dimensions() != width)
    fail(ErrorKind::bad_input,
         "{}: its vectors have {} dimensions where {} gives {}; embed the texts with this model, "
         "all dimensions",
         path, reader.dimensions(), model, width);
  estimators::Moments moments(width);
  std::vector<float> rows(kRows * width);
  for (std::size_t begin = 0; begin < reader.rows(); begin += kRows) {
    const std::size_t count = std::min(kRows, reader.rows() - begin);
    reader.read_rows(begin, count, rows.data());
    moments.add(rows.data(), count, pool);
    if (progress) progress(moments.rows());
  }
  return moments;
}

std::size_t full_dimensions(const std::string& model) {
  return head_dimensions(model::ModelDirectory::open(model));
}

void write_projected(const std::string& path, const estimators::Projection& projection,
                     const std::string& output) {
  const auto source = model::ModelDirectory::open(path);
  const std::size_t width = head_dimensions(source);
  if (projection.in != width)
    fail(ErrorKind::bad_input, "{}: gives {} dimensions, and the projection takes {}", path, width,
         projection.in);
  io::PartialDirectory partial(output);
  const std::string& root = partial.path();
  const bool becomes_static =
      source.is_static && !io::is_file(io::join_path(source.info.path, kModuleList));
  copy_model(source, root, [&](const std::string& name) {
    // model2vec would take what is written here for its own.
    const bool replaced =
        becomes_static && (name == "config.json" || io::has_ending(name, ".safetensors"));
    return name != kModuleList && name != kSettings && !replaced;
  });
  Json modules = modules_of(source, root);
  write_dense(add_module(modules, root, "Dense"), projection);
  add_module(modules, root, "Normalize");
  write_json(io::join_path(root, kModuleList), modules);
  write_settings(source, root);
  partial.commit();
}

}  // namespace kindred::prepare
