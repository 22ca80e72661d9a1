#include "shop/version.h"

#include <charconv>

#include "base/error.h"
#include "io/file.h"
#include "io/file_system.h"

namespace kindred::shop {
namespace {

std::size_t stored_dimension(const VersionSettings& settings) {
  return settings.has_vectors() ? settings.dimension : Version::placeholder().size();
}

search::PostgresOptions postgres_options(const VersionSettings& settings) {
  search::PostgresOptions options;
  options.dimension = stored_dimension(settings);
  options.schema = settings.place.schema;
  options.partitions = settings.place.partitions;
  options.index_later = true;
  if (!settings.has_vectors()) options.vector_index = search::VectorIndexKind::none;
  return options;
}

std::unique_ptr<search::Backend> open_backend(const VersionSettings& settings,
                                              const std::string& home,
                                              const index::UseOptions& use) {
  if (settings.place.is_postgres())
    return search::PostgresBackend::open(settings.place.url, settings.place.schema);
  return search::EmbeddedBackend::open(items_directory(settings, home), use);
}

std::unique_ptr<search::Backend> create_backend(const VersionSettings& settings,
                                                const std::string& home,
                                                const index::UseOptions& use) {
  if (settings.place.is_postgres()) {
    return search::PostgresBackend::create(settings.place.url, postgres_options(settings));
  }
  const std::string directory = items_directory(settings, home);
  for (const char* part : {"vectors", "words", "fields"})  // half made, when there are any
    io::remove_tree(io::system_files(), io::join_path(directory, part));
  search::EmbeddedOptions options;
  options.vectors.dimension = stored_dimension(settings);
  options.vectors.fingerprint = settings.fingerprint;
  if (!settings.has_vectors()) options.vectors.kind = index::SegmentKind::flat;
  return search::EmbeddedBackend::create(directory, options, use);
}

std::uint64_t read_position(const std::string& path) {
  std::string text = io::read_text_file(path, /*limit=*/64);
  std::uint64_t position = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
  if (error != std::errc() || std::string_view(end, text.data() + text.size()) != "\n") {
    fail(ErrorKind::corrupt,
         "{} is not a number on a line; remove it, and the next import looks at every product",
         path);
  }
  return position;
}

// Renamed first: what is half removed must not be taken for a version that can be gone on with.
void remove_whole(const std::string& directory) {
  io::FileSystem& files = io::system_files();
  const std::string dropped = directory + ".dropped";
  io::remove_tree(files, dropped);  // of a call that was cut off
  if (!io::is_directory(directory)) return;
  files.rename(directory, dropped);
  files.sync_directory(io::directory_of(directory));
  io::remove_tree(files, dropped);
}

}  // namespace

std::string items_directory(const VersionSettings& settings, const std::string& home) {
  return settings.place.directory.empty() ? io::join_path(home, "items") : settings.place.directory;
}

Version::Version(VersionSettings settings, std::string home,
                 std::unique_ptr<search::Backend> backend)
    : settings_(std::move(settings)), home_(std::move(home)) {
  if (backend->dimension() != stored_dimension(settings_)) {
    fail(ErrorKind::corrupt,
         "version {} of the shop has vectors of {} dimensions and its items {}; restore the shop "
         "from a snapshot",
         settings_.number, stored_dimension(settings_), backend->dimension());
  }
  embedded_ = dynamic_cast<search::EmbeddedBackend*>(backend.get());
  postgres_ = dynamic_cast<search::PostgresBackend*>(backend.get());
  if (embedded_ != nullptr) embedded_->vectors().check_fingerprint(settings_.fingerprint);
  engine_ = std::make_unique<search::Engine>(std::move(backend));
  if (io::is_file(position_file())) position_ = read_position(position_file());
}

Version Version::open(const VersionSettings& settings, const std::string& home,
                      const index::UseOptions& use) {
  return {settings, home, open_backend(settings, home, use)};
}

Version Version::open_or_create(const VersionSettings& settings, const std::string& home,
                                const index::UseOptions& use) {
  io::FileSystem& files = io::system_files();
  files.make_directory(home);
  files.sync_directory(io::directory_of(home));
  std::unique_ptr<search::Backend> backend;
  try {
    backend = open_backend(settings, home, use);
  } catch (const Error& error) {
    // Items that were followed once must not be made anew behind anybody's back.
    const bool begun = io::is_file(io::join_path(home, "SYNCED"));
    if (begun || error.kind() != ErrorKind::not_found) throw;
    backend = create_backend(settings, home, use);
  }
  return {settings, home, std::move(backend)};
}

std::string Version::position_file() const {
  return io::join_path(home_, "SYNCED");
}

void Version::set_position(std::uint64_t position) {
  io::replace_file(io::system_files(), position_file(), std::to_string(position) + "\n");
  position_ = position;
}

std::uint64_t Version::items() const {
  return backend().count({}).documents;
}

std::uint64_t Version::unflushed() const {
  return embedded_ == nullptr ? 0 : embedded_->vectors().stats().memtable_rows;
}

void Version::complete() {
  if (postgres_ != nullptr && settings_.has_vectors() && !postgres_->indexed())
    postgres_->build_index();
}

void Version::flush() {
  if (embedded_ == nullptr) return;
  embedded_->vectors().flush();
  embedded_->words().flush();
}

void check_directory_is_free(const std::string& directory) {
  if (io::is_directory(directory) && !io::list_directory(directory).empty())
    fail(ErrorKind::bad_input, "{} is not empty; name a new directory", directory);
}

void check_place(const VersionSettings& settings) {
  const PlaceSettings& place = settings.place;
  if (place.is_postgres()) {
    search::refuse_password(place.url);
    for (const std::string& partition : place.partitions) search::refuse_password(partition);
    search::PostgresBackend::check_free(place.url, postgres_options(settings));
  } else if (!place.directory.empty()) {
    check_directory_is_free(place.directory);
  }
}

void remove_version(const VersionSettings& settings, const std::string& home) {
  const PlaceSettings& place = settings.place;
  if (place.is_postgres()) search::PostgresBackend::drop(place.url, place.schema, place.partitions);
  remove_whole(home);
  if (!place.directory.empty()) remove_whole(place.directory);
}

}  // namespace kindred::shop
