#include "recipe/passage_keys.h"

#include <algorithm>
#include <cstddef>
#include <unordered_map>

namespace kindred::recipe {
namespace {

void sort_unique(std::vector<std::uint64_t>& keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

}  // namespace

PassageKeys::PassageKeys(std::size_t texts, const ForEach& keys, const ForEach& identities) {
  collect(texts, keys);
  sort_each();
  std::vector<std::pair<std::uint64_t, TextId>> list;
  identities([&](TextId text, std::uint64_t key) { list.emplace_back(key, text); });
  share(std::move(list));
}

// Counted, then put in their places.
void PassageKeys::collect(std::size_t texts, const ForEach& keys) {
  begins_.assign(texts + 1, 0);
  keys([&](TextId text, std::uint64_t) { ++begins_[text + 1]; });
  for (std::size_t i = 1; i < begins_.size(); ++i) begins_[i] += begins_[i - 1];
  keys_.resize(begins_.back());
  std::vector<std::uint64_t> next(begins_.begin(), begins_.end() - 1);
  keys([&](TextId text, std::uint64_t key) { keys_[next[text]++] = key; });
}

void PassageKeys::sort_each() {
  std::uint64_t kept = 0;
  std::uint64_t begin = 0;
  for (std::size_t text = 0; text + 1 < begins_.size(); ++text) {
    const std::uint64_t end = begins_[text + 1];
    const auto first = keys_.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto past = keys_.begin() + static_cast<std::ptrdiff_t>(end);
    std::sort(first, past);
    begins_[text] = kept;
    const auto to = std::copy(first, std::unique(first, past),
                              keys_.begin() + static_cast<std::ptrdiff_t>(kept));
    kept = static_cast<std::uint64_t>(to - keys_.begin());
    begin = end;
  }
  begins_.back() = kept;
  keys_.resize(kept);
}

void PassageKeys::share(std::vector<std::pair<std::uint64_t, TextId>> identities) {
  std::sort(identities.begin(), identities.end());
  identities.erase(std::unique(identities.begin(), identities.end()), identities.end());
  std::unordered_map<TextId, std::vector<std::uint64_t>> more;
  for (std::size_t begin = 0; begin < identities.size();) {
    std::size_t end = begin;
    std::vector<std::uint64_t> all;
    while (end < identities.size() && identities[end].first == identities[begin].first) ++end;
    if (end - begin > 1) {
      for (std::size_t i = begin; i < end; ++i) {
        const auto own = of(identities[i].second);
        all.insert(all.end(), own.begin(), own.end());
      }
      sort_unique(all);
      for (std::size_t i = begin; i < end; ++i) {
        std::vector<std::uint64_t>& keys = more[identities[i].second];
        keys.insert(keys.end(), all.begin(), all.end());
      }
    }
    begin = end;
  }
  if (more.empty()) return;
  PassageKeys shared;
  shared.begins_.push_back(0);
  for (TextId text = 0; text + 1 < begins_.size(); ++text) {
    const auto found = more.find(text);
    if (found == more.end()) {
      const auto own = of(text);
      shared.keys_.insert(shared.keys_.end(), own.begin(), own.end());
    } else {
      sort_unique(found->second);
      shared.keys_.insert(shared.keys_.end(), found->second.begin(), found->second.end());
    }
    shared.begins_.push_back(shared.keys_.size());
  }
  *this = std::move(shared);
}

}  // namespace kindred::recipe
