// A file system that fails, and a disk that loses what was not synced. For tests only.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "io/file.h"
#include "io/file_system.h"
#include "io/system_error.h"

namespace kindred::io {

/// Thrown by every operation once the machine has "lost power".
struct PowerLoss : std::runtime_error {
  PowerLoss() : std::runtime_error("the power is gone") {}
};

enum class Fault {
  power_loss,   ///< nothing of the operation happens, nor of any after it
  io_error,     ///< EIO once; nothing happens
  disk_full,    ///< ENOSPC from now on for whatever needs room; a write stops half-way
  short_write,  ///< a write stops half-way with EIO, once
};

/// Passes everything on to the real files below one root, and remembers which of it was synced:
/// `lose_unsynced` then rewrites the real files to a state in which a machine could find them after
/// a power loss. What others write there (without this object) counts as synced, but is gone with
/// its directory when the directory's own name was not. Renames are of files, within a directory.
class FaultFileSystem final : public FileSystem {
 public:
  explicit FaultFileSystem(FileSystem& real = system_files()) : real_(real) {}

  /// The `at`-th operation from now on (0: the next) fails.
  void arm(std::uint64_t at, Fault fault) {
    const std::lock_guard lock(mutex_);
    fault_at_ = operations_ + at;
    fault_ = fault;
  }
  void disarm() {
    const std::lock_guard lock(mutex_);
    fault_at_.reset();
    full_ = false;
  }
  std::uint64_t operations() const {
    const std::lock_guard lock(mutex_);
    return operations_;
  }
  bool power_lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
  }

  std::unique_ptr<WritableFile> create(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    check("create", path, /*needs_room=*/true);
    const bool is_new = !is_file(path);
    const std::shared_ptr<File> file = is_new ? std::make_shared<File>() : known(path);
    auto real = real_.create(path);
    if (is_new) {
      place(path, file);
    } else {
      file->changes.push_back({Change::truncate, 0, {}});
    }
    return std::make_unique<Writer>(*this, file, std::move(real), path);
  }
  std::unique_ptr<WritableFile> open(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    check("open", path);
    auto real = real_.open(path);
    return std::make_unique<Writer>(*this, known(path), std::move(real), path);
  }
  void rename(const std::string& from, const std::string& to) override {
    const std::lock_guard lock(mutex_);
    check("replace", to);
    const std::shared_ptr<File> file = known(from);
    if (is_file(to)) known(to);
    real_.rename(from, to);
    // One step of the journal: never both names gone.
    step(directory_of(to), {{to, Entry{file, false}}, {from, std::nullopt}});
  }
  void link(const std::string& from, const std::string& to) override {
    const std::lock_guard lock(mutex_);
    check("link", to, /*needs_room=*/true);
    const std::shared_ptr<File> file = known(from);
    real_.link(from, to);
    place(to, file);
  }
  void remove(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    check("remove", path);
    if (!is_file(path)) return;
    known(path);
    real_.remove(path);
    step(directory_of(path), {{path, std::nullopt}});
  }
  void make_directory(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    check("create directory", path, /*needs_room=*/true);
    if (is_directory(path)) return;
    real_.make_directory(path);
    step(directory_of(path), {{path, Entry{nullptr, true}}});
  }
  void remove_directory(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    check("remove directory", path);
    if (!is_directory(path)) return;
    if (!durable_.contains(path) && !pending_names(path)) durable_[path] = Entry{nullptr, true};
    real_.remove_directory(path);
    step(directory_of(path), {{path, std::nullopt}});
  }
  void sync_directory(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    check("sync", path);  // the real disk need not sync: its power is not lost
    apply_steps(path, steps_[path].size());
  }

  /// The state after the power came back: of each directory's unsynced changes a first part, of
  /// each file's unsynced writes none, a first part, or any sectors, as `random` says.
  void lose_unsynced(Random& random) {
    const std::lock_guard lock(mutex_);
    std::map<std::string, std::optional<Entry>> names;  // all that were ever touched
    for (const auto& [path, entry] : durable_) names[path] = entry;
    for (auto& [directory, steps] : steps_) {
      for (const Step& s : steps)
        for (const auto& [path, entry] : s) names.emplace(path, std::nullopt);
      apply_steps(directory, random.below(steps.size() + 1));
    }
    for (auto& [path, entry] : names) {
      const auto found = durable_.find(path);
      entry = found == durable_.end() ? std::nullopt : std::optional(found->second);
    }
    std::map<const File*, std::string> contents;
    for (const auto& [path, entry] : names)  // before the real files are touched
      if (entry && entry->file && !contents.contains(entry->file.get()))
        contents[entry->file.get()] = survivor(*entry->file, random);
    for (const auto& [path, entry] : names) write_back(path, entry, contents);
  }

 private:
  struct Change {
    enum Kind { write, truncate } kind;
    std::uint64_t offset;  // or the size
    std::string bytes;
  };
  struct File {
    std::string synced;
    std::vector<Change> changes;
  };
  struct Entry {
    std::shared_ptr<File> file;  // null: a directory
    bool directory;
  };
  using Step = std::vector<std::pair<std::string, std::optional<Entry>>>;

  class Writer final : public WritableFile {
   public:
    Writer(FaultFileSystem& owner, std::shared_ptr<File> file, std::unique_ptr<WritableFile> real,
           std::string path)
        : owner_(owner), file_(std::move(file)), real_(std::move(real)), path_(std::move(path)) {}
    void write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
      const std::lock_guard lock(owner_.mutex_);
      const auto half = bytes.first(bytes.size() / 2);
      owner_.check("write", path_, true, [&] { write_part(offset, half); });
      write_part(offset, bytes);
    }
    void truncate(std::uint64_t size) override {
      const std::lock_guard lock(owner_.mutex_);
      owner_.check("shorten", path_);
      real_->truncate(size);
      file_->changes.push_back({Change::truncate, size, {}});
    }
    void sync() override {
      const std::lock_guard lock(owner_.mutex_);
      owner_.check("sync", path_);
      for (const Change& c : file_->changes) apply(file_->synced, c);
      file_->changes.clear();
    }

   private:
    void write_part(std::uint64_t offset, std::span<const std::byte> bytes) {
      real_->write_at(offset, bytes);
      file_->changes.push_back(
          {Change::write, offset,
           std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())});
    }
    FaultFileSystem& owner_;
    std::shared_ptr<File> file_;
    std::unique_ptr<WritableFile> real_;
    std::string path_;
  };

  static void apply(std::string& content, const Change& c) {
    if (c.kind == Change::truncate) {
      content.resize(c.offset);
      return;
    }
    if (content.size() < c.offset + c.bytes.size()) content.resize(c.offset + c.bytes.size());
    content.replace(c.offset, c.bytes.size(), c.bytes);
  }

  void check(const char* doing, const std::string& path, bool needs_room = false,
             const std::function<void()>& half = {}) {
    if (lost_) throw PowerLoss();
    const bool now = fault_at_ && operations_ == *fault_at_;
    ++operations_;
    if (now && fault_ == Fault::disk_full) full_ = true;
    if (full_ && needs_room) {
      if (half) half();
      fail_system(ENOSPC, doing, path);
    }
    if (!now || fault_ == Fault::disk_full) return;
    if (fault_ == Fault::power_loss) {
      lost_ = true;
      if (half) half();
      throw PowerLoss();
    }
    if (fault_ == Fault::short_write && half) half();
    fail_system(EIO, doing, path);
  }

  // The file at `path`, read from the real disk where this object has not seen it yet.
  std::shared_ptr<File> known(const std::string& path) {
    if (const auto entry = current(path); entry && entry->file) return entry->file;
    auto file = std::make_shared<File>();
    file->synced = read_text_file(path);
    durable_[path] = Entry{file, false};
    return file;
  }
  std::optional<Entry> current(const std::string& path) const {
    if (const auto steps = steps_.find(directory_of(path)); steps != steps_.end())
      for (auto s = steps->second.rbegin(); s != steps->second.rend(); ++s)
        for (const auto& [name, entry] : *s)
          if (name == path) return entry;
    const auto found = durable_.find(path);
    return found == durable_.end() ? std::nullopt : std::optional(found->second);
  }
  bool pending_names(const std::string& path) const {
    const auto steps = steps_.find(directory_of(path));
    if (steps == steps_.end()) return false;
    for (const Step& s : steps->second)
      for (const auto& [name, entry] : s)
        if (name == path) return true;
    return false;
  }
  void place(const std::string& path, const std::shared_ptr<File>& file) {
    step(directory_of(path), {{path, Entry{file, false}}});
  }
  void step(const std::string& directory, Step s) { steps_[directory].push_back(std::move(s)); }
  void apply_steps(const std::string& directory, std::size_t count) {
    auto& steps = steps_[directory];
    for (std::size_t i = 0; i < count; ++i)
      for (const auto& [path, entry] : steps[i]) {
        if (entry) {
          durable_[path] = *entry;
        } else {
          durable_.erase(path);
        }
      }
    steps.erase(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(count));
  }

  static std::string survivor(const File& file, Random& random) {
    std::string content = file.synced;
    const std::uint64_t mode = random.below(4);
    if (mode == 0) return content;
    const std::size_t whole =
        mode == 1 ? file.changes.size() : random.below(file.changes.size() + 1);
    for (std::size_t i = 0; i < whole; ++i) apply(content, file.changes[i]);
    if (mode == 1 || whole == file.changes.size()) return content;
    const Change& torn = file.changes[whole];
    if (torn.kind == Change::truncate) return content;
    if (mode == 2) {  // a first part
      apply(content, {Change::write, torn.offset,
                      torn.bytes.substr(0, random.below(torn.bytes.size() + 1))});
      return content;
    }
    constexpr std::size_t kSector = 64;  // smaller than a disk's, for small tests
    for (std::size_t at = 0; at < torn.bytes.size(); at += kSector)
      if (random.below(2) == 0)
        apply(content, {Change::write, torn.offset + at, torn.bytes.substr(at, kSector)});
    return content;
  }

  static void write_back(const std::string& path, const std::optional<Entry>& entry,
                         const std::map<const File*, std::string>& contents) {
    namespace fs = std::filesystem;
    if (!entry) {
      fs::remove_all(path);
    } else if (!fs::exists(fs::path(path).parent_path())) {
      return;  // its directory was lost
    } else if (entry->directory) {
      fs::create_directory(path);
    } else {
      fs::remove(path);
      std::ofstream(path, std::ios::binary) << contents.at(entry->file.get());
    }
  }

  FileSystem& real_;
  mutable std::mutex mutex_;
  std::uint64_t operations_ = 0;
  std::optional<std::uint64_t> fault_at_;
  Fault fault_ = Fault::power_loss;
  bool full_ = false;
  bool lost_ = false;
  std::map<std::string, Entry> durable_;            // names on the disk
  std::map<std::string, std::vector<Step>> steps_;  // a directory's changes since it was synced
};

}  // namespace kindred::io
