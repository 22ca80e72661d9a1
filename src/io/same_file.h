// Whether writing one path would damage what another holds. Tested by same_file_test.cc.
#pragma once

#include <string>
#include <string_view>

namespace kindred::io {

/// The path that writing to `path` replaces: the end of its symbolic links, which need not exist.
/// Errors: bad_input for links that go in a circle.
std::string write_target(const std::string& path);

/// What stands in a directory that is read.
enum class DirectoryHolds {
  model,  ///< files of a model: also a new file may become one (a "model.safetensors" beside a
          ///< "pytorch_model.bin"), unless its ending is that of vectors or of a table
  data,   ///< an index or a shop
};

/// Throws when writing `output`, its "<output>.partial" or what lies beside that would replace
/// `input`: the same file by another name, by a symbolic or a hard link, or, where `input` is a
/// directory, a file anywhere inside of it. An `input` that does not exist, or is neither file nor
/// directory, is never replaced. Errors: bad_input, naming both.
void refuse_overwriting(const std::string& output, const std::string& input,
                        DirectoryHolds holds = DirectoryHolds::data);

/// True when both name the same existing file or the same place where none is yet.
bool is_same_place(const std::string& a, const std::string& b);

}  // namespace kindred::io
