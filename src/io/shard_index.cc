#include "io/shard_index.h"

#include <simdjson.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_set>

#include "base/error.h"
#include "io/file.h"
#include "io/lfs_pointer.h"

namespace kindred::io {
namespace {

constexpr std::size_t kMaxBytes = 100'000'000;

// A shard's name comes from a file that anyone may have made: it must stay in the directory.
bool is_plain_name(std::string_view name) noexcept {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
}

/// File to its tensors.
std::map<std::string, std::vector<std::string>> read_index(const std::string& path) {
  const std::string text = read_text_file(path, kMaxBytes);
  refuse_lfs_pointer(text, path);
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::object map;
  if (const auto error = parser.parse(text).get(root)) {
    fail(ErrorKind::corrupt, "{} is not JSON ({}); get it again", path,
         simdjson::error_message(error));
  }
  if (root["weight_map"].get(map)) {
    fail(ErrorKind::corrupt, "{} has no weight_map; it is not an index of weight files", path);
  }
  std::map<std::string, std::vector<std::string>> files;
  for (const auto& [tensor, value] : map) {
    std::string_view file;
    if (value.get(file) || !is_plain_name(file)) {
      fail(ErrorKind::corrupt, "{}: the file of tensor {} is not the name of a file beside it",
           path, tensor);
    }
    files[std::string(file)].emplace_back(tensor);
  }
  return files;
}

}  // namespace

void open_shards(const std::string& path,
                 const std::function<std::vector<std::string>(const std::string& file)>& open) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  for (const auto& [file, tensors] : read_index(path)) {
    const std::vector<std::string> names = open(directory + file);
    const std::unordered_set<std::string_view> there(names.begin(), names.end());
    for (const std::string& tensor : tensors) {
      if (there.contains(tensor)) continue;
      fail(ErrorKind::corrupt,
           "{} says that tensor {} is in {}, but it is not; get the files again", path, tensor,
           file);
    }
  }
}

}  // namespace kindred::io
