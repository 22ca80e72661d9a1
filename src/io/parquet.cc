#include "io/parquet.h"

#include <dlfcn.h>

#include <filesystem>

#include "base/error.h"

namespace kindred::io {
namespace {

struct Module {
  OpenParquet* open = nullptr;
  std::string why_not = {};
};

// Beside the program in the build tree; where `make install` puts it.
Module load() {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& folder : {program, program / KINDRED_MODULES_FROM_PROGRAM}) {
    const fs::path file = folder / kParquetModule;
    if (!fs::exists(file, error)) continue;
    void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);  // stays until the process ends
    if (handle == nullptr)
      return {nullptr, fmt::format("{} does not load: {}", file.string(), ::dlerror())};
    if (void* open = ::dlsym(handle, kOpenParquetName))
      return {reinterpret_cast<OpenParquet*>(open)};
    return {nullptr, file.string() + " is of another version of the program"};
  }
  return {nullptr, fmt::format("{} is not installed", kParquetModule)};
}

const Module& module() {
  static const Module loaded = load();
  return loaded;
}

}  // namespace

std::string why_no_parquet() {
  return module().why_not;
}

std::unique_ptr<ParquetTable> open_parquet(const std::string& path) {
  if (module().open == nullptr) {
    fail(ErrorKind::unsupported,
         "{}: this build cannot read Parquet ({}). Run scripts/setup, which installs pyarrow with "
         "the "
         "Arrow library, and build again with -DKINDRED_PARQUET=ON; or convert the file to JSONL",
         path, module().why_not);
  }
  return std::unique_ptr<ParquetTable>(module().open(path));
}

}  // namespace kindred::io
