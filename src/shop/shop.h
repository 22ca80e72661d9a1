// A shop: a catalogue and its index, in one directory. Tested by shop_test.cc.
//
//     SHOP/shop.json     settings.h
//     SHOP/catalogue.db  the products (catalog::Store), unless they are in PostgreSQL
//     SHOP/versions/N/   version.h
//     SHOP/LOCK          held by the one who writes
//
// The catalogue is the source of truth: whatever else is there can be made from it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/store.h"
#include "index/writer_lock.h"
#include "shop/settings.h"
#include "shop/version.h"

namespace kindred::shop {

enum class Access : std::uint8_t { read, write };

/// Threads: one at a time, but an open version as it says.
class Shop {
 public:
  static bool exists(const std::string& directory);
  /// Makes one with its first version, which is yet without items. `catalogue`: empty for
  /// catalogue.db in it, or the URL of a PostgreSQL database. What an interrupted call left is
  /// taken up. Errors: bad_input where there is a shop, or files of something else.
  static Shop create(const std::string& directory, const std::string& catalogue,
                     VersionSettings first);
  /// Errors: not_found; corrupt; bad_input while another writes it (Access::write).
  static Shop open(const std::string& directory, Access access);

  const std::string& directory() const noexcept { return directory_; }
  const ShopSettings& settings() const noexcept { return settings_; }
  const VersionSettings& current() const { return settings_.version(settings_.current); }
  catalog::Store& catalogue();
  /// Without `number`, the current one.
  Version open_version(std::optional<std::uint64_t> number = std::nullopt,
                       index::UseOptions use = {}) const;

  /// Where a new version of the shop goes unless it is told: into the shop, or, where the items are
  /// in PostgreSQL, beside them, into a schema called NAME_vN.
  PlaceSettings place_beside() const;

  // Of a shop open for writing. Settings are replaced whole, and durable on return.

  /// Adds a version as described, to be filled and then used, and gives its number; an unfinished
  /// one of the same description is gone on with. Errors: bad_input while another is unfinished, or
  /// where its place is taken.
  std::uint64_t begin_version(VersionSettings version);
  /// Searches find this one from now on. Readers that have opened another keep it.
  void use_version(std::uint64_t number);
  /// Removes all versions but the current one, with their items. Gives their numbers.
  std::vector<std::uint64_t> drop_others();
  void set_fusion(std::uint64_t number, const search::FusionOptions& fusion);
  /// Probabilities for the hits of a version from now on. Errors: bad_input without vectors.
  void set_calibration(std::uint64_t number, estimators::ScoreCalibration calibration);

  /// A shop of its own with the catalogue and the current version in the new directory `to`; files
  /// that never change are shared by hard links. Errors: bad_input where `to` exists; unsupported
  /// for what is in PostgreSQL.
  void snapshot(const std::string& to);

 private:
  Shop(std::string directory, ShopSettings settings, std::optional<index::WriterLock> lock);
  std::string home_of(std::uint64_t number) const;
  void replace_settings(ShopSettings settings);

  std::string directory_;
  ShopSettings settings_;
  std::optional<index::WriterLock> lock_;
  std::unique_ptr<catalog::Store> catalogue_;
};

}  // namespace kindred::shop
