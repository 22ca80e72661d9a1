#include "shop/verify.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "shop/item.h"

namespace kindred::shop {
namespace {

constexpr std::size_t kBatch = 500;

[[noreturn]] void fail_at(const std::string& id, std::string_view what) {
  fail(ErrorKind::corrupt,
       "product '{}' {}; was the catalogue replaced? Index it anew: kindred reindex SHOP --again",
       id, what);
}

void compare(const catalog::Change& change, const search::StoredItem* stored,
             const catalog::Prompt& prompt) {
  if (!change.product) {
    if (stored != nullptr) fail_at(change.id, "was removed from the catalogue and is still found");
    return;
  }
  if (stored == nullptr) fail_at(change.id, "is in the catalogue and not in the index");
  const Composed wanted = compose(*change.product, prompt);
  if (stored->payload != wanted.item.payload || stored->fields != wanted.item.fields)
    fail_at(change.id, "is another in the index than in the catalogue");
}

}  // namespace

VerifyResult verify(catalog::Store& store, Version& version,
                    const std::function<void(std::uint64_t)>& progress) {
  store.verify();
  if (version.embedded() != nullptr) version.embedded()->verify();
  std::uint64_t at = 0;
  std::uint64_t done = 0;
  while (at < version.position()) {
    const std::vector<catalog::Change> changes = store.changes(at, kBatch);
    if (changes.empty()) break;
    std::vector<std::string> ids;
    for (const catalog::Change& change : changes) ids.push_back(change.id);
    std::vector<std::uint64_t> keys = version.backend().find_ids(ids);
    std::sort(keys.begin(), keys.end());
    std::map<std::string, search::StoredItem> stored;
    for (search::StoredItem& item : version.backend().fetch(keys, /*vectors=*/false)) {
      std::string id = item.id;
      stored.emplace(std::move(id), std::move(item));
    }
    for (const catalog::Change& change : changes) {
      if (change.sequence > version.position()) break;
      const auto found = stored.find(change.id);
      compare(change, found == stored.end() ? nullptr : &found->second, version.settings().prompt);
      if (progress) progress(++done);
    }
    at = changes.back().sequence;
  }
  VerifyResult result;
  result.products = store.count();
  result.items = version.items();
  result.waiting = store.count_changes(version.position());
  if (result.waiting == 0 && result.items != result.products) {
    fail(ErrorKind::corrupt,
         "the catalogue has {} products and the index {} items; index it anew: kindred reindex "
         "SHOP --again",
         result.products, result.items);
  }
  return result;
}

}  // namespace kindred::shop
