#include "train/checkpoint.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/atomic_file.h"
#include "io/file.h"
#include "io/partial_directory.h"
#include "io/safetensors.h"
#include "torch/weights.h"

namespace kindred::train {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "step-";

void read_tensors(const std::string& path, const NamedTensors& tensors) {
  const io::Safetensors file = io::Safetensors::open(path);
  const at::NoGradGuard no_graph;
  for (const auto& [name, tensor] : tensors) {
    const io::TensorView& view = file.at(name);
    if (!std::equal(view.shape.begin(), view.shape.end(), tensor.sizes().begin(),
                    tensor.sizes().end()))
      fail(ErrorKind::corrupt,
           "{}: tensor \"{}\" has another shape than the recipe makes it: the checkpoint is of "
           "another recipe",
           path, name);
    tensor.detach().copy_(torch::to_tensor(view, tensor.device()));
  }
}

std::string optimizer_file(bool sharded, const Processes& processes) {
  return "/optimizer-" + std::to_string(sharded ? processes.rank() : 0) + ".safetensors";
}

}  // namespace

std::vector<std::string> all_checkpoints(const std::string& directory) {
  std::vector<std::string> found;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, none))
    if (entry.path().filename().string().rfind(kPrefix, 0) == 0 &&
        fs::exists(entry.path() / "state.json"))
      found.push_back(entry.path().string());
  std::sort(found.begin(), found.end());
  return found;
}

void save_tensors(const std::string& path, const NamedTensors& tensors) {
  std::vector<at::Tensor> kept;
  std::vector<io::TensorView> views;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor& values =
        kept.emplace_back(tensor.detach().to(at::kCPU, at::kFloat).contiguous());
    io::TensorView view;
    view.name = name;
    view.shape.assign(values.sizes().begin(), values.sizes().end());
    view.data = static_cast<const std::byte*>(values.const_data_ptr());
    view.bytes = values.nbytes();
    views.push_back(std::move(view));
  }
  io::write_safetensors(path, views);
}

void save_checkpoint(const std::string& directory, const Checkpoint& checkpoint,
                     const NamedTensors& model, const NamedTensors& optimizer, bool sharded,
                     std::size_t keep, Processes& processes) {
  fs::create_directories(directory);
  const std::string target = fmt::format("{}/{}{:08}", directory, kPrefix, checkpoint.step);
  // Other processes write beside the first one's directory, which is then made whole.
  const std::string others = target + ".shards";
  if (sharded && !processes.first()) {
    fs::create_directories(others);
    save_tensors(others + optimizer_file(true, processes), optimizer);
  }
  processes.barrier();
  if (processes.first() && !fs::exists(target)) {
    io::PartialDirectory partial(target);
    save_tensors(partial.path() + "/model.safetensors", model);
    save_tensors(partial.path() + optimizer_file(sharded, processes), optimizer);
    if (fs::exists(others))
      for (const fs::directory_entry& entry : fs::directory_iterator(others))
        fs::rename(entry.path(), fs::path(partial.path()) / entry.path().filename());
    const nlohmann::ordered_json state = {
        {"version", 1},
        {"step", checkpoint.step},
        {"processes", processes.size()},
        {"sharded", sharded},
        {"trainer", nlohmann::ordered_json::parse(checkpoint.state)}};
    io::AtomicFile file = io::AtomicFile::create(partial.path() + "/state.json");
    file.write(state.dump(1) + "\n");
    file.commit();
    partial.commit();
    const std::vector<std::string> all = all_checkpoints(directory);
    for (std::size_t i = 0; i + keep < all.size(); ++i) fs::remove_all(all[i]);
  }
  if (processes.first()) fs::remove_all(others);
  processes.barrier();
}

void load_model_tensors(const std::string& path, const NamedTensors& model) {
  read_tensors(path + "/model.safetensors", model);
}

Checkpoint load_checkpoint(const std::string& path, const NamedTensors& model,
                           const NamedTensors& optimizer, bool sharded, Processes& processes) {
  const std::string file = path + "/state.json";
  Checkpoint checkpoint;
  try {
    const auto state = nlohmann::ordered_json::parse(io::read_text_file(file));
    if (state.at("sharded").get<bool>() != sharded ||
        (sharded && state.at("processes").get<int>() != processes.size()))
      fail(ErrorKind::bad_input, "{}: its optimiser is cut for {} processes; go on with as many",
           path, state.at("processes").get<int>());
    checkpoint.step = state.at("step").get<std::uint64_t>();
    checkpoint.state = state.at("trainer").dump();
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorKind::corrupt, "{}: {}; remove this checkpoint to go on from the one before", file,
         error.what());
  }
  load_model_tensors(path, model);
  read_tensors(path + optimizer_file(sharded, processes), optimizer);
  return checkpoint;
}

}  // namespace kindred::train
