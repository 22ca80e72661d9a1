// A collection of its own at one moment of another.
#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "index/collection.h"
#include "io/byte_codec.h"
#include "io/file.h"

namespace kindred::index {
namespace {

constexpr auto kPatience = std::chrono::minutes(1);
constexpr std::size_t kMaxLogBytes = std::size_t{4} << 30;

std::string last_part(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

void clear_directory(io::FileSystem& files, const std::string& directory) {
  for (const std::string& name : io::list_directory(directory)) {
    const std::string path = io::join_path(directory, name);
    io::is_directory(path) ? io::remove_tree(files, path) : files.remove(path);
  }
}

void link_segments(io::FileSystem& files, const std::string& from, const Manifest& manifest,
                   const std::string& to) {
  for (const ManifestSegment& s : manifest.segments) {
    const std::string segment = segment_directory(from, s.number);
    io::link_tree(files, segment, io::join_path(to, last_part(segment)));
    if (s.deletes == 0) continue;
    const std::string deletes = deletes_path(from, s.deletes);
    files.link(deletes, io::join_path(to, last_part(deletes)));
  }
}

// The logs from the manifest's on: those that are never written again as links, of the newest a
// copy of its whole records. Returns the sequence number after them.
std::uint64_t take_logs(io::FileSystem& files, const std::string& from, const Manifest& manifest,
                        const std::string& to) {
  for (std::uint64_t log = manifest.log;; ++log) {
    const std::string path = log_path(from, log);
    if (io::is_file(log_path(from, log + 1))) {  // looked for before the log is read
      files.link(path, log_path(to, log));
      continue;
    }
    const std::string bytes = io::read_text_file(path, kMaxLogBytes);
    const LogContents whole = read_log(bytes, path, [](std::uint64_t, std::string_view) {});
    const auto copy = files.create(log_path(to, log));
    copy->write_at(0, io::as_bytes(std::string_view(bytes).substr(0, whole.end)));
    copy->sync();
    return whole.started ? whole.next_sequence : manifest.durable_sequence;
  }
}

// False when the manifest was replaced before all its files had a second name.
bool take(io::FileSystem& files, const std::string& from, const Manifest& manifest,
          const std::string& to) {
  std::uint64_t sequence = 0;
  try {
    link_segments(files, from, manifest, to);
    sequence = take_logs(files, from, manifest, to);
  } catch (const Error&) {
    if (read_manifest(from) == manifest) throw;
    return false;
  }
  // A segment whose files were being removed may have been linked in part.
  if (!(read_manifest(from) == manifest)) return false;
  files.sync_directory(to);
  Manifest own = manifest;
  own.durable_sequence = std::max(own.durable_sequence, sequence);
  write_manifest(files, to, own);  // last: before it there is no collection
  files.sync_directory(io::directory_of(to));
  return true;
}

}  // namespace

void Collection::snapshot(const std::string& from, const std::string& to, io::FileSystem& files) {
  read_manifest(from);  // before anything is made
  files.make_directory(to);
  if (const auto names = io::list_directory(to); !names.empty()) {
    fail(ErrorKind::bad_input, "{} is not empty (it holds {}); name a new directory", to,
         names.front());
  }
  const auto end = std::chrono::steady_clock::now() + kPatience;
  try {
    while (!take(files, from, read_manifest(from), to)) {
      clear_directory(files, to);
      if (std::chrono::steady_clock::now() < end) continue;
      fail(ErrorKind::exhausted,
           "{} changed again and again while it was copied; make the snapshot on its own disk, "
           "where files are linked in no time, and copy that",
           from);
    }
  } catch (const Error&) {
    try {
      clear_directory(files, to);
    } catch (const std::exception&) {  // it is no collection, and is refused as one
    }
    throw;
  }
}

void Collection::snapshot(const std::string& to) const {
  if (!lock_) return snapshot(directory_, to, files_);
  check_writable();
  const std::lock_guard installing(manifest_mutex_);  // no file goes meanwhile
  snapshot(directory_, to, files_);
}

}  // namespace kindred::index
