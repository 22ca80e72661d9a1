#include "shop/sync.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "shop/item.h"

namespace kindred::shop {
namespace {

using Clock = std::chrono::steady_clock;

// So few items in the log are repeated faster than segments of them would be merged.
constexpr std::uint64_t kFlushedFrom = 2000;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The changes of a batch on their way into the items.
class Batch {
 public:
  Batch(std::vector<catalog::Change> changes, const catalog::Prompt& prompt)
      : position_(changes.back().sequence) {
    for (catalog::Change& change : changes) {
      if (!change.product) {
        removed_.push_back(std::move(change.id));
        continue;
      }
      Composed composed = compose(*change.product, prompt);
      items_.push_back(std::move(composed.item));
      texts_.push_back(std::move(composed.text));
    }
  }

  // Vectors of items that were made from the same text.
  void take_vectors(const search::Backend& backend) {
    std::vector<std::string> ids;
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (!items_[i].vector.empty()) continue;
      ids.push_back(items_[i].id);
      places[items_[i].id] = i;
    }
    std::vector<std::uint64_t> keys = backend.find_ids(ids);
    if (keys.empty()) return;
    std::sort(keys.begin(), keys.end());
    for (search::StoredItem& stored : backend.fetch(keys, /*vectors=*/true)) {
      const auto place = places.find(stored.id);
      if (place == places.end() || text_hash(stored.payload) != hash_of(texts_[place->second]))
        continue;
      items_[place->second].vector = std::move(stored.vector);
    }
  }

  void give_placeholders() {
    for (search::Item& item : items_) item.vector = Version::placeholder();
  }

  void encode(const EncoderSource& source, SyncCounts& counts) {
    std::vector<std::size_t> places;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (!items_[i].vector.empty()) continue;
      places.push_back(i);
      texts.push_back(std::move(texts_[i]));
    }
    if (texts.empty()) return;
    const ShopEncoder& encoder = source();
    const Clock::time_point start = Clock::now();
    const Embeddings made = encoder.products(texts);
    counts.encode_seconds += seconds_since(start);
    counts.encoded += made.rows;
    for (const std::uint32_t tokens : made.token_counts) counts.tokens += tokens;
    for (std::size_t row = 0; row < places.size(); ++row) {
      const float* values = made.values.data() + row * made.dimensions;
      items_[places[row]].vector.assign(values, values + made.dimensions);
    }
  }

  void write(Version& version, SyncCounts& counts) const {
    if (!removed_.empty()) counts.removed += version.backend().erase(removed_);
    if (!items_.empty()) version.backend().upsert(items_);
    counts.written += items_.size();
    version.set_position(position_);
  }

 private:
  std::uint64_t position_;
  std::vector<search::Item> items_;
  std::vector<std::string> texts_;  // of the items
  std::vector<std::string> removed_;
};

void check_catalogue(catalog::Store& store, const Version& version) {
  const std::uint64_t last = store.last_change();
  if (version.position() <= last) return;
  fail(ErrorKind::corrupt,
       "the items follow the catalogue up to its change {}, but its last is {}: it is another "
       "catalogue, or an old copy; restore the right one, or index anew",
       version.position(), last);
}

}  // namespace

SyncCounts synchronise(catalog::Store& store, Version& version, const EncoderSource& encoder,
                       const SyncOptions& options, Progress& progress) {
  require(options.donor == nullptr ||
              options.donor->settings().fingerprint == version.settings().fingerprint,
          "vectors are taken from another encoder's version");
  check_catalogue(store, version);
  const Clock::time_point start = Clock::now();
  SyncCounts counts;
  while (!(options.stop && options.stop())) {
    std::vector<catalog::Change> changes = store.changes(version.position(), options.batch);
    if (changes.empty()) {
      counts.complete = true;
      break;
    }
    const std::size_t size = changes.size();
    Batch batch(std::move(changes), version.settings().prompt);
    if (version.settings().has_vectors()) {
      batch.take_vectors(version.backend());
      if (options.donor != nullptr) batch.take_vectors(options.donor->backend());
      batch.encode(encoder, counts);
    } else {
      batch.give_placeholders();
    }
    batch.write(version, counts);
    progress.add(size);
  }
  // Those of earlier calls too: many small imports would leave a log that takes long to repeat.
  if (counts.written > 0 && version.unflushed() >= kFlushedFrom) version.flush();
  if (counts.complete) version.complete();
  progress.finish();
  counts.seconds = seconds_since(start);
  return counts;
}

}  // namespace kindred::shop
