#include "train/relation.h"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "base/error.h"

namespace kindred::train {
namespace {

/// A key of a label: far from the hashes of texts and ids.
std::uint64_t label_key(std::uint32_t label) {
  std::uint64_t x = label + 0x9E3779B97F4A7C15ULL;  // splitmix64's finaliser
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

void sort_unique(std::vector<std::uint64_t>& keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

Postings postings_of(const std::vector<std::vector<std::uint64_t>>& keys) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> entries;
  for (std::size_t i = 0; i < keys.size(); ++i)
    for (const std::uint64_t key : keys[i]) entries.emplace_back(key, static_cast<uint32_t>(i));
  return Postings(std::move(entries));
}

/// The positives of every anchor of a labelled batch: the other texts of its label.
std::vector<std::vector<std::uint32_t>> positives_by_label(const recipe::Batch& batch) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> entries;
  for (std::size_t i = 0; i < batch.labels.size(); ++i)
    entries.emplace_back(batch.labels[i], static_cast<std::uint32_t>(i));
  const Postings texts(std::move(entries));
  std::vector<std::vector<std::uint32_t>> positives(batch.labels.size());
  for (std::size_t i = 0; i < positives.size(); ++i)
    std::ranges::copy_if(texts[batch.labels[i]], std::back_inserter(positives[i]),
                         [i](std::uint32_t j) { return j != i; });
  return positives;
}

}  // namespace

Postings::Postings(std::vector<std::pair<std::uint64_t, std::uint32_t>> entries) {
  std::sort(entries.begin(), entries.end());
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  indices_.reserve(entries.size());
  for (const auto& [key, index] : entries) {
    if (keys_.empty() || keys_.back() != key) {
      keys_.push_back(key);
      begins_.push_back(indices_.size());
    }
    indices_.push_back(index);
  }
  begins_.push_back(indices_.size());
}

std::span<const std::uint32_t> Postings::operator[](std::uint64_t key) const {
  const auto found = std::lower_bound(keys_.begin(), keys_.end(), key);
  if (found == keys_.end() || *found != key) return {};
  const auto row = static_cast<std::size_t>(found - keys_.begin());
  return {indices_.data() + begins_[row], indices_.data() + begins_[row + 1]};
}

Relation::Relation(const recipe::Batch& batch)
    : labelled_(batch.passages.empty() && !batch.labels.empty()) {
  if (!labelled_ && batch.positives.empty())
    fail(ErrorKind::bad_input,
         "batch '{}': no anchor has a positive; this loss needs pairs, or single texts with labels",
         batch.task);
  find_terms(batch);
  find_keys(batch);
}

void Relation::find_terms(const recipe::Batch& batch) {
  const std::vector<std::vector<std::uint32_t>> by_label =
      labelled_ ? positives_by_label(batch) : std::vector<std::vector<std::uint32_t>>{};
  const auto& positives = labelled_ ? by_label : batch.positives;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> owners;
  term_begins_.push_back(0);
  negative_begins_.push_back(0);
  for (std::uint32_t i = 0; i < positives.size(); ++i) {
    const auto first = static_cast<std::ptrdiff_t>(terms_.size());
    for (const std::uint32_t p : positives[i])
      if (std::none_of(terms_.begin() + first, terms_.end(),
                       [p](const Term& term) { return term.positive == p; })) {
        terms_.push_back({i, p});
        positives_.push_back(p);
        owners.emplace_back(p, i);
      }
    std::sort(positives_.begin() + first, positives_.end());
    term_begins_.push_back(terms_.size());
    if (!batch.negatives.empty()) {
      std::vector<std::uint32_t> own = batch.negatives[i];
      std::sort(own.begin(), own.end());
      negatives_.insert(negatives_.end(), own.begin(), own.end());
    }
    negative_begins_.push_back(negatives_.size());
  }
  anchors_by_positive_ = Postings(std::move(owners));
}

void Relation::find_keys(const recipe::Batch& batch) {
  const auto& passages = labelled_ ? batch.anchors : batch.passages;
  for (const recipe::BatchText& text : passages) passage_keys_.push_back(text.keys);
  for (const recipe::BatchText& text : batch.anchors) anchor_keys_.push_back(text.keys);
  if (labelled_)
    for (std::size_t i = 0; i < batch.labels.size(); ++i) {
      passage_keys_[i].push_back(label_key(batch.labels[i]));
      anchor_keys_[i].push_back(label_key(batch.labels[i]));
    }
  for (const auto& [anchor, positive] : terms_)
    anchor_keys_[anchor].insert(anchor_keys_[anchor].end(), passage_keys_[positive].begin(),
                                passage_keys_[positive].end());
  for (auto& keys : anchor_keys_) sort_unique(keys);
  anchors_by_key_ = postings_of(anchor_keys_);
  passages_by_key_ = postings_of(passage_keys_);
}

std::pair<std::size_t, std::size_t> Relation::terms_of(std::size_t begin, std::size_t end) const {
  return {term_begins_[begin], term_begins_[end]};
}

void Relation::passages_of_anchor(std::uint32_t anchor, Columns& lists) const {
  lists.push_back(list(term_begins_, positives_, anchor));
  for (const std::uint64_t key : anchor_keys_[anchor]) lists.push_back(passages_by_key_[key]);
}

void Relation::anchors_of_passage(std::uint32_t passage, Columns& lists) const {
  lists.push_back(anchors_by_positive_[passage]);
  for (const std::uint64_t key : passage_keys_[passage]) lists.push_back(anchors_by_key_[key]);
}

void Relation::anchors_of_anchor(std::uint32_t anchor, Columns& lists) const {
  for (const std::uint32_t positive : list(term_begins_, positives_, anchor))
    lists.push_back(anchors_by_positive_[positive]);  // itself among them
  for (const std::uint64_t key : anchor_keys_[anchor]) lists.push_back(anchors_by_key_[key]);
}

void Relation::passages_of_positive(std::uint32_t anchor, Columns& lists) const {
  passages_of_anchor(anchor, lists);
  lists.push_back(list(negative_begins_, negatives_, anchor));
}

}  // namespace kindred::train
