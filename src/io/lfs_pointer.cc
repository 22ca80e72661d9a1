// Format: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
#include "io/lfs_pointer.h"

#include "base/error.h"

namespace kindred::io {

void refuse_lfs_pointer(std::string_view text, const std::string& path) {
  constexpr std::size_t kMaxPointerBytes = 1024;
  // The second is how versions before 1.0 wrote it.
  const bool begins = text.starts_with("version https://git-lfs.github.com/spec/") ||
                      text.starts_with("version https://hawser.github.com/spec/");
  if (!begins || text.size() > kMaxPointerBytes) return;
  const std::size_t slash = path.rfind('/');
  fail(ErrorKind::bad_input,
       "{}: is a pointer that git-lfs left in place of the file; fetch the file with: "
       "git -C {} lfs pull",
       path, slash == std::string::npos ? "." : path.substr(0, slash + 1));
}

}  // namespace kindred::io
