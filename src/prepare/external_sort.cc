#include "prepare/external_sort.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <queue>
#include <utility>

#include "base/error.h"
#include "io/atomic_file.h"
#include "io/descriptor.h"
#include "io/file.h"
#include "io/system_error.h"

namespace kindred::prepare {
namespace {

constexpr std::size_t kLeastMemory = std::size_t{1} << 20;
constexpr std::size_t kLeastBuffer = std::size_t{64} << 10;  // of a run that is read
constexpr std::size_t kMostRuns = 400;                       // open at once
constexpr std::size_t kHeaderBytes = sizeof(SortKey) + sizeof(std::uint32_t);
constexpr std::uint32_t kMostRecordBytes = std::uint32_t{1} << 30;

void append_record(std::string& bytes, const SortKey& key, std::string_view record) {
  const auto size = static_cast<std::uint32_t>(record.size());
  char header[kHeaderBytes];
  std::memcpy(header, &key, sizeof key);
  std::memcpy(header + sizeof key, &size, sizeof size);
  bytes.append(header, sizeof header);
  bytes += record;
}

// The records of one run, one at a time.
class RunReader {
 public:
  RunReader(std::string path, std::size_t buffer) : path_(std::move(path)), buffer_(buffer) {
    file_ = io::Descriptor(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file_.valid()) io::fail_system(errno, "open", path_);
  }

  bool next() {
    begin_ += std::exchange(size_, 0);
    if (!have(kHeaderBytes)) {
      if (begin_ != end_) fail_short();
      return false;
    }
    std::memcpy(&key, buffer_.data() + begin_, sizeof key);
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, buffer_.data() + begin_ + sizeof key, sizeof bytes);
    if (bytes > kMostRecordBytes || !have(kHeaderBytes + bytes)) fail_short();
    record = std::string_view(buffer_.data() + begin_ + kHeaderBytes, bytes);
    size_ = kHeaderBytes + bytes;
    return true;
  }

  SortKey key;
  std::string_view record;

 private:
  [[noreturn]] void fail_short() const {
    fail(ErrorKind::corrupt, "{}: a temporary file ends in the middle of a record; start anew",
         path_);
  }
  bool have(std::size_t count) {
    if (end_ - begin_ >= count) return true;
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (buffer_.size() < count) buffer_.resize(count);
    while (end_ < count) {
      const ssize_t got = ::read(file_.get(), buffer_.data() + end_, buffer_.size() - end_);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) io::fail_system(errno, "read", path_);
      if (got == 0) return false;
      end_ += static_cast<std::size_t>(got);
    }
    return true;
  }

  std::string path_;
  io::Descriptor file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t size_ = 0;  // of the record that was handed out
};

}  // namespace

struct SortedRecords::Merge {
  struct Later {
    bool operator()(const RunReader* a, const RunReader* b) const { return a->key > b->key; }
  };
  std::vector<std::unique_ptr<RunReader>> readers;
  std::priority_queue<RunReader*, std::vector<RunReader*>, Later> first;
  RunReader* handed_out = nullptr;

  Merge(const std::vector<std::string>& paths, std::size_t memory) {
    const std::size_t buffer =
        std::clamp(memory / std::max<std::size_t>(paths.size(), 1), kLeastBuffer, kLeastMemory);
    for (const std::string& path : paths) {
      auto& reader = readers.emplace_back(std::make_unique<RunReader>(path, buffer));
      if (reader->next()) first.push(reader.get());
    }
  }

  bool next(SortKey& key, std::string_view& record) {
    if (handed_out != nullptr && handed_out->next()) first.push(handed_out);
    handed_out = nullptr;
    if (first.empty()) return false;
    handed_out = first.top();
    first.pop();
    key = handed_out->key;
    record = handed_out->record;
    return true;
  }
};

SortedRecords::SortedRecords(std::unique_ptr<Merge> merge) : merge_(std::move(merge)) {}
SortedRecords::SortedRecords(SortedRecords&&) noexcept = default;
SortedRecords& SortedRecords::operator=(SortedRecords&&) noexcept = default;
SortedRecords::~SortedRecords() = default;

bool SortedRecords::next(SortKey& key, std::string_view& record) {
  return merge_->next(key, record);
}

ExternalSorter::ExternalSorter(std::string directory, std::string name, std::size_t memory,
                               std::size_t runs)
    : directory_(std::move(directory)),
      name_(std::move(name)),
      memory_(std::max(memory, kLeastMemory)),
      runs_(runs) {
  std::vector<std::string> kept;
  for (std::size_t run = 0; run < runs_; ++run)
    kept.push_back(fmt::format("{}.{}.run", name_, run));
  for (const std::string& file : io::list_directory(directory_)) {
    const bool ours = file.starts_with(name_ + ".") &&
                      (file.ends_with(".run") || file.find(".run.") != std::string::npos);
    if (ours && std::find(kept.begin(), kept.end(), file) == kept.end())
      io::remove_file(io::join_path(directory_, file));
  }
}

ExternalSorter::~ExternalSorter() = default;

std::string ExternalSorter::path_of(std::size_t run) const {
  return io::join_path(directory_, fmt::format("{}.{}.run", name_, run));
}

std::string ExternalSorter::merged_path(std::size_t run) const {
  return io::join_path(directory_, fmt::format("{}.merged{}.run", name_, run));
}

bool ExternalSorter::add(const SortKey& key, std::string_view record) {
  require(record.size() <= kMostRecordBytes, "ExternalSorter: a record of 1 GB");
  const std::size_t needed = kHeaderBytes + record.size() + sizeof(Waiting);
  const std::size_t used = bytes_.size() + waiting_.size() * sizeof(Waiting);
  if (!waiting_.empty() && used + needed > memory_) flush();
  if (waiting_.empty()) {
    // Asked for once: growing would take twice the memory. What is not touched costs nothing.
    bytes_.reserve(memory_);
    waiting_.reserve(memory_ / (kHeaderBytes + sizeof(Waiting)) + 1);
  }
  waiting_.push_back({key, bytes_.size()});
  append_record(bytes_, key, record);
  return bytes_.size() + waiting_.size() * sizeof(Waiting) + needed > memory_;
}

void ExternalSorter::flush() {
  if (waiting_.empty()) return;
  std::sort(waiting_.begin(), waiting_.end(),
            [](const Waiting& a, const Waiting& b) { return a.key < b.key; });
  auto file = io::AtomicFile::create(path_of(runs_));
  for (const Waiting& each : waiting_) {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes_.data() + each.offset + sizeof(SortKey), sizeof size);
    file.write(std::string_view(bytes_).substr(each.offset, kHeaderBytes + size));
  }
  file.commit();
  ++runs_;
  bytes_.clear();
  waiting_.clear();
}

SortedRecords ExternalSorter::sorted(std::size_t memory) {
  flush();
  bytes_ = {};
  waiting_ = {};
  std::vector<std::string> paths;
  for (std::size_t run = 0; run < runs_; ++run) paths.push_back(path_of(run));
  const std::size_t at_once = std::clamp<std::size_t>(memory / kLeastBuffer, 2, kMostRuns);
  while (paths.size() > at_once) {
    std::vector<std::string> longer;
    for (std::size_t i = 0; i < paths.size(); i += at_once) {
      const auto end =
          paths.begin() + static_cast<std::ptrdiff_t>(std::min(i + at_once, paths.size()));
      SortedRecords::Merge merge({paths.begin() + static_cast<std::ptrdiff_t>(i), end}, memory);
      auto file = io::AtomicFile::create(merged_path(merged_++));
      SortKey key;
      std::string_view record;
      std::string bytes;
      while (merge.next(key, record)) {
        bytes.clear();
        append_record(bytes, key, record);
        file.write(bytes);
      }
      file.commit();
      longer.push_back(file.path());
    }
    paths = std::move(longer);
  }
  return SortedRecords(std::make_unique<SortedRecords::Merge>(paths, memory));
}

void ExternalSorter::remove() {
  for (std::size_t run = 0; run < runs_; ++run) io::remove_file(path_of(run));
  for (std::size_t run = 0; run < merged_; ++run) io::remove_file(merged_path(run));
  runs_ = merged_ = 0;
}

}  // namespace kindred::prepare
