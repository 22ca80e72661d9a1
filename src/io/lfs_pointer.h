// Files that git-lfs has not fetched yet. Tested by lfs_pointer_test.cc.
#pragma once

#include <string>
#include <string_view>

namespace kindred::io {

/// Where `text`, the content of the file at `path`, is what git-lfs leaves in place of a large
/// file: an Error of kind bad_input that says so, with the command that fetches the file. Every
/// reader of a model's files calls it before it looks for its own format.
void refuse_lfs_pointer(std::string_view text, const std::string& path);

}  // namespace kindred::io
