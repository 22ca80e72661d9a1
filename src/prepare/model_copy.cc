#include "prepare/model_copy.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "io/atomic_file.h"
#include "io/file.h"
#include "io/mapped_file.h"
#include "model/modules.h"

namespace kindred::prepare {
namespace {

namespace fs = std::filesystem;

bool is_weight_file(const std::string& name) {
  constexpr std::array<std::string_view, 13> kEndings = {
      ".safetensors", ".bin", ".pt",  ".pth", ".ckpt", ".h5",        ".msgpack",
      ".onnx",        ".ot",  ".xml", ".pb",  ".gguf", ".index.json"};
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return io::has_ending(name, ending); });
}

/// Weights that are read and, where they are several files, what says which.
bool is_read(const model::ModelDirectory& source, const std::string& path) {
  std::size_t beside = 0;
  for (const std::string& file : source.weight_files) {
    if (file == path) return true;
    if (fs::path(file).parent_path() == fs::path(path).parent_path()) ++beside;
  }
  return beside > 1 && io::has_ending(path, ".index.json");
}

void copy_file(const std::string& from, const std::string& to) {
  constexpr std::size_t kBytes = std::size_t{8} << 20;
  const auto file = io::MappedFile::open(from);
  file->advise_sequential();
  io::AtomicFile out = io::AtomicFile::create(to);
  for (std::size_t begin = 0; begin < file->size(); begin += kBytes) {
    const std::size_t count = std::min(kBytes, file->size() - begin);
    out.write(file->bytes().subspan(begin, count));
    file->release(begin, count);
  }
  out.commit();
}

/// The directory itself, and the folders that modules.json names.
std::set<std::string> folders_of(const std::string& root) {
  std::set<std::string> folders = {""};
  const std::string list = io::join_path(root, "modules.json");
  if (!io::is_file(list)) return folders;
  for (const model::Module& module : model::read_modules(io::read_text_file(list), list)) {
    std::string folder = module.path;
    while (folder.ends_with('/')) folder.pop_back();
    folders.insert(folder);
  }
  return folders;
}

}  // namespace

void copy_model(const model::ModelDirectory& source, const std::string& to,
                const std::function<bool(const std::string& relative)>& wanted) {
  const std::string& root = source.info.path;
  source.require_own_weights();
  if (source.main_folder.empty())
    fail(ErrorKind::unsupported,
         "{}: a GGUF file cannot be changed so; give the model directory that it was made from",
         root);
  for (const std::string& folder : folders_of(root)) {
    const std::string from = folder.empty() ? root : io::join_path(root, folder);
    if (!io::is_directory(from)) continue;  // Normalize has no settings, and often no folder
    const std::string into = folder.empty() ? to : io::join_path(to, folder);
    fs::create_directories(into);
    for (const std::string& name : io::list_directory(from)) {
      const std::string path = io::join_path(from, name);
      const std::string relative = io::join_path(folder, name);
      if (name.starts_with('.') || !io::is_file(path)) continue;
      if (is_weight_file(name) && !is_read(source, path)) continue;
      if (wanted(relative)) copy_file(path, io::join_path(into, name));
    }
  }
}

std::string main_folder_of(const model::ModelDirectory& source) {
  const fs::path relative = fs::path(source.main_folder).lexically_relative(source.info.path);
  return relative == "." ? "" : relative.string();
}

}  // namespace kindred::prepare
