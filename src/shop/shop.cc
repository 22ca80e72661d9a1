#include "shop/shop.h"

#include <algorithm>
#include <filesystem>
#include <regex>

#include "base/error.h"
#include "io/file.h"
#include "io/file_system.h"
#include "search/postgres_connection.h"

namespace kindred::shop {
namespace {

constexpr const char* kSettingsFile = "shop.json";

bool is_url(const std::string& target) {
  return target.starts_with("postgres://") || target.starts_with("postgresql://");
}

std::string settings_file(const std::string& directory) {
  return io::join_path(directory, kSettingsFile);
}

}  // namespace

Shop::Shop(std::string directory, ShopSettings settings, std::optional<index::WriterLock> lock)
    : directory_(std::move(directory)), settings_(std::move(settings)), lock_(std::move(lock)) {}

bool Shop::exists(const std::string& directory) {
  return io::is_file(settings_file(directory));
}

Shop Shop::create(const std::string& directory, const std::string& catalogue,
                  VersionSettings first) {
  if (exists(directory)) fail(ErrorKind::bad_input, "{} holds a shop already", directory);
  if (is_url(catalogue)) search::refuse_password(catalogue);
  io::FileSystem& files = io::system_files();
  files.make_directory(directory);
  // shop.json comes last; before it, a call that was interrupted may have made the others.
  for (const std::string& name : io::list_directory(directory)) {
    if (name != "LOCK" && name != "versions" && !name.starts_with("catalogue.db") &&
        name != std::string(kSettingsFile) + ".new") {
      fail(ErrorKind::bad_input, "{} has other files in it, such as {}; name a new directory",
           directory, name);
    }
  }
  index::WriterLock lock = index::WriterLock::take(directory);
  files.make_directory(io::join_path(directory, "versions"));
  ShopSettings settings;
  if (!catalogue.empty()) settings.catalogue = catalogue;
  first.number = 1;
  settings.current = 1;
  settings.versions.push_back(std::move(first));
  Shop shop(directory, {}, std::move(lock));
  io::remove_tree(files, shop.home_of(1));
  files.sync_directory(io::directory_of(directory));
  shop.replace_settings(std::move(settings));
  return shop;
}

Shop Shop::open(const std::string& directory, Access access) {
  if (!exists(directory)) {
    fail(ErrorKind::not_found,
         "{} is not a shop; make one by kindred import FILE --into {}, with --model MODEL if it is "
         "to be searched by meaning too",
         directory, directory);
  }
  std::optional<index::WriterLock> lock;
  if (access == Access::write) lock = index::WriterLock::take(directory);
  const std::string path = settings_file(directory);
  return {directory, settings_from_json(io::read_text_file(path), path), std::move(lock)};
}

catalog::Store& Shop::catalogue() {
  if (!catalogue_) {
    catalogue_ = catalog::open_store(is_url(settings_.catalogue)
                                         ? settings_.catalogue
                                         : io::join_path(directory_, settings_.catalogue));
  }
  return *catalogue_;
}

std::string Shop::home_of(std::uint64_t number) const {
  return io::join_path(io::join_path(directory_, "versions"), std::to_string(number));
}

Version Shop::open_version(std::optional<std::uint64_t> number, index::UseOptions use) const {
  const VersionSettings& version = settings_.version(number.value_or(settings_.current));
  use.read_only = !lock_.has_value();
  const std::string home = home_of(version.number);
  return lock_ ? Version::open_or_create(version, home, use) : Version::open(version, home, use);
}

void Shop::replace_settings(ShopSettings settings) {
  require(lock_.has_value(), "a shop that is open for reading is being changed");
  io::replace_file(io::system_files(), settings_file(directory_), to_json(settings));
  settings_ = std::move(settings);
}

PlaceSettings Shop::place_beside() const {
  PlaceSettings place = current().place;
  if (!place.is_postgres()) return {};
  // The same for one that was begun, which is gone on with.
  const std::uint64_t last = settings_.versions.back().number;
  const std::uint64_t number = last > settings_.current ? last : settings_.next_number();
  static const std::regex suffix("_v[0-9]+$");
  place.schema = fmt::format("{}_v{}", std::regex_replace(place.schema, suffix, ""), number);
  return place;
}

std::uint64_t Shop::begin_version(VersionSettings version) {
  for (const VersionSettings& other : settings_.versions) {
    if (other.number <= settings_.current) continue;
    if (other.same_index(version)) return other.number;
    fail(ErrorKind::bad_input,
         "version {} was begun with other settings ({}, prompt {}); go on with it by the same "
         "command as then, or drop it: kindred reindex {} --drop",
         other.number, other.model_name(), other.prompt.version(), directory_);
  }
  check_place(version);
  version.number = settings_.next_number();
  io::remove_tree(io::system_files(), home_of(version.number));
  ShopSettings next = settings_;
  next.versions.push_back(std::move(version));
  replace_settings(std::move(next));
  return settings_.versions.back().number;
}

void Shop::use_version(std::uint64_t number) {
  ShopSettings next = settings_;
  next.current = next.version(number).number;
  replace_settings(std::move(next));
}

std::vector<std::uint64_t> Shop::drop_others() {
  ShopSettings next = settings_;
  next.versions = {current()};
  std::vector<VersionSettings> dropped = settings_.versions;
  std::erase_if(dropped, [&](const auto& v) { return v.number == settings_.current; });
  // Items first: what is not listed any more would never be removed.
  std::vector<std::uint64_t> numbers;
  for (const VersionSettings& version : dropped) {
    remove_version(version, home_of(version.number));
    numbers.push_back(version.number);
  }
  if (!numbers.empty()) replace_settings(std::move(next));
  return numbers;
}

void Shop::set_fusion(std::uint64_t number, const search::FusionOptions& fusion) {
  ShopSettings next = settings_;
  next.version(number).fusion = fusion;
  replace_settings(std::move(next));
}

void Shop::set_calibration(std::uint64_t number, estimators::ScoreCalibration calibration) {
  ShopSettings next = settings_;
  VersionSettings& version = next.version(number);
  version.check_vectors("a calibration of scores");
  version.calibration = std::move(calibration);
  replace_settings(std::move(next));
}

void Shop::snapshot(const std::string& to) {
  if (is_url(settings_.catalogue) || current().place.is_postgres()) {
    fail(ErrorKind::unsupported,
         "{} is in PostgreSQL, which is copied by its own means; use pg_dump, or move the shop to "
         "a directory first",
         directory_);
  }
  check_directory_is_free(to);
  io::FileSystem& files = io::system_files();
  files.make_directory(to);
  files.make_directory(io::join_path(to, "versions"));
  ShopSettings copy = settings_;
  copy.versions = {current()};
  copy.versions[0].place.directory.clear();
  Shop target(to, copy, index::WriterLock::take(to));
  const std::string home = target.home_of(copy.current);
  files.make_directory(home);
  Version version = open_version();
  const std::string position = std::to_string(version.position()) + "\n";
  version.embedded()->snapshot(items_directory(copy.versions[0], home));
  // The catalogue after the items: it has every change that they have.
  catalogue().snapshot(io::join_path(to, copy.catalogue));
  io::replace_file(files, io::join_path(home, "SYNCED"), position);
  files.sync_directory(io::join_path(to, "versions"));
  files.sync_directory(io::directory_of(to));
  target.replace_settings(copy);  // last: now it is a shop
}

}  // namespace kindred::shop
