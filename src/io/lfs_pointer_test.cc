#include "io/lfs_pointer.h"

#include "io/expect_error.h"
#include "io/gguf.h"
#include "io/safetensors.h"
#include "io/temp_directory.h"
#include "io/torch_file.h"

namespace kindred::io {
namespace {

constexpr const char* kPointer =
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    "size 12345\n";

TEST(LfsPointer, IsNamedWithTheCommandThatFetchesTheFile) {
  EXPECT_KINDRED_ERROR(refuse_lfs_pointer(kPointer, "/models/a/model.safetensors"),
                       ErrorKind::bad_input, "git -C /models/a/ lfs pull");
  EXPECT_KINDRED_ERROR(refuse_lfs_pointer(kPointer, "model.gguf"), ErrorKind::bad_input,
                       "git -C . lfs pull");
}

TEST(LfsPointer, LeavesOtherFilesAlone) {
  EXPECT_NO_THROW(refuse_lfs_pointer("", "a"));
  EXPECT_NO_THROW(refuse_lfs_pointer("version 1", "a"));
  EXPECT_NO_THROW(refuse_lfs_pointer(kPointer + std::string(2000, 'x'), "a"));
}

TEST(LfsPointer, IsSeenByEveryReaderOfWeights) {
  const TempDirectory directory;
  const std::string path = directory.write("file", kPointer);
  EXPECT_KINDRED_ERROR(Safetensors::open(path), ErrorKind::bad_input, "git-lfs");
  EXPECT_KINDRED_ERROR(TorchFile::open(path), ErrorKind::bad_input, "git-lfs");
  EXPECT_KINDRED_ERROR(Gguf::open(path), ErrorKind::bad_input, "git-lfs");
  const std::string index = directory.write("index.json", kPointer);
  EXPECT_KINDRED_ERROR(Safetensors::open(index), ErrorKind::bad_input, "git-lfs");
}

}  // namespace
}  // namespace kindred::io
