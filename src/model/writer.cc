// Copying a model directory with its matrices in bfloat16 or int8.
#include "model/writer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "io/atomic_file.h"
#include "io/file.h"
#include "io/partial_directory.h"
#include "model/config.h"
#include "model/weight_files.h"
#include "model/weights.h"

namespace kindred::model {
namespace {

namespace fs = std::filesystem;
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// What is written for one tensor of the source.
struct Plan {
  enum class Kind { copy, bf16, int8, scales } kind;
  io::TensorView source;
  io::TensorView target;  ///< name, type, shape and size; no bytes
};

std::uint16_t to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>((bits >> 16) | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

/// The largest magnitude of a row becomes 127; a row of zeros has scale 1.
float row_scale(const std::vector<float>& row) {
  float largest = 0.0F;
  for (const float value : row) largest = std::max(largest, std::fabs(value));
  return largest > 0.0F ? largest / 127.0F : 1.0F;
}

Plan make_plan(Plan::Kind kind, const io::TensorView& source) {
  Plan plan{kind, source, {}};
  plan.target.name = source.name;
  plan.target.shape = source.shape;
  switch (kind) {
    case Plan::Kind::copy:
      plan.target.dtype = source.dtype;
      break;
    case Plan::Kind::bf16:
      plan.target.dtype = io::DType::bf16;
      break;
    case Plan::Kind::int8:
      plan.target.dtype = io::DType::i8;
      break;
    case Plan::Kind::scales:
      plan.target.dtype = io::DType::f32;
      plan.target.name += "_scale";
      plan.target.shape = {source.rows()};
      break;
  }
  plan.target.bytes = io::checked_bytes(plan.target.dtype, plan.target.shape).value();
  return plan;
}

/// The tensors to write, those of wide elements first so that each is aligned.
std::vector<Plan> make_plans(const ModelDirectory& model, const TensorSet& tensors,
                             WeightFormat format) {
  std::set<std::string> used;
  std::set<std::string> matrices;
  std::set<std::string> tables = {model.weights.word_embeddings.name};
  for_each_tensor(model.weights, [&](const io::TensorView& tensor, bool linear) {
    used.insert(tensor.name);
    if (linear) matrices.insert(tensor.name);
  });
  if (model.is_static) {
    for (const io::TensorView& tensor : tensors.tensors()) {
      if (!tensor.name.ends_with("_scale")) used.insert(tensor.name);
    }
    matrices.insert(model.static_embeddings.name);
  }
  std::vector<Plan> plans;
  for (const io::TensorView& tensor : tensors.tensors()) {
    if (!used.contains(tensor.name)) continue;
    const bool linear = matrices.contains(tensor.name);
    if (linear && format == WeightFormat::int8) {
      plans.push_back(make_plan(Plan::Kind::int8, tensor));
      plans.push_back(make_plan(Plan::Kind::scales, tensor));
    } else if (linear || tables.contains(tensor.name)) {
      plans.push_back(make_plan(Plan::Kind::bf16, tensor));
    } else {
      plans.push_back(make_plan(Plan::Kind::copy, tensor));
    }
  }
  std::stable_sort(plans.begin(), plans.end(), [](const Plan& a, const Plan& b) {
    return io::block_size(a.target.dtype).bytes > io::block_size(b.target.dtype).bytes;
  });
  return plans;
}

/// Errors: corrupt for NaN and infinity, which would spread over every vector.
void check_finite(const io::TensorView& tensor, const std::string& origin) {
  const bool integers = tensor.dtype >= io::DType::i64 && tensor.row_scales == nullptr;
  if (tensor.empty() || integers) return;
  std::vector<float> row(tensor.columns());
  for (std::size_t i = 0; i < tensor.rows(); ++i) {
    tensor.read_row(i, row.data());
    if (std::all_of(row.begin(), row.end(), [](float value) { return std::isfinite(value); })) {
      continue;
    }
    fail(ErrorKind::corrupt,
         "{}: tensor \"{}\" has a value in row {} that is not finite; the file is damaged or was "
         "saved when training had failed, get another",
         origin, tensor.name, i);
  }
}

void write_rows(const Plan& plan, io::AtomicFile& file) {
  const std::size_t columns = plan.source.columns();
  std::vector<float> row(columns);
  std::vector<std::uint16_t> halves(columns);
  std::vector<std::int8_t> integers(columns);
  for (std::size_t i = 0; i < plan.source.rows(); ++i) {
    plan.source.read_row(i, row.data());
    const float scale = row_scale(row);
    if (plan.kind == Plan::Kind::scales) {
      file.write(std::as_bytes(std::span(&scale, 1)));
    } else if (plan.kind == Plan::Kind::bf16) {
      std::transform(row.begin(), row.end(), halves.begin(), to_bfloat16);
      file.write(std::as_bytes(std::span(halves)));
    } else {
      std::transform(row.begin(), row.end(), integers.begin(), [&](float value) {
        return static_cast<std::int8_t>(std::lrint(value / scale));
      });
      file.write(std::as_bytes(std::span(integers)));
    }
  }
}

std::uint64_t write_weights(const std::vector<Plan>& plans, const std::string& path,
                            const Progress& progress) {
  std::vector<io::TensorView> targets;
  std::uint64_t total = 0;
  for (const Plan& plan : plans) {
    targets.push_back(plan.target);
    total += plan.source.bytes;
  }
  io::AtomicFile file = io::AtomicFile::create(path);
  file.write(io::safetensors_header(targets, {{"format", "pt"}}));
  std::uint64_t done = 0;
  for (const Plan& plan : plans) {
    if (plan.kind == Plan::Kind::copy) {
      file.write(std::span(plan.source.data, plan.source.bytes));
    } else {
      write_rows(plan, file);
    }
    plan.source.release_pages();
    done += plan.source.bytes;
    if (progress) progress(done, total);
  }
  file.commit();
  return file.size();
}

bool is_weight_file(const std::string& name) {
  constexpr std::string_view kEndings[] = {".safetensors", ".bin",  ".pt",   ".h5",
                                           ".msgpack",     ".onnx", ".ckpt", ".gguf",
                                           ".index.json",  ".ot",   ".pth",  ".tflite"};
  return std::any_of(std::begin(kEndings), std::end(kEndings),
                     [&](std::string_view ending) { return io::has_ending(name, ending); });
}

/// The settings, tokenizers and texts of a folder, without its weights.
void copy_files(const std::string& from, const std::string& to) {
  fs::create_directories(to);
  for (const std::string& name : io::list_directory(from)) {
    const std::string path = io::join_path(from, name);
    if (!io::is_file(path) || name.starts_with('.') || is_weight_file(name)) continue;
    io::write_text_file(io::join_path(to, name), io::read_text_file(path));
  }
}

/// Whether weights of the model were read from this folder.
bool has_weights(const ModelDirectory& model, const std::string& folder) {
  return std::any_of(
      model.weight_files.begin(), model.weight_files.end(),
      [&](const std::string& path) { return fs::path(path).parent_path() == fs::path(folder); });
}

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace

QuantizeResult write_quantized(const ModelDirectory& source, const std::string& output,
                               WeightFormat format, const Progress& progress) {
  if (source.main_folder.empty()) {
    fail(ErrorKind::unsupported,
         "{}: the matrices of a GGUF file are quantised already; give the directory that it was "
         "made from",
         source.info.path);
  }
  source.require_own_weights();
  const std::string target = without_trailing_slashes(output);
  io::PartialDirectory partial(target);
  const std::string root = without_trailing_slashes(source.info.path);
  const WeightFiles files = open_weights(source.main_folder);
  const std::vector<Plan> plans = make_plans(source, files.tensors, format);
  for (const Plan& plan : plans) {
    if (plan.kind != Plan::Kind::scales) check_finite(plan.source, files.tensors.origin());
  }
  for (const HeadStep& step : source.head) {
    check_finite(step.dense.linear.weight, source.info.path);
    check_finite(step.dense.linear.bias, source.info.path);
  }
  const bool main_is_root = source.main_folder == root || source.main_folder == source.info.path;
  copy_files(root, partial.path());
  std::string main = partial.path();
  for (const std::string& name : io::list_directory(root)) {
    const std::string folder = io::join_path(root, name);
    const bool is_module = io::is_file(io::join_path(folder, "config.json")) ||
                           io::is_file(io::join_path(folder, "model.safetensors"));
    if (!is_module || name.starts_with('.')) continue;
    const bool is_main = !main_is_root && fs::equivalent(folder, source.main_folder);
    const std::string copy = io::join_path(partial.path(), name);
    copy_files(folder, copy);
    if (is_main) {
      main = copy;
    } else if (has_weights(source, folder)) {
      io::write_safetensors(io::join_path(copy, "model.safetensors"),
                            open_weights(folder).tensors.tensors(), {{"format", "pt"}});
    }
  }

  const std::string config_path = io::join_path(main, "config.json");
  if (io::is_file(config_path)) {
    nlohmann::json config = Config::read(config_path).json();
    config["kindred_quantization"] = {{"version", kQuantizationVersion},
                                      {"weights", format == WeightFormat::int8 ? "int8" : "bf16"}};
    io::write_text_file(config_path, config.dump(2) + "\n");
  }
  QuantizeResult result;
  for (const std::string& path : files.paths) result.bytes_before += io::file_size(path);
  result.bytes_after = write_weights(plans, io::join_path(main, "model.safetensors"), progress);
  partial.commit();
  return result;
}

}  // namespace kindred::model

namespace kindred {

QuantizeResult quantize(const std::string& path, const std::string& output, WeightFormat format,
                        const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  return model::write_quantized(model::ModelDirectory::open(path), output, format, progress);
}

}  // namespace kindred
