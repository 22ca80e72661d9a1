#include "io/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "base/error.h"
#include "io/descriptor.h"
#include "io/file.h"
#include "io/mapped_file.h"
#include "io/system_error.h"

namespace kindred::io {
namespace {

constexpr mode_t kFileMode = 0666;  // less the process's umask
constexpr mode_t kDirectoryMode = 0777;

class SystemFile final : public WritableFile {
 public:
  SystemFile(std::string path, Descriptor descriptor)
      : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

  void write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const ssize_t done =
          ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) fail_system(errno, "write", path_);
      bytes = bytes.subspan(static_cast<std::size_t>(done));
      offset += static_cast<std::uint64_t>(done);
    }
  }
  void truncate(std::uint64_t size) override {
    if (::ftruncate(descriptor_.get(), static_cast<off_t>(size)) != 0) {
      fail_system(errno, "shorten", path_);
    }
  }
  void sync() override {
    if (::fdatasync(descriptor_.get()) != 0) fail_system(errno, "sync", path_);
  }

 private:
  std::string path_;
  Descriptor descriptor_;
};

std::unique_ptr<WritableFile> open_file(const std::string& path, int flags, const char* doing) {
  Descriptor descriptor(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, kFileMode));
  if (!descriptor.valid()) fail_system(errno, doing, path);
  return std::make_unique<SystemFile>(path, std::move(descriptor));
}

class SystemFiles final : public FileSystem {
 public:
  std::unique_ptr<WritableFile> create(const std::string& path) override {
    return open_file(path, O_RDWR | O_CREAT | O_TRUNC, "create");
  }
  std::unique_ptr<WritableFile> open(const std::string& path) override {
    return open_file(path, O_RDWR, "open");
  }
  void rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) fail_system(errno, "replace", to);
  }
  void link(const std::string& from, const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) == 0) return;
    if (errno != EXDEV && errno != EPERM && errno != EMLINK && errno != EOPNOTSUPP) {
      fail_system(errno, "link", to);
    }
    const auto source = MappedFile::open(from);
    const auto copy = create(to);
    copy->write_at(0, source->bytes());
    copy->sync();
  }
  void remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail_system(errno, "remove", path);
  }
  void make_directory(const std::string& path) override {
    if (::mkdir(path.c_str(), kDirectoryMode) == 0) return;
    const int error = errno;
    if (error != EEXIST || !is_directory(path)) fail_system(error, "create directory", path);
  }
  void remove_directory(const std::string& path) override {
    if (::rmdir(path.c_str()) != 0 && errno != ENOENT) {
      fail_system(errno, "remove directory", path);
    }
  }
  void sync_directory(const std::string& path) override {
    const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.valid()) fail_system(errno, "open directory", path);
    // Some file systems cannot sync a directory (EINVAL): names are then as durable as they get.
    if (::fsync(directory.get()) != 0 && errno != EINVAL) fail_system(errno, "sync", path);
  }
};

}  // namespace

FileSystem& system_files() {
  static SystemFiles files;
  return files;
}

std::string directory_of(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

void replace_file(FileSystem& files, const std::string& path, std::string_view bytes) {
  write_beside(files, path, bytes);
  put_in_place(files, path);
}

void write_beside(FileSystem& files, const std::string& path, std::string_view bytes) {
  const std::string beside = path + ".new";
  try {
    const auto file = files.create(beside);
    file->write_at(0, std::as_bytes(std::span(bytes)));
    file->sync();
  } catch (...) {
    try {  // a full disk does not stay so
      files.remove(beside);
    } catch (const std::exception&) {
    }
    throw;
  }
}

void put_in_place(FileSystem& files, const std::string& path) {
  files.rename(path + ".new", path);
  files.sync_directory(directory_of(path));
}

void remove_tree(FileSystem& files, const std::string& directory) {
  if (!is_directory(directory)) return;
  for (const std::string& name : list_directory(directory)) {
    const std::string path = join_path(directory, name);
    if (is_directory(path)) {
      remove_tree(files, path);
    } else {
      files.remove(path);
    }
  }
  files.remove_directory(directory);
}

void link_tree(FileSystem& files, const std::string& from, const std::string& to) {
  files.make_directory(to);
  for (const std::string& name : list_directory(from)) {
    const std::string source = join_path(from, name);
    if (is_directory(source)) {
      link_tree(files, source, join_path(to, name));
    } else {
      files.link(source, join_path(to, name));
    }
  }
  files.sync_directory(to);
}

}  // namespace kindred::io
