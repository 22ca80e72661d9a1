// The index of a model's weights over several files. Tested by safetensors_test.cc.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace kindred::io {

/// Calls `open` for every file that the index at `path` ("….index.json", a `weight_map` of tensor
/// to file) names, sorted by name; `open` gives the names of the file's tensors. Errors: corrupt
/// for an index that is none, that names a file outside its own directory, or a tensor that is not
/// in its file; what `open` throws.
void open_shards(const std::string& path,
                 const std::function<std::vector<std::string>(const std::string& file)>& open);

}  // namespace kindred::io
