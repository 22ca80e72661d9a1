// What the commands of 'kindred index' share.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "cli/command.h"
#include "index/collection.h"
#include "io/mapped_file.h"
#include "io/vector_reader.h"

namespace kindred::cli {

/// "6G", "512M", "64K", "1000000". Errors: bad_input.
std::uint64_t parse_bytes(const std::string& flag, const std::string& text);
/// In (0, 1]. Errors: bad_input.
double parse_recall(const std::string& text);
std::string_view name_of(index::Metric metric);

/// Where a collection is, and what it may use: the argument DIR and the group "Resources".
struct IndexFlags {
  std::string directory;
  std::string ram;
  int threads = 0;

  void add_argument(Command& command);
  void add_resources(Command& command);
  std::unique_ptr<index::Collection> open(bool read_only) const;
  index::UseOptions options(bool read_only) const;
};

/// A file of vectors as a source to build from.
class FileVectors final : public index::VectorSource {
 public:
  /// `bits`: see --bits; `dimension`, where it is known, tells packed bits of it too.
  explicit FileVectors(const std::string& path, bool bits = false, std::size_t dimension = 0);
  /// "vector-space HASH" where the file says who made it, else empty.
  std::string maker() const;
  std::size_t rows() const noexcept override { return reader_.rows(); }
  std::size_t dimension() const noexcept override { return reader_.dimensions(); }
  void read(std::size_t begin, std::size_t count, float* out) const override;

 private:
  io::VectorReader reader_;
};

/// What of `given` (--fingerprint) and of the file of vectors is to be checked against the maker
/// that an index knows: the flag, else the file's own word where the index has its like from a
/// file.
std::string maker_to_check(const std::string& given, const FileVectors& vectors,
                           const std::string& known);

/// The lines of a file, mapped. Errors: bad_input for an empty line.
class IdLines {
 public:
  /// `what` a line holds, for messages.
  explicit IdLines(const std::string& path, std::string_view what = "an id");
  std::size_t size() const noexcept { return begins_.size() - 1; }
  std::string_view operator[](std::size_t line) const;

 private:
  std::shared_ptr<const io::MappedFile> file_;
  std::vector<std::uint64_t> begins_;  // of each line, and behind the last
};

/// Keys from an int64 or uint64 .npy file. Errors: bad_input.
std::vector<std::uint64_t> read_keys(const std::string& path);

/// A line of progress for each stage of a build.
class StageProgress {
 public:
  void operator()(const char* stage, std::size_t done, std::size_t total);
  void finish();

 private:
  std::string stage_;
  std::unique_ptr<Progress> line_;
};

}  // namespace kindred::cli
