// Finding weights, and saying what to do where there are none.
#include "model/weight_files.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "io/file.h"

namespace kindred::model {
namespace {

constexpr std::string_view kSafetensors = ".safetensors";
constexpr std::string_view kAdapter = "adapter_model.";
// Many others end in .bin or .pt: training_args.bin, optimizer.pt, BGE-M3's colbert_linear.pt.
constexpr std::string_view kTorchBegin = "pytorch_model";
constexpr std::string_view kTorchEnd = ".bin";

struct OtherFormat {
  std::string_view begin;
  std::string_view end;
  std::string_view program;
};

constexpr OtherFormat kOtherFormats[] = {
    {"", ".onnx", "ONNX Runtime"},        {"openvino_", ".xml", "OpenVINO"},
    {"tf_model", ".h5", "TensorFlow"},    {"", ".h5", "Keras"},
    {"saved_model", ".pb", "TensorFlow"}, {"", ".tflite", "TensorFlow Lite"},
    {"flax_model", ".msgpack", "Flax"},   {"rust_model", ".ot", "rust-bert"},
    {"", ".mlmodel", "Core ML"},          {"", ".mlpackage", "Core ML"},
};

bool matches(std::string_view name, std::string_view begin, std::string_view end) {
  return name.size() >= begin.size() + end.size() && name.starts_with(begin) && name.ends_with(end);
}

std::optional<std::string_view> other_program(std::string_view name) {
  for (const OtherFormat& format : kOtherFormats) {
    if (matches(name, format.begin, format.end)) return format.program;
  }
  return std::nullopt;
}

/// In the directory and in the folders that such exports use.
void explain_other_program(const std::string& directory) {
  for (const char* folder : {"", "onnx", "openvino", "coreml"}) {
    const std::string place = *folder == '\0' ? directory : io::join_path(directory, folder);
    if (!io::is_directory(place)) continue;
    for (const std::string& name : io::list_directory(place)) {
      const auto program = other_program(name);
      if (!program) continue;
      fail(ErrorKind::unsupported,
           "{}: {} is the model for {}, which Kindred does not read; get model.safetensors or "
           "pytorch_model.bin from where the model came from, or convert it with the program that "
           "wrote it",
           directory, io::join_path(folder, name), *program);
    }
  }
}

[[noreturn]] void explain_missing(const std::string& directory,
                                  const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (name.starts_with(kAdapter)) {
      fail(ErrorKind::unsupported,
           "{}: {} is an adapter without its base model; merge it with peft's "
           "merge_and_unload() and save the result",
           directory, name);
    }
  }
  for (const std::string& name : names) {
    if (io::has_ending(name, ".gguf")) {
      fail(ErrorKind::bad_input, "{}: holds {} and no other weights; give that file as the model",
           directory, name);
    }
  }
  explain_other_program(directory);
  fail(ErrorKind::not_found,
       "{}: neither model.safetensors nor pytorch_model.bin; is the download complete? (a clone "
       "without git-lfs lacks the large files)",
       directory);
}

/// The only file with such a name. Errors: bad_input for several.
std::optional<std::string> find_only(const std::string& directory,
                                     const std::vector<std::string>& names, std::string_view begin,
                                     std::string_view end) {
  std::vector<std::string> candidates;
  for (const std::string& name : names) {
    if (matches(name, begin, end) && !name.starts_with(kAdapter)) candidates.push_back(name);
  }
  if (candidates.size() > 1) {
    fail(ErrorKind::bad_input, "{}: several weight files ({}) and no {}{}.index.json", directory,
         fmt::join(candidates, ", "), begin.empty() ? "model" : begin, end);
  }
  if (candidates.empty()) return std::nullopt;
  return candidates.front();
}

std::string find_weights(const std::string& directory) {
  for (const char* name : {"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
                           "pytorch_model.bin.index.json"}) {
    std::string path = io::join_path(directory, name);
    if (io::is_file(path)) return path;
  }
  const std::vector<std::string> names = io::list_directory(directory);
  std::optional<std::string> name = find_only(directory, names, "", kSafetensors);
  if (!name) name = find_only(directory, names, kTorchBegin, kTorchEnd);
  if (!name) explain_missing(directory, names);
  return io::join_path(directory, *name);
}

template <typename File>
WeightFiles open_as(const std::string& path) {
  const File file = File::open(path);
  return {TensorSet::from(file), file.files()};
}

}  // namespace

bool has_weights(const std::string& directory) {
  const std::vector<std::string> names = io::list_directory(directory);
  return std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return !name.starts_with(kAdapter) &&
           (name.ends_with(kSafetensors) || name.ends_with(".safetensors.index.json") ||
            matches(name, kTorchBegin, kTorchEnd) || name == "pytorch_model.bin.index.json");
  });
}

WeightFiles open_weights(const std::string& directory) {
  const std::string path = find_weights(directory);
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  return name.starts_with(kTorchBegin) && name.find(kSafetensors) == std::string_view::npos
             ? open_as<io::TorchFile>(path)
             : open_as<io::Safetensors>(path);
}

}  // namespace kindred::model
