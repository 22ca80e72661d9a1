#include "prepare/merge.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "io/atomic_file.h"
#include "io/file.h"
#include "io/finite.h"
#include "io/partial_directory.h"
#include "io/safetensors.h"
#include "model/config.h"
#include "model/directory.h"
#include "model/weight_files.h"
#include "model/weights.h"
#include "prepare/model_copy.h"
#include "prepare/same_tokenizer.h"
#include "prepare/tensor_rows.h"

namespace kindred::prepare {
namespace {

namespace fs = std::filesystem;
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

constexpr std::string_view kOutputMatrix = "lm_head.weight";

/// One tensor to write: its values in every model, the first model's first; the first's alone where
/// it is only copied.
struct Merge {
  std::vector<io::TensorView> sources;
  bool copied() const { return sources.size() == 1; }
};

/// The weights of one folder (the transformer's or a Dense module's) of all models.
struct Folder {
  std::string name;
  std::vector<model::WeightFiles> files;  ///< one a model
  std::vector<Merge> merges;
};

/// Names without what a file may have before them or not: "bert.encoder…", "model.layers…".
std::string_view plain_name(std::string_view name) {
  for (const std::string_view prefix :
       {"bert.", "roberta.", "distilbert.", "mpnet.", "electra.", "xlm_roberta.", "model."})
    if (name.starts_with(prefix)) return name.substr(prefix.size());
  return name;
}

/// Tensors of one file by their plain names.
class Lookup {
 public:
  explicit Lookup(const model::TensorSet& tensors) {
    for (const io::TensorView& tensor : tensors.tensors())
      by_name_.emplace(plain_name(tensor.name), &tensor);
  }
  const io::TensorView* find(std::string_view name) const {
    const auto found = by_name_.find(plain_name(name));
    return found == by_name_.end() ? nullptr : found->second;
  }

 private:
  std::unordered_map<std::string_view, const io::TensorView*> by_name_;
};

/// The table that the model multiplies by in the end too, where it is one and the same.
const io::TensorView* tied_matrix(const model::ModelDirectory& model, std::string_view name,
                                  const Lookup& tensors) {
  if (plain_name(name) != kOutputMatrix || model.is_static) return nullptr;
  const auto config = model::Config::read_optional(io::join_path(model.main_folder, "config.json"));
  if (!config.flag("tie_word_embeddings", true)) return nullptr;
  return tensors.find(model.weights.word_embeddings.name);
}

std::string shape_text(const io::TensorView& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.shape, ", "));
}

void check_mergeable(const io::TensorView& tensor, const std::string& origin) {
  if (tensor.row_scales != nullptr || tensor.dtype >= io::DType::q4_0)
    fail(ErrorKind::unsupported,
         "{}: tensor \"{}\" is quantised; merge the models that it was made from, and quantise the "
         "result",
         origin, tensor.name);
}

/// What the encoder of a model reads, by plain name.
std::set<std::string> needed_by(const model::ModelDirectory& model) {
  std::set<std::string> names;
  if (model.is_static) names.insert(std::string(plain_name(model.static_embeddings.name)));
  model::for_each_tensor(model.weights, [&](const io::TensorView& tensor, bool) {
    names.insert(std::string(plain_name(tensor.name)));
  });
  return names;
}

bool is_float(const io::TensorView& tensor) {
  return tensor.dtype <= io::DType::bf16 || tensor.dtype >= io::DType::q4_0 ||
         tensor.row_scales != nullptr;
}

class Merger {
 public:
  Merger(const std::vector<std::string>& paths, const MergeOptions& options) : options_(options) {
    for (const std::string& path : paths) models_.push_back(model::ModelDirectory::open(path));
    for (const model::ModelDirectory& model : models_)
      if (model.main_folder.empty())
        fail(ErrorKind::unsupported,
             "{}: the weights of a GGUF file cannot be merged; give the directory that it was made "
             "from",
             model.info.path);
    set_shares();
    for (std::size_t i = 1; i < models_.size(); ++i) check_alike(models_[i]);
    for (const std::string& folder : folders()) add_folder(folder);
  }

  MergeResult write(const std::string& output, const Progress& progress) {
    io::PartialDirectory partial(output);
    std::set<std::string> weights(models_.front().weight_files.begin(),
                                  models_.front().weight_files.end());
    copy_model(models_.front(), partial.path(), [&](const std::string& name) {
      return !weights.contains(io::join_path(models_.front().info.path, name)) &&
             !io::has_ending(name, ".index.json");
    });
    for (const Folder& folder : folders_)
      for (const Merge& merge : folder.merges) total_ += merge.sources.front().bytes;
    for (const Folder& folder : folders_)
      write_folder(folder, io::join_path(partial.path(), folder.name), progress);
    partial.commit();
    return std::move(result_);
  }

 private:
  void set_shares() {
    const std::size_t n = models_.size();
    shares_ = options_.weights.empty() ? std::vector<double>(n, 1.0) : options_.weights;
    if (shares_.size() != n)
      fail(ErrorKind::bad_input, "{} weights for {} models; give one a model", shares_.size(), n);
    for (const double share : shares_)
      if (!std::isfinite(share) || share < 0.0)
        fail(ErrorKind::bad_input, "{} is not a weight: they are numbers of 0 or more", share);
    const double sum = std::accumulate(shares_.begin(), shares_.end(), 0.0);
    if (sum <= 0.0) fail(ErrorKind::bad_input, "weights that are all 0 leave nothing to merge");
    for (double& share : shares_) share /= sum;
  }

  /// What no tensor's shape shows.
  void check_alike(const model::ModelDirectory& other) const {
    const model::ModelDirectory& first = models_.front();
    const auto check = [&](std::string_view what, const auto& a, const auto& b) {
      if (a != b)
        fail(ErrorKind::bad_input,
             "{} and {} cannot be merged: {} {} and {}; only models of one architecture can, such "
             "as two trainings of one model",
             first.info.path, other.info.path, what, a, b);
    };
    check("their families are", first.info.family, other.info.family);
    check("their numbers of layers are", first.info.layers, other.info.layers);
    check("their widths are", first.info.hidden, other.info.hidden);
    check("their numbers of attention heads are", first.info.heads, other.info.heads);
    check("their numbers of key heads are", first.info.kv_heads, other.info.kv_heads);
    check("their vocabularies' sizes are", first.info.vocab_size, other.info.vocab_size);
    check("they pool by", first.info.pooling, other.info.pooling);
    check("their modules are", fmt::format("{}", fmt::join(first.info.modules, ", ")),
          fmt::format("{}", fmt::join(other.info.modules, ", ")));
    check_same_tokenizer(first, other);
  }

  /// Of the first model's weights; the transformer's own first.
  std::vector<std::string> folders() const {
    const model::ModelDirectory& first = models_.front();
    std::vector<std::string> names = {main_folder_of(first)};
    for (const std::string& file : first.weight_files) {
      const std::string folder =
          fs::path(file).parent_path().lexically_relative(first.info.path).string();
      const std::string name = folder == "." ? "" : folder;
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return names;
  }

  void add_folder(const std::string& name) {
    Folder folder{name, {}, {}};
    std::vector<Lookup> lookups;
    for (const model::ModelDirectory& model : models_) {
      folder.files.push_back(model::open_weights(
          name.empty() ? model.info.path : io::join_path(model.info.path, name)));
      lookups.emplace_back(folder.files.back().tensors);
    }
    const bool is_main = name == main_folder_of(models_.front());
    const std::set<std::string> needed =
        is_main ? needed_by(models_.front()) : std::set<std::string>();
    for (const io::TensorView& tensor : folder.files.front().tensors.tensors()) {
      const bool needs = !is_main || needed.contains(std::string(plain_name(tensor.name)));
      folder.merges.push_back(matched(tensor, lookups, needs));
    }
    for (std::size_t i = 1; i < models_.size(); ++i)
      for (const io::TensorView& tensor : folder.files[i].tensors.tensors())
        if (lookups.front().find(tensor.name) == nullptr)
          result_.left.push_back(fmt::format("{} of {}", tensor.name, models_[i].info.path));
    // Those of wide elements first, so that each is aligned.
    std::stable_sort(folder.merges.begin(), folder.merges.end(),
                     [](const Merge& a, const Merge& b) {
                       return io::block_size(a.sources[0].dtype).bytes >
                              io::block_size(b.sources[0].dtype).bytes;
                     });
    folders_.push_back(std::move(folder));
  }

  Merge matched(const io::TensorView& tensor, const std::vector<Lookup>& lookups, bool needs) {
    Merge merge{{tensor}};
    if (is_float(tensor)) check_mergeable(tensor, models_.front().info.path);
    for (std::size_t i = 1; i < models_.size() && is_float(tensor); ++i) {
      const io::TensorView* other = lookups[i].find(tensor.name);
      if (other == nullptr) other = tied_matrix(models_[i], tensor.name, lookups[i]);
      if (other == nullptr && !needs) {
        merge.sources.resize(1);
        break;
      }
      check_pair(tensor, other, models_[i].info.path);
      merge.sources.push_back(*other);
    }
    if (merge.copied()) {
      result_.taken.push_back(tensor.name);
    } else if (!is_writable_float(tensor.dtype)) {
      fail(ErrorKind::unsupported,
           "{}: tensor \"{}\" is {}; float32, float16 and bfloat16 can be merged",
           models_.front().info.path, tensor.name, io::to_string(tensor.dtype));
    }
    return merge;
  }

  void check_pair(const io::TensorView& tensor, const io::TensorView* other,
                  const std::string& path) const {
    if (other == nullptr)
      fail(ErrorKind::bad_input,
           "{} has the tensor \"{}\" and {} has none of that name; only models of one architecture "
           "can be merged",
           models_.front().info.path, tensor.name, path);
    if (other->shape != tensor.shape)
      fail(ErrorKind::bad_input, "the tensor \"{}\" is {} in {} and {} in {}; {}", tensor.name,
           shape_text(tensor), models_.front().info.path, shape_text(*other), path,
           "only models of one architecture and one vocabulary can be merged");
    check_mergeable(*other, path);
  }

  void read(const Merge& merge, std::size_t source, std::size_t row,
            std::vector<float>& out) const {
    const io::TensorView& tensor = merge.sources[source];
    tensor.read_row(row, out.data());
    if (io::first_not_finite(out.data(), out.size()) < out.size())
      fail(ErrorKind::corrupt,
           "{}: tensor \"{}\" has a value in row {} that is not finite; the file is damaged or was "
           "saved when training had failed, get another",
           models_[source].info.path, tensor.name, row);
  }

  /// What each model's values are multiplied by.
  std::vector<double> coefficients(const Merge& merge) {
    if (options_.method == MergeMethod::average) return shares_;
    constexpr double kParallel = 0.9995;
    constexpr double kNothing = 1e-8;
    const io::TensorView& tensor = merge.sources.front();
    std::array<std::vector<float>, 2> rows = {std::vector<float>(tensor.columns()),
                                              std::vector<float>(tensor.columns())};
    double aa = 0.0;
    double bb = 0.0;
    double ab = 0.0;
    for (std::size_t r = 0; r < tensor.rows(); ++r) {
      read(merge, 0, r, rows[0]);
      read(merge, 1, r, rows[1]);
      for (std::size_t k = 0; k < rows[0].size(); ++k) {
        const auto a = static_cast<double>(rows[0][k]);
        const auto b = static_cast<double>(rows[1][k]);
        aa += a * a;
        bb += b * b;
        ab += a * b;
      }
    }
    const double lengths = std::sqrt(aa) * std::sqrt(bb);
    const bool zero = std::sqrt(aa) <= kNothing || std::sqrt(bb) <= kNothing;
    const double cosine = zero ? 0.0 : std::clamp(ab / lengths, -1.0, 1.0);
    if (std::fabs(cosine) > kParallel) {
      ++result_.linear;
      return shares_;
    }
    const double angle = std::acos(cosine);
    return {std::sin(shares_[0] * angle) / std::sin(angle),
            std::sin(shares_[1] * angle) / std::sin(angle)};
  }

  void write_merged(const Merge& merge, io::AtomicFile& file) {
    const io::TensorView& tensor = merge.sources.front();
    const std::vector<double> shares = coefficients(merge);
    std::vector<float> row(tensor.columns());
    std::vector<float> sum(tensor.columns());
    std::vector<std::byte> bytes;
    for (std::size_t r = 0; r < tensor.rows(); ++r) {
      std::fill(sum.begin(), sum.end(), 0.0F);
      for (std::size_t i = 0; i < merge.sources.size(); ++i) {
        read(merge, i, r, row);
        const auto share = static_cast<float>(shares[i]);
        for (std::size_t k = 0; k < row.size(); ++k) sum[k] += share * row[k];
      }
      to_bytes(sum, tensor, bytes);
      file.write(bytes);
    }
    ++result_.merged;
  }

  void write_folder(const Folder& folder, const std::string& path, const Progress& progress) {
    std::vector<io::TensorView> targets;
    for (const Merge& merge : folder.merges) targets.push_back(merge.sources.front());
    io::AtomicFile file = io::AtomicFile::create(io::join_path(path, "model.safetensors"));
    file.write(io::safetensors_header(targets, {{"format", "pt"}}));
    for (const Merge& merge : folder.merges) {
      const io::TensorView& tensor = merge.sources.front();
      if (merge.copied())
        file.write(std::span(tensor.data, tensor.bytes));
      else
        write_merged(merge, file);
      for (const io::TensorView& source : merge.sources) source.release_pages();
      done_ += tensor.bytes;
      if (progress) progress(done_, total_);
    }
    result_.bytes += file.size();
    file.commit();
  }

  MergeOptions options_;
  std::vector<model::ModelDirectory> models_;
  std::vector<double> shares_;  ///< one a model, their sum 1
  std::vector<Folder> folders_;
  MergeResult result_;
  std::uint64_t total_ = 0;
  std::uint64_t done_ = 0;
};

}  // namespace

MergeMethod parse_merge_method(std::string_view name) {
  if (name == "average") return MergeMethod::average;
  if (name == "slerp") return MergeMethod::slerp;
  fail(ErrorKind::bad_input, "there is no way '{}' to merge; there are average and slerp", name);
}

MergeResult merge_models(const std::vector<std::string>& models, const std::string& output,
                         const MergeOptions& options, const Progress& progress) {
  if (models.size() < 2)
    fail(ErrorKind::bad_input, "{} models to merge; give two or more", models.size());
  if (options.method == MergeMethod::slerp && models.size() != 2)
    fail(ErrorKind::bad_input,
         "slerp goes from one model to another, and {} are given; average takes any number",
         models.size());
  return Merger(models, options).write(output, progress);
}

}  // namespace kindred::prepare
