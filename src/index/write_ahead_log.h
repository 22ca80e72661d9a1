// The log that makes a write durable before it is answered. Tested by write_ahead_log_test.cc.
// Layout: docs/format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "io/file_system.h"

namespace kindred::index {

/// Most bytes of one record; a longer length in a file is damage.
constexpr std::size_t kMaxLogRecordBytes = std::size_t{64} << 20;

/// What a log file holds.
struct LogContents {
  std::uint64_t first_sequence = 0;
  std::uint64_t next_sequence = 0;  ///< after the last sound record
  std::uint64_t end = 0;            ///< bytes of the header and the sound records
  bool torn = false;                ///< something follows that was never acknowledged
  bool started = false;             ///< false: not even its header is whole
};

/// Calls `record` for each sound record in order. A last group that was being written when the
/// machine stopped is torn and left out; damage to what had been synced before a later group began
/// is told apart from it (each record says where its group began).
///
/// Errors: corrupt, naming `origin` and the place; those of `record`.
LogContents read_log(
    std::string_view bytes, const std::string& origin,
    const std::function<void(std::uint64_t sequence, std::string_view payload)>& record);

/// Appends groups of records.
///
/// Threads: one at a time.
class LogWriter {
 public:
  /// A new file whose first record will be `first_sequence`. Durable when it returns.
  static LogWriter create(io::FileSystem& files, const std::string& path,
                          std::uint64_t first_sequence);
  /// Goes on behind what `contents` found, and cuts off what is torn.
  static LogWriter resume(io::FileSystem& files, const std::string& path,
                          const LogContents& contents);

  /// Writes the records as one group and syncs once. Either all are durable, or it throws; after a
  /// failed sync nobody knows, and every later call is refused. Errors: exhausted when the disk is
  /// full: nothing was appended, and a later call may succeed.
  void append(std::span<const std::string_view> payloads);

  std::uint64_t next_sequence() const noexcept { return next_sequence_; }
  std::uint64_t size() const noexcept { return end_; }
  /// True when what is on the disk is unknown: nothing can be appended any more.
  bool broken() const noexcept { return broken_; }

 private:
  LogWriter(std::string path, std::unique_ptr<io::WritableFile> file, std::uint64_t end,
            std::uint64_t next_sequence);
  void write_and_sync();

  std::string path_;
  std::unique_ptr<io::WritableFile> file_;
  std::uint64_t end_;
  std::uint64_t next_sequence_;
  bool broken_ = false;
  std::string group_;
};

}  // namespace kindred::index
