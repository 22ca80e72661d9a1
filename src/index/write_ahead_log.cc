#include "index/write_ahead_log.h"

#include <cstring>

#include "base/error.h"
#include "io/byte_codec.h"
#include "io/crc32c.h"

namespace kindred::index {
namespace {

constexpr std::string_view kMagic("KNDRDLOG", 8);
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kFileHeaderBytes = 24;  // magic, version, first sequence, CRC-32C of both

// In front of each payload. `crc` is of all that follows it and of the payload.
struct RecordHeader {
  std::uint32_t length;
  std::uint32_t crc;
  std::uint64_t sequence;
  std::uint64_t group_begin;  // where its group began: everything before had been synced
};
constexpr std::size_t kHeaderBytes = sizeof(RecordHeader);
static_assert(kHeaderBytes == 24);
constexpr std::size_t kChecked = 8;  // bytes of the header before what the checksum covers

std::string file_header(std::uint64_t first_sequence) {
  io::ByteWriter out;
  out.number(kVersion);
  out.number(first_sequence);
  const std::uint32_t crc = io::crc32c(io::as_bytes(out.bytes()));
  out.number(crc);
  return std::string(kMagic) + out.take();
}

std::uint32_t checksum(const RecordHeader& header, std::string_view payload) {
  const auto bytes = std::as_bytes(std::span(&header, 1)).subspan(kChecked);
  return io::crc32c(io::as_bytes(payload), io::crc32c(bytes));
}

// The record at `at`, when it is whole and sound.
bool read_record(std::string_view bytes, std::uint64_t at, RecordHeader& header,
                 std::string_view& payload) {
  if (bytes.size() - at < kHeaderBytes) return false;
  std::memcpy(&header, bytes.data() + at, kHeaderBytes);
  const std::uint64_t room = bytes.size() - at - kHeaderBytes;
  if (header.length > room || header.length > kMaxLogRecordBytes) return false;
  payload = bytes.substr(at + kHeaderBytes, header.length);
  return header.crc == checksum(header, payload);
}

// Whether a sound record behind `at` belongs to a group that began after it: then what stands at
// `at` had been synced, and was damaged later.
bool synced_before_later_group(std::string_view bytes, std::uint64_t at, std::uint64_t sequence) {
  for (std::uint64_t q = at + 1; q + kHeaderBytes <= bytes.size(); ++q) {
    RecordHeader header;
    std::memcpy(&header, bytes.data() + q, kHeaderBytes);
    // Cheap tests first: the checksum is computed for next to nothing but true records.
    if (header.sequence <= sequence || header.sequence - sequence > bytes.size()) continue;
    if (header.group_begin <= at || header.group_begin > q) continue;
    std::string_view payload;
    if (read_record(bytes, q, header, payload)) return true;
  }
  return false;
}

}  // namespace

LogContents read_log(
    std::string_view bytes, const std::string& origin,
    const std::function<void(std::uint64_t sequence, std::string_view payload)>& record) {
  LogContents log;
  if (bytes.size() < kFileHeaderBytes) {
    log.torn = true;
    return log;
  }
  io::ByteReader reader(bytes.substr(0, kFileHeaderBytes), origin);
  const std::string_view magic = reader.take(kMagic.size());
  const auto version = reader.number<std::uint32_t>();
  log.first_sequence = reader.number<std::uint64_t>();
  const auto crc = reader.number<std::uint32_t>();
  const bool sound = magic == kMagic && crc == io::crc32c(io::as_bytes(bytes.substr(8, 12)));
  if (!sound) {
    // A file that never got beyond its header was being created.
    log.torn = bytes.size() == kFileHeaderBytes;
    if (log.torn) return log;
    fail(ErrorKind::corrupt,
         "{} does not begin as a log of writes, or its header is damaged; restore it from a backup",
         origin);
  }
  if (version != kVersion) {
    fail(ErrorKind::unsupported, "{} is a log of version {}; this Kindred reads version {}", origin,
         version, kVersion);
  }
  log.started = true;
  log.next_sequence = log.first_sequence;
  log.end = kFileHeaderBytes;
  while (log.end < bytes.size()) {
    RecordHeader header;
    std::string_view payload;
    if (!read_record(bytes, log.end, header, payload)) {
      if (synced_before_later_group(bytes, log.end, log.next_sequence)) {
        fail(ErrorKind::corrupt,
             "{} is damaged at byte {}: write {} had been made durable and is not readable, later "
             "ones are; restore the collection from a backup",
             origin, log.end, log.next_sequence);
      }
      log.torn = true;
      return log;
    }
    if (header.sequence != log.next_sequence || header.group_begin > log.end) {
      fail(ErrorKind::corrupt, "{} holds write {} at byte {} where write {} belongs", origin,
           header.sequence, log.end, log.next_sequence);
    }
    record(header.sequence, payload);
    ++log.next_sequence;
    log.end += kHeaderBytes + payload.size();
  }
  return log;
}

LogWriter::LogWriter(std::string path, std::unique_ptr<io::WritableFile> file, std::uint64_t end,
                     std::uint64_t next_sequence)
    : path_(std::move(path)), file_(std::move(file)), end_(end), next_sequence_(next_sequence) {}

LogWriter LogWriter::create(io::FileSystem& files, const std::string& path,
                            std::uint64_t first_sequence) {
  auto file = files.create(path);
  file->write_at(0, io::as_bytes(file_header(first_sequence)));
  file->sync();
  files.sync_directory(io::directory_of(path));
  return LogWriter(path, std::move(file), kFileHeaderBytes, first_sequence);
}

LogWriter LogWriter::resume(io::FileSystem& files, const std::string& path,
                            const LogContents& contents) {
  require(contents.started, "LogWriter: resumes a log without a header");
  auto file = files.open(path);
  if (contents.torn) {
    file->truncate(contents.end);
    file->sync();
  }
  return LogWriter(path, std::move(file), contents.end, contents.next_sequence);
}

void LogWriter::append(std::span<const std::string_view> payloads) {
  if (broken_) {
    fail(ErrorKind::exhausted,
         "{} could not be written before, and what of it is on the disk is unknown; close the "
         "collection and open it again",
         path_);
  }
  group_.clear();
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    require(payloads[i].size() <= kMaxLogRecordBytes, "LogWriter: a record too long");
    RecordHeader header{static_cast<std::uint32_t>(payloads[i].size()), 0, next_sequence_ + i,
                        end_};
    header.crc = checksum(header, payloads[i]);
    group_.append(reinterpret_cast<const char*>(&header), kHeaderBytes);
    group_ += payloads[i];
  }
  write_and_sync();
  end_ += group_.size();
  next_sequence_ += payloads.size();
  if (group_.capacity() > 2 * kMaxLogRecordBytes) group_ = {};
}

void LogWriter::write_and_sync() {
  broken_ = true;  // unless one of the two ways out below is reached
  try {
    file_->write_at(end_, io::as_bytes(group_));
  } catch (const Error&) {
    try {
      file_->truncate(end_);
      file_->sync();  // or a later log could stand behind half a record
      broken_ = false;
    } catch (const Error&) {  // stays broken; the first error says more
    }
    throw;
  }
  file_->sync();
  broken_ = false;
}

}  // namespace kindred::index
