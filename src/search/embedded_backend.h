// Items in one directory: a vector collection and a word index side by side. Tested by
// embedded_backend_test.cc.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "index/collection.h"
#include "search/backend.h"

namespace kindred::search {

struct EmbeddedOptions {
  index::CollectionOptions vectors;
  Bm25 bm25 = {};
};

/// DIRECTORY/vectors (index::Collection: the items themselves, with their texts and fields), /words
/// (LexicalIndex), and UNFINISHED while a write is under way: the ids and keys that it touches, so
/// that a write which was cut off between the two is taken up when the collection is next opened
/// for writing, and one that failed half-way before the next write. What was acknowledged is in
/// both. A reader opens one after the other: what is written meanwhile may be in the words alone.
class EmbeddedBackend final : public Backend {
 public:
  /// Makes an empty one; the directory may exist, empty. Errors: bad_input when it holds one.
  static std::unique_ptr<EmbeddedBackend> create(const std::string& directory,
                                                 const EmbeddedOptions& options,
                                                 const index::UseOptions& use = {});
  /// Errors: not_found; corrupt; bad_input while another writes it (unless read_only).
  static std::unique_ptr<EmbeddedBackend> open(const std::string& directory,
                                               const index::UseOptions& use = {});

  std::size_t dimension() const override { return vectors_->dimension(); }
  void upsert(std::span<const Item> items) override;
  std::uint64_t erase(std::span<const std::string> ids) override;

  std::vector<RankedKey> nearest(std::span<const float> query, std::size_t k,
                                 const index::Filter* filter, double recall) const override;
  WordsResult find_words(const WordsQuery& query) const override { return words_->search(query); }
  std::vector<TermScore> explain_words(const WordsQuery& query, std::uint64_t key) const override {
    return words_->explain(query, key);
  }
  Counts count(const CountRequest& request) const override { return words_->count(request); }
  std::vector<std::uint64_t> first_by(const SortOrder& order, std::size_t k,
                                      const index::Filter* filter) const override {
    return words_->first_by(order.field, order.descending, k, filter);
  }
  index::FieldKinds field_kinds(std::string_view name, index::FieldUse) const override {
    return vectors_->view()->field_kinds(name);
  }
  std::vector<std::string> field_names() const override { return vectors_->view()->field_names(); }
  std::vector<StoredItem> fetch(std::span<const std::uint64_t> keys, bool vectors) const override;
  std::optional<std::uint64_t> find_id(const std::string& id) const override;

  index::Collection& vectors() noexcept { return *vectors_; }
  LexicalIndex& words() noexcept { return *words_; }
  /// A collection of its own in the new directory `to` with the content of this moment; files that
  /// never change are links. Writers wait. Errors: bad_input for a reader, or when `to` is not
  /// empty.
  void snapshot(const std::string& to);
  /// Reads everything; a writer also that both hold the same items. Errors: corrupt.
  void verify() const;

 private:
  EmbeddedBackend(std::string directory, const index::UseOptions& use);
  struct Touched;
  std::string unfinished_path() const;
  void write(std::span<const Touched> items, const std::function<void()>& both);
  void take_up();
  void finish() noexcept;

  const std::string directory_;
  const bool read_only_;
  io::FileSystem& files_;
  mutable std::mutex write_mutex_;  // one write at a time
  bool unfinished_ = false;         // UNFINISHED may be there
  std::unique_ptr<index::Collection> vectors_;
  std::unique_ptr<LexicalIndex> words_;
};

}  // namespace kindred::search
