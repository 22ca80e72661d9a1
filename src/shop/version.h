// One indexing of the catalogue, opened. Tested by shop_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "search/embedded_backend.h"
#include "search/engine.h"
#include "search/postgres_backend.h"
#include "shop/settings.h"

namespace kindred::shop {

/// Items in a directory or in PostgreSQL, and how far they follow the catalogue. The latter is in
/// versions/N/SYNCED, replaced after the items of each batch are durable.
///
/// A backend's items have vectors; those of a version without a model have all the same one,
/// placeholder(), by which nothing is searched (VersionSettings::check_vectors).
///
/// Threads: searches concurrently; writes one at a time.
class Version {
 public:
  /// `home` is SHOP/versions/N. Errors: those of the backend.
  static Version open(const VersionSettings& settings, const std::string& home,
                      const index::UseOptions& use);
  /// Makes it, or opens what an interrupted call made.
  static Version open_or_create(const VersionSettings& settings, const std::string& home,
                                const index::UseOptions& use);

  const VersionSettings& settings() const noexcept { return settings_; }
  const search::Engine& engine() const noexcept { return *engine_; }
  const search::Backend& backend() const noexcept { return engine_->backend(); }
  search::Backend& backend() noexcept { return engine_->backend(); }
  /// Null where the items are in PostgreSQL.
  search::EmbeddedBackend* embedded() noexcept { return embedded_; }
  std::uint64_t items() const;
  /// The vector of every item where the version has no model.
  static std::vector<float> placeholder() { return {0.0F}; }

  /// The change of the catalogue up to which all are in the items.
  std::uint64_t position() const noexcept { return position_; }
  /// Durable on return.
  void set_position(std::uint64_t position);

  /// Items that are in the log and in no segment yet: whoever opens the version repeats that log,
  /// and makes what filters read of them.
  std::uint64_t unflushed() const;
  /// Once everything is in: makes the index of vectors where PostgreSQL has none yet.
  void complete();
  /// What is in memory goes into segments, so that whoever opens it next has less to do.
  void flush();

 private:
  Version(VersionSettings settings, std::string home, std::unique_ptr<search::Backend> backend);
  std::string position_file() const;

  VersionSettings settings_;
  std::string home_;
  std::unique_ptr<search::Engine> engine_;
  search::EmbeddedBackend* embedded_ = nullptr;
  search::PostgresBackend* postgres_ = nullptr;
  std::uint64_t position_ = 0;
};

/// Where an embedded version's items are.
std::string items_directory(const VersionSettings& settings, const std::string& home);

/// Errors: bad_input where there is something in it.
void check_directory_is_free(const std::string& directory);
/// Whether a version can be made in its place. Errors: bad_input for a directory or schema that is
/// taken, or an address with a password; those of PostgresBackend::check_free.
void check_place(const VersionSettings& settings);

/// Removes a version's items, wherever they are, and its home.
void remove_version(const VersionSettings& settings, const std::string& home);

}  // namespace kindred::shop
