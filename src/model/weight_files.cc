// Finding safetensors files, and saying what to do where there are none.
#include "model/weight_files.h"

#include "base/error.h"
#include "io/file.h"

namespace kindred::model {
namespace {

[[noreturn]] void explain_missing(const std::string& directory,
                                  const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (name.starts_with("adapter_model.")) {
      fail(ErrorKind::unsupported,
           "{}: {} is an adapter without its base model; merge it with peft's "
           "merge_and_unload() and save the result",
           directory, name);
    }
    if (name.starts_with("pytorch_model") || name.ends_with(".bin") || name.ends_with(".pt") ||
        name.ends_with(".ckpt")) {
      fail(ErrorKind::unsupported,
           "{}: {} is a Python pickle, which can run code when it is read; convert it once with: "
           "python -c \"import sys, torch; from safetensors.torch import save_file; "
           "d = sys.argv[1]; w = torch.load(d + '/{}', weights_only=True); "
           "save_file({{k: v.clone().contiguous() for k, v in w.items()}}, d + "
           "'/model.safetensors')\" {}",
           directory, name, name, directory);
    }
  }
  fail(ErrorKind::not_found,
       "{}: no model.safetensors; is the download complete? (a clone without git-lfs lacks the "
       "large files)",
       directory);
}

}  // namespace

io::Safetensors open_weights(const std::string& directory) {
  for (const char* name : {"model.safetensors", "model.safetensors.index.json"}) {
    const std::string path = io::join_path(directory, name);
    if (io::is_file(path)) return io::Safetensors::open(path);
  }
  const std::vector<std::string> names = io::list_directory(directory);
  std::vector<std::string> candidates;
  for (const std::string& name : names) {
    if (name.ends_with(".safetensors") && !name.starts_with("adapter_model")) {
      candidates.push_back(name);
    }
  }
  if (candidates.size() > 1) {
    fail(ErrorKind::bad_input, "{}: several weight files ({}) and no model.safetensors.index.json",
         directory, fmt::join(candidates, ", "));
  }
  if (candidates.empty()) explain_missing(directory, names);
  return io::Safetensors::open(io::join_path(directory, candidates.front()));
}

}  // namespace kindred::model
