#include "io/same_file.h"

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "base/error.h"
#include "io/file.h"

namespace kindred::io {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as the system's own limit

// What a writer may make or replace to write a file: see AtomicFile and PartialFile.
constexpr std::string_view kBeside[] = {"", ".partial", ".partial.key", ".partial.key.new"};

// A model is never read from files of these endings.
constexpr std::string_view kNeverModel[] = {".npy", ".fvecs", ".jsonl", ".tsv", ".csv"};

struct Identity {
  dev_t device = 0;
  ino_t inode = 0;
  mode_t mode = 0;

  static std::optional<Identity> of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    return Identity{status.st_dev, status.st_ino, status.st_mode};
  }
  bool operator==(const Identity& other) const {
    return device == other.device && inode == other.inode;
  }
};

bool never_of_a_model(std::string_view path) {
  for (const std::string_view ending : kNeverModel) {
    if (has_ending(path, ending)) return true;
  }
  return false;
}

// The file in `directory` (at any depth) that `wanted` is.
std::string find_inside(const std::string& directory, const Identity& wanted,
                        DirectoryHolds holds) {
  std::error_code error;
  const auto options = fs::directory_options::skip_permission_denied;
  fs::recursive_directory_iterator entry(directory, options, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string path = entry->path().string();
    if (holds == DirectoryHolds::model && never_of_a_model(path)) continue;
    const auto here = Identity::of(path);
    if (here && S_ISREG(here->mode) && *here == wanted) return path;
  }
  return "";
}

// Without links in it; a relative path that does not exist would stay relative.
fs::path whole_path(const std::string& path, std::error_code& error) {
  const fs::path absolute = fs::absolute(path, error);
  return error ? fs::path() : fs::weakly_canonical(absolute, error);
}

bool lies_inside(const std::string& path, const std::string& directory) {
  std::error_code error, other;
  const fs::path inner = whole_path(path, error);
  const fs::path outer = fs::canonical(directory, other);
  if (error || other) return false;
  const fs::path relative = inner.lexically_relative(outer);
  return !relative.empty() && *relative.begin() != "..";
}

void refuse_inside(const std::string& output, const std::string& written,
                   const std::string& directory, DirectoryHolds holds) {
  const auto there = Identity::of(written);
  std::string found;
  if (there && S_ISREG(there->mode)) found = find_inside(directory, *there, holds);
  const bool new_of_model = !there && holds == DirectoryHolds::model &&
                            !never_of_a_model(written) && lies_inside(written, directory);
  if (found.empty() && !new_of_model) return;
  fail(ErrorKind::bad_input,
       "{} would {} a file of {}, which this command reads; write to another place", output,
       found.empty() ? "become" : "replace", directory);
}

}  // namespace

std::string write_target(const std::string& path) {
  fs::path target(path);
  for (int links = 0; links < kMostLinks; ++links) {
    std::error_code error;
    const fs::path next = fs::read_symlink(target, error);
    if (error) return target.string();  // not a link, or not there
    target = next.is_absolute() ? next : target.parent_path() / next;
  }
  fail(ErrorKind::bad_input, "{} is a symbolic link that leads to no place; name another output",
       path);
}

bool is_same_place(const std::string& a, const std::string& b) {
  const std::string first = write_target(a), second = write_target(b);
  const auto left = Identity::of(first), right = Identity::of(second);
  if (left || right) return left && right && *left == *right;
  std::error_code error, other;
  return whole_path(first, error) == whole_path(second, other) && !error && !other;
}

void refuse_overwriting(const std::string& output, const std::string& input, DirectoryHolds holds) {
  const auto read = Identity::of(input);
  if (!read || (!S_ISREG(read->mode) && !S_ISDIR(read->mode))) return;
  const std::string target = write_target(output);
  for (const std::string_view beside : kBeside) {
    const std::string written = target + std::string(beside);
    if (const auto there = Identity::of(written); there && *there == *read) {
      fail(ErrorKind::bad_input,
           "{} would be replaced by what is written to {}, and this command reads it; name another "
           "output",
           input, output);
    }
    if (S_ISDIR(read->mode) && beside.empty()) refuse_inside(output, written, input, holds);
  }
}

}  // namespace kindred::io
