// An index of its own at one moment of another.
#include "base/error.h"
#include "io/byte_codec.h"
#include "io/file.h"
#include "search/lexical_index.h"

namespace kindred::search {
namespace {

constexpr std::size_t kMaxLogBytes = std::size_t{64} << 30;

// Of its sound records: what follows them was never answered.
void copy_log(io::FileSystem& files, const std::string& from, const std::string& to) {
  const std::string bytes = io::read_text_file(from, kMaxLogBytes);
  const index::LogContents whole =
      index::read_log(bytes, from, [](std::uint64_t, std::string_view) {});
  const auto copy = files.create(to);
  copy->write_at(0, io::as_bytes(std::string_view(bytes).substr(0, whole.end)));
  copy->sync();
}

void clear_quietly(io::FileSystem& files, const std::string& directory) noexcept {
  try {
    io::remove_tree(files, directory);
  } catch (const std::exception&) {  // without a manifest it is no index
  }
}

}  // namespace

void LexicalIndex::link_files(const std::string& to) const {
  const auto copy_of = [&](std::uint64_t number, std::string_view ending) {
    return io::join_path(to, fmt::format("{}.{}", number, ending));
  };
  const auto link = [&](std::uint64_t number, std::string_view ending) {
    files_.link(path(number, ending), copy_of(number, ending));
  };
  for (const LexicalManifestSegment& segment : manifest_.segments) {
    link(segment.number, "words");
    link(segment.number, "fields");
    if (segment.deletes != 0) link(segment.deletes, "deletes");
  }
  copy_log(files_, path(manifest_.log, "log"), copy_of(manifest_.log, "log"));
  files_.sync_directory(to);
  LexicalManifest own = manifest_;
  own.durable_sequence = log_->next_sequence();
  io::replace_file(files_, io::join_path(to, kLexicalManifestName), encode_lexical_manifest(own));
}

void LexicalIndex::snapshot(const std::string& to) const {
  check_writable();
  if (io::is_directory(to) && !io::list_directory(to).empty())
    fail(ErrorKind::bad_input, "{} is not empty; name a new directory", to);
  const std::lock_guard writer(writer_mutex_);  // no file goes meanwhile
  check_not_poisoned();
  files_.make_directory(to);
  try {
    link_files(to);
  } catch (...) {
    clear_quietly(files_, to);
    throw;
  }
  files_.sync_directory(io::directory_of(to));
}

}  // namespace kindred::search
