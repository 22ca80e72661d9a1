#include "io/zip_archive.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "base/error.h"

namespace kindred::io {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034B50;
constexpr std::uint32_t kDirectoryEntry = 0x02014B50;
constexpr std::uint32_t kDirectoryEnd = 0x06054B50;
constexpr std::uint32_t kDirectoryEnd64 = 0x06064B50;
constexpr std::uint32_t kLocator64 = 0x07064B50;

constexpr std::size_t kLocalHeaderBytes = 30;
constexpr std::size_t kDirectoryEntryBytes = 46;
constexpr std::size_t kDirectoryEndBytes = 22;
constexpr std::size_t kDirectoryEnd64Bytes = 56;
constexpr std::size_t kLocator64Bytes = 20;
constexpr std::size_t kMaxCommentBytes = 65535;

constexpr std::uint16_t kZip64Field = 1;
constexpr std::uint32_t kInZip64Field = 0xFFFFFFFF;
constexpr std::uint16_t kEncrypted = 1;

}  // namespace

// Positions in the file that refuse to leave it.
class ZipArchive::Reader {
 public:
  explicit Reader(const MappedFile& file) : file_(file) {}

  template <typename... Args>
  [[noreturn]] void corrupt(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorKind::corrupt, "{}: {}; the file is damaged or cut short, get it again", file_.path(),
         fmt::format(format, std::forward<Args>(args)...));
  }

  std::size_t size() const noexcept { return file_.size(); }
  std::uint64_t position() const noexcept { return position_; }
  void go_to(std::uint64_t position) noexcept { position_ = position; }

  std::string_view take(std::uint64_t count) {
    if (position_ > size() || count > size() - position_) {
      corrupt("{} bytes of its zip directory are needed at offset {} of {}", count, position_,
              size());
    }
    const std::string_view taken = file_.text().substr(position_, count);
    position_ += count;
    return taken;
  }

  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

  /// The number at `position`, which does not move the reader.
  template <typename T>
  T at(std::uint64_t position) const {
    Reader there(file_);
    there.go_to(position);
    return there.number<T>();
  }

 private:
  const MappedFile& file_;
  std::uint64_t position_ = 0;
};

bool ZipArchive::begins(std::string_view text) noexcept {
  return text.starts_with("PK\x03\x04") || text.starts_with("PK\x05\x06");
}

ZipArchive::ZipArchive(std::shared_ptr<const MappedFile> file) : file_(std::move(file)) {
  Reader reader(*file_);
  const Directory directory = find_directory(reader);
  if (directory.begin > reader.size() || directory.bytes > reader.size() - directory.begin ||
      directory.entries > directory.bytes / kDirectoryEntryBytes) {
    reader.corrupt("its zip directory of {} entries, {} bytes at {}, is not in the file",
                   directory.entries, directory.bytes, directory.begin);
  }
  reader.go_to(directory.begin);
  for (std::uint64_t i = 0; i < directory.entries; ++i) read_entry(reader, directory.begin);
  if (reader.position() - directory.begin > directory.bytes) {
    reader.corrupt("its zip directory is longer than it says");
  }
  check_overlaps(reader);
}

ZipArchive::Directory ZipArchive::find_directory(const Reader& reader) const {
  const std::size_t size = reader.size();
  if (size < kDirectoryEndBytes) reader.corrupt("{} bytes are no zip archive", size);
  std::size_t end = size - kDirectoryEndBytes;
  const std::size_t last = end - std::min(end, kMaxCommentBytes);
  // The end record is followed by a comment, whose length it holds.
  while (reader.at<std::uint32_t>(end) != kDirectoryEnd ||
         reader.at<std::uint16_t>(end + 20) != size - kDirectoryEndBytes - end) {
    if (end == last) reader.corrupt("it begins as a zip archive but has no zip directory");
    --end;
  }
  const std::size_t locator = end - std::min(end, kLocator64Bytes);
  if (end < kLocator64Bytes || reader.at<std::uint32_t>(locator) != kLocator64) {
    if (reader.at<std::uint32_t>(end + 4) != 0) {
      fail(ErrorKind::unsupported, "{}: is a part of a zip archive of several files",
           file_->path());
    }
    return {reader.at<std::uint32_t>(end + 16), reader.at<std::uint32_t>(end + 12),
            reader.at<std::uint16_t>(end + 10)};
  }
  const auto end64 = reader.at<std::uint64_t>(locator + 8);
  if (end64 > size || size - end64 < kDirectoryEnd64Bytes ||
      reader.at<std::uint32_t>(end64) != kDirectoryEnd64) {
    reader.corrupt("its zip64 directory is not at {}, where it should be", end64);
  }
  return {reader.at<std::uint64_t>(end64 + 48), reader.at<std::uint64_t>(end64 + 40),
          reader.at<std::uint64_t>(end64 + 32)};
}

void ZipArchive::read_entry(Reader& reader, std::uint64_t directory_begin) {
  const std::uint64_t at = reader.position();
  reader.take(kDirectoryEntryBytes);
  if (reader.at<std::uint32_t>(at) != kDirectoryEntry) {
    reader.corrupt("no entry of its zip directory is at {}, where one should be", at);
  }
  Entry entry;
  entry.flags = reader.at<std::uint16_t>(at + 8);
  entry.method = reader.at<std::uint16_t>(at + 10);
  entry.bytes = reader.at<std::uint32_t>(at + 20);
  entry.whole = reader.at<std::uint32_t>(at + 24);
  entry.header = reader.at<std::uint32_t>(at + 42);
  std::string name(reader.take(reader.at<std::uint16_t>(at + 28)));
  const std::uint64_t extra_end = reader.position() + reader.at<std::uint16_t>(at + 30);
  while (reader.position() + 4 <= extra_end) {
    const auto kind = reader.number<std::uint16_t>();
    const std::uint64_t field_end = reader.number<std::uint16_t>() + reader.position();
    if (kind == kZip64Field) {
      // Only what did not fit is there, in this order.
      for (std::uint64_t* value : {&entry.whole, &entry.bytes, &entry.header}) {
        if (*value == kInZip64Field && reader.position() + 8 <= field_end) {
          *value = reader.number<std::uint64_t>();
        }
      }
    }
    reader.go_to(field_end);
  }
  reader.go_to(extra_end);
  reader.take(reader.at<std::uint16_t>(at + 32));  // the comment

  if (entry.header > directory_begin || directory_begin - entry.header < kLocalHeaderBytes ||
      reader.at<std::uint32_t>(entry.header) != kLocalHeader) {
    reader.corrupt("zip entry {} has no header at {}, where it should be", name, entry.header);
  }
  entry.begin = entry.header + kLocalHeaderBytes + reader.at<std::uint16_t>(entry.header + 26) +
                reader.at<std::uint16_t>(entry.header + 28);
  if (entry.begin > directory_begin || entry.bytes > directory_begin - entry.begin) {
    reader.corrupt("zip entry {} says that it has {} bytes at {}, where the archive has {}", name,
                   entry.bytes, entry.begin,
                   directory_begin - std::min(directory_begin, entry.begin));
  }
  if (!entries_.emplace(name, entry).second) reader.corrupt("zip entry {} appears twice", name);
}

// An entry that lies in another could be two things at once.
void ZipArchive::check_overlaps(const Reader& reader) const {
  std::vector<const std::pair<const std::string, Entry>*> ordered;
  ordered.reserve(entries_.size());
  for (const auto& item : entries_) ordered.push_back(&item);
  std::sort(ordered.begin(), ordered.end(),
            [](const auto* a, const auto* b) { return a->second.header < b->second.header; });
  for (std::size_t i = 1; i < ordered.size(); ++i) {
    const Entry& before = ordered[i - 1]->second;
    if (before.begin + before.bytes > ordered[i]->second.header) {
      reader.corrupt("zip entry {} overlaps {}", ordered[i]->first, ordered[i - 1]->first);
    }
  }
}

std::string_view ZipArchive::read(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    fail(ErrorKind::not_found, "{}: has no zip entry {}", file_->path(), name);
  }
  const Entry& entry = found->second;
  if (entry.method != 0 || (entry.flags & kEncrypted) != 0 || entry.bytes != entry.whole) {
    fail(ErrorKind::unsupported,
         "{}: zip entry {} is {}; PyTorch writes its files as they are, so save the model again "
         "with torch.save or as safetensors",
         file_->path(), name, (entry.flags & kEncrypted) != 0 ? "encrypted" : "compressed");
  }
  return file_->text().substr(entry.begin, entry.bytes);
}

}  // namespace kindred::io
