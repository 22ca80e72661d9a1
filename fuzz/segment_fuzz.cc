// Any payloads as a segment's files, under frames whose checksums are right: an Error, or a segment
// that answers. The input is a length (u16) and a payload each for meta, vectors, lists, codes,
// refine and spill; the stamps in the first are put right. The highest bit of the first length says
// that they are of version 1 of the format.
#include <stdlib.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "index/segment.h"
#include "index/segment_file.h"
#include "io/crc32c.h"
#include "kindred/error.h"

namespace {

using kindred::index::FileRole;

constexpr FileRole kRoles[] = {FileRole::meta,  FileRole::vectors, FileRole::lists,
                               FileRole::codes, FileRole::refine,  FileRole::spill};
/// Where meta.kseg's stamps begin, and their size.
constexpr std::size_t kStamps = 48, kStampBytes = 12;

std::uint32_t checksum(const std::string& bytes) {
  return kindred::io::crc32c(std::as_bytes(std::span(bytes)));
}

template <typename T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

/// Payloads are below a block: one checksum each.
std::string block_table(const std::string& payload) {
  std::string table;
  if (!payload.empty()) put(table, checksum(payload));
  return table;
}

std::string framed(FileRole role, std::uint32_t version, const std::string& payload) {
  std::string file = "KINDSEG\n";
  put(file, version);
  put(file, static_cast<std::uint32_t>(role));
  put(file, std::uint64_t{payload.size()});
  put(file, std::uint64_t{1} << 20);
  file.append(28, '\0');
  put(file, checksum(file));
  const std::string table = block_table(payload);
  file += payload + table;
  put(file, checksum(table));
  return file;
}

const std::string& directory() {
  static const std::string path = [] {
    std::string name = std::filesystem::is_directory("/dev/shm") ? "/dev/shm/kindred-XXXXXX"
                                                                 : "/tmp/kindred-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    return name;
  }();
  return path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> payloads;
  constexpr std::uint16_t kFirstVersion = 0x8000;
  std::uint32_t version = 2;
  for (std::size_t i = 0; i < std::size(kRoles); ++i) {
    std::uint16_t length = 0;
    if (size >= 2) std::memcpy(&length, data, 2);
    if (i == 0 && (length & kFirstVersion) != 0) {
      version = 1;
      length ^= kFirstVersion;
    }
    data += std::min<std::size_t>(size, 2);
    size -= std::min<std::size_t>(size, 2);
    const std::size_t count = std::min<std::size_t>(length, size);
    payloads.emplace_back(reinterpret_cast<const char*>(data), count);
    data += count;
    size -= count;
  }
  // An empty file of second lists is none.
  for (std::size_t i = 1; i < payloads.size() - (version == 1 ? 1 : 0); ++i) {
    std::string stamp;
    put(stamp, std::uint64_t{payloads[i].size()});
    put(stamp, checksum(block_table(payloads[i])));
    const std::size_t at = kStamps + (i - 1) * kStampBytes;
    if (payloads[0].size() >= at + kStampBytes) payloads[0].replace(at, kStampBytes, stamp);
  }
  for (std::size_t i = 0; i < payloads.size(); ++i)
    std::ofstream(directory() + "/" + std::string(file_name(kRoles[i])), std::ios::binary)
        << framed(kRoles[i], version, payloads[i]);
  static kindred::ThreadPool pool(1);
  try {
    const auto segment = kindred::index::open_segment(directory());
    const std::vector<float> query(segment->dimension(), 0.25F);
    const auto hits = segment->search({query.data(), 1, 5, nullptr, {}}, pool);
    if (hits.found[0] > 5) std::abort();
    for (const auto& hit : hits.of(0))
      if (hit.row >= segment->rows()) std::abort();
    segment->verify();
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
  return 0;
}
