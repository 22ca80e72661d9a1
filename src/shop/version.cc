#include "shop/version.h"

#include <charconv>

#include "base/error.h"
#include "io/file.h"
#include "io/file_system.h"

namespace kindred::shop {
namespace {

search::PostgresOptions postgres_options(const VersionSettings& settings) {
  search::PostgresOptions options;
  options.dimension = settings.dimension;
  options.schema = settings.place.schema;
  options.partitions = settings.place.partitions;
  options.index_later = true;
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
  options.vectors.dimension = settings.dimension;
  options.vectors.fingerprint = settings.fingerprint;
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

}  // namespace

std::string items_directory(const VersionSettings& settings, const std::string& home) {
  return settings.place.directory.empty() ? io::join_path(home, "items") : settings.place.directory;
}

Version::Version(VersionSettings settings, std::string home,
                 std::unique_ptr<search::Backend> backend)
    : settings_(std::move(settings)), home_(std::move(home)) {
  if (backend->dimension() != settings_.dimension) {
    fail(ErrorKind::corrupt,
         "version {} of the shop has vectors of {} dimensions and its items {}; restore the shop "
         "from a snapshot",
         settings_.number, settings_.dimension, backend->dimension());
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

void Version::complete() {
  if (postgres_ != nullptr && !postgres_->indexed()) postgres_->build_index();
}

void Version::flush() {
  if (embedded_ == nullptr) return;
  embedded_->vectors().flush();
  embedded_->words().flush();
  // A filter makes each segment's table of fields once; else every reader would make its own.
  const std::vector<float> anywhere(settings_.dimension, 0.0F);
  const index::Filter all;
  embedded_->nearest(anywhere, /*k=*/1, &all, /*recall=*/0.5);
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
  if (place.is_postgres()) {
    search::PostgresBackend::drop(place.url, place.schema, place.partitions);
  } else {
    io::remove_tree(io::system_files(), items_directory(settings, home));
  }
  io::remove_tree(io::system_files(), home);
}

}  // namespace kindred::shop
