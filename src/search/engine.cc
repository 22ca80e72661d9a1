#include "search/engine.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/error.h"
#include "io/byte_codec.h"
#include "io/crc32c.h"
#include "search/candidates.h"
#include "search/page_cursor.h"

namespace kindred::search {
namespace {

constexpr std::size_t kMaxPage = 1000;
constexpr std::size_t kMaxDepth = 10000;
constexpr double kNearEnough = 0.5;  // to be sorted: of the way down from the best to the last

void check_number(double value, double low, double high, const char* what) {
  if (!(value >= low && value <= high)) {
    fail(ErrorKind::bad_input, "{} is {}; give a number from {} to {}", what, value, low, high);
  }
}

// What a cursor belongs to: everything that chooses and orders items.
std::uint32_t fingerprint(const SearchRequest& r) {
  io::ByteWriter out;
  out.number(static_cast<std::uint8_t>(r.mode));
  out.text(r.text);
  out.text(r.language);
  out.numbers(std::span<const float>(r.vector));
  for (const std::string& id : r.like) out.text(id);
  for (const std::string& id : r.history.items) out.text(id);
  out.text(r.history.learned ? r.history.learned->name() : "");
  out.number(r.history.decay);
  out.number(r.history.weight);
  out.number(r.history.include_seen);
  out.text(r.filter ? index::to_string(*r.filter) : "");
  out.number(r.all_words);
  out.number(r.correct);
  out.number(static_cast<std::uint8_t>(r.fusion.method));
  out.number(r.fusion.vector_weight);
  out.number(r.fusion.rank_constant);
  for (const Boost& boost : r.boosts) {
    out.text(index::to_string(boost.when));
    out.number(boost.factor);
  }
  for (const NumberBoost& boost : r.number_boosts) {
    out.text(boost.field);
    out.number(boost.weight);
  }
  out.text(r.sort ? r.sort->field : "");
  out.number(r.sort && r.sort->descending);
  out.number(r.diversity);
  out.text(r.collapse);
  return io::crc32c(io::as_bytes(out.bytes()));
}

using Ranks = std::unordered_map<std::uint64_t, std::size_t>;

Ranks ranks_of(std::span<const RankedKey> list) {
  Ranks ranks;
  for (std::size_t i = 0; i < list.size(); ++i) ranks[list[i].key] = i;
  return ranks;
}

// One search's way from the request to the response.
class Search {
 public:
  Search(const Backend& backend, const SearchRequest& request)
      : backend_(backend), request_(request), history_(backend, request.history) {
    vector_ = request.vector;
    use_vector_ = request.mode != SearchMode::words;
    use_words_ = request.mode != SearchMode::vector && !request.text.empty();
    all_words_ = request.all_words;
  }

  SearchResponse run() {
    const std::uint32_t id = fingerprint(request_);
    if (!request_.cursor.empty()) given_ = decode_cursor(request_.cursor, id);
    if (given_.size() + request_.k > kMaxPaged && !given_.empty()) {
      fail(ErrorKind::exhausted,
           "{} items were paged through, the limit is {}; narrow the search by a filter",
           given_.size(), kMaxPaged);
    }
    take_like();
    use_vector_ = use_vector_ && !vector_.empty();
    history_alone_ = !request_.history.empty() && !use_vector_ && !use_words_;
    check_there_is_something();
    left_out_ = liked_;
    left_out_.insert(left_out_.end(), history_.seen().begin(), history_.seen().end());
    std::sort(left_out_.begin(), left_out_.end());
    find();
    fetch();
    order();
    SearchResponse response;
    const std::size_t count = std::min(request_.k, candidates_.size());
    for (std::size_t i = 0; i < count; ++i) response.hits.push_back(to_hit(candidates_[i]));
    count_facets(response);
    response.words = std::move(words_used_);
    if (!request_.history.empty()) response.history = history_.used();
    if (candidates_.size() > count && given_.size() + count < kMaxPaged) {
      for (const SearchHit& hit : response.hits) given_.push_back(hit.item.key);
      response.cursor = encode_cursor(id, given_);
    }
    return response;
  }

 private:
  const index::Filter* filter() const { return request_.filter ? &*request_.filter : nullptr; }
  WordsQuery words_query(std::size_t k) const {
    return {request_.text, request_.language, k, filter(), all_words_, request_.correct};
  }

  void check_there_is_something() const {
    if (history_alone_ && !history_.usable()) {
      fail(ErrorKind::not_found,
           "none of the {} items of the history, such as '{}', has {} vector; are they ids of "
           "this catalogue, and was it there when the vectors were made?",
           request_.history.items.size(), request_.history.items.back(),
           history_.used().learned ? "a learned" : "a");
    }
    if (!use_vector_ && !use_words_ && !request_.sort && !history_alone_) {
      fail(ErrorKind::bad_input,
           "there is nothing to search by; give a text, a vector, items to find more like, a "
           "history, or an order");
    }
  }

  void take_like() {
    if (request_.like.empty()) return;
    for (const std::string& id : request_.like) {
      const auto key = backend_.find_id(id);
      if (!key)
        fail(ErrorKind::not_found, "there is no item '{}' to find more like; was it deleted?", id);
      liked_.push_back(*key);
    }
    std::sort(liked_.begin(), liked_.end());
    liked_.erase(std::unique(liked_.begin(), liked_.end()), liked_.end());
    vector_ = mean_vector(backend_.fetch(liked_, /*vectors=*/true), backend_.dimension());
    use_vector_ = true;
  }

  void find() {
    // Twice what may be wanted, since what was given or collapses is left out.
    const std::size_t wanted = 2 * (given_.size() + left_out_.size() + request_.k + 1) *
                               (request_.collapse.empty() ? 1 : 4);
    const std::size_t depth = std::min(std::max(request_.depth, wanted), kMaxDepth);
    if (history_alone_) {
      for (const RankedKey& key : history_.nearest(depth, filter(), request_.recall))
        fused_.push_back({key.key, key.score, 0.0, 0.0});
      return;
    }
    if (!use_vector_ && !use_words_) {
      for (const std::uint64_t key : backend_.first_by(*request_.sort, depth, filter()))
        fused_.push_back({key, 0.0, 0.0, 0.0});
      return;
    }
    if (request_.sort) {
      find_to_sort(depth);
    } else {
      if (use_vector_) near_ = backend_.nearest(vector_, depth, filter(), request_.recall);
      if (use_words_) find_words(depth);
    }
    if (use_vector_ && use_words_) {
      fused_ = fuse({near_, worded_, words_bound_, worded_.size() >= depth}, request_.fusion);
      return;
    }
    for (const RankedKey& key : near_) fused_.push_back({key.key, key.score, key.score, 0.0});
    for (const RankedKey& key : worded_) fused_.push_back({key.key, key.score, 0.0, key.score});
  }

  void find_words(std::size_t depth) {
    WordsResult words = backend_.find_words(words_query(depth));
    for (const WordsHit& hit : words.hits) worded_.push_back({hit.key, hit.score});
    words_bound_ = words.bound();
    words_used_ = std::move(words.words);
  }

  // By a number even the last candidate may come first, so each must be what was meant.
  void find_to_sort(std::size_t depth) {
    if (use_words_) {
      const std::size_t sorted = std::max(depth, kSortedDepth);
      all_words_ = true;
      find_words(sorted);
      if (worded_.empty() && !request_.all_words) {
        all_words_ = false;
        find_words(sorted);
      }
      use_words_ = !worded_.empty();
      use_vector_ = use_vector_ && !use_words_;
    }
    if (!use_vector_) return;
    near_ = backend_.nearest(vector_, depth, filter(), request_.recall);
    if (near_.empty()) return;
    // Of the same candidates on every page.
    const std::size_t looked_at = std::clamp<std::size_t>(request_.depth, 1, near_.size());
    const double last = near_[looked_at - 1].score;
    const double least = last + (1.0 - kNearEnough) * (near_.front().score - last);
    std::erase_if(near_, [&](const RankedKey& hit) { return hit.score < least; });
  }

  void fetch() {
    const bool vectors = request_.diversity > 0.0 || (!history_alone_ && history_.needs_vectors());
    if (!given_.empty()) given_items_ = backend_.fetch(given_, vectors);
    std::unordered_map<std::uint64_t, const FusedKey*> fused;
    std::vector<std::uint64_t> keys;
    for (const FusedKey& key : fused_) {
      if (std::binary_search(given_.begin(), given_.end(), key.key)) continue;
      if (std::binary_search(left_out_.begin(), left_out_.end(), key.key)) continue;
      fused[key.key] = &key;
      keys.push_back(key.key);
    }
    std::sort(keys.begin(), keys.end());
    for (StoredItem& item : backend_.fetch(keys, vectors)) {
      const FusedKey& key = *fused.at(item.key);
      candidates_.push_back({key, key.score, std::move(item)});
    }
  }

  void order() {
    if (history_.usable()) take_history();
    apply_boosts(request_, candidates_);
    if (request_.sort) sort_by_number(*request_.sort, candidates_);
    if (!request_.collapse.empty()) collapse(request_.collapse, given_items_, candidates_);
    if (request_.diversity > 0.0)
      diversify(request_.diversity, request_.k, given_items_, candidates_);
  }

  void take_history() {
    if (history_alone_) {
      for (Candidate& c : candidates_) c.history_score = c.history_part = c.fused.score;
      return;
    }
    if (fused_.empty()) return;
    const auto [least, most] =
        std::minmax_element(fused_.begin(), fused_.end(),
                            [](const FusedKey& a, const FusedKey& b) { return a.score < b.score; });
    const double spread = most->score - least->score;
    // Where all are equal, the history alone tells them apart.
    add_history(history_, request_.history.weight, spread > 0.0 ? spread : 1.0, given_items_,
                candidates_);
  }

  SearchHit to_hit(Candidate& candidate) {
    SearchHit hit{candidate.score, std::move(candidate.item), candidate.collapsed};
    if (request_.explain) hit.explanation = explain(candidate, hit.item.key);
    hit.item.vector.clear();
    return hit;
  }

  Explanation explain(const Candidate& candidate, std::uint64_t key) {
    if (near_ranks_.empty()) near_ranks_ = ranks_of(near_);
    if (word_ranks_.empty()) word_ranks_ = ranks_of(worded_);
    Explanation explanation;
    explanation.vector_part = candidate.fused.vector_part;
    explanation.words_part = candidate.fused.words_part;
    explanation.history_score = candidate.history_score;
    explanation.history_part = candidate.history_part;
    explanation.boosts = candidate.boosts;
    if (const auto at = near_ranks_.find(key); at != near_ranks_.end()) {
      explanation.vector_rank = at->second + 1;
      explanation.vector_score = near_[at->second].score;
    }
    if (const auto at = word_ranks_.find(key); at != word_ranks_.end()) {
      explanation.words_rank = at->second + 1;
      explanation.words_score = worded_[at->second].score;
      explanation.terms = backend_.explain_words(words_query(1), key);
    }
    return explanation;
  }

  void count_facets(SearchResponse& response) {
    if (request_.facets.empty() && request_.number_facets.empty()) return;
    const WordsQuery words = words_query(1);
    const bool by_words = use_words_ && !worded_.empty();
    Counts counts = backend_.count(
        {by_words ? &words : nullptr, filter(), request_.facets, request_.number_facets});
    for (std::size_t i = 0; i < request_.facets.size(); ++i) {
      response.facets.push_back(
          {request_.facets[i], index::most_frequent(counts.facets[i], request_.facet_values)});
    }
    for (std::size_t i = 0; i < request_.number_facets.size(); ++i) {
      response.number_facets.push_back(
          {request_.number_facets[i], std::move(counts.number_facets[i])});
    }
  }

  const Backend& backend_;
  const SearchRequest& request_;
  const HistoryRanking history_;
  std::vector<float> vector_;
  bool use_vector_;
  bool use_words_;
  bool all_words_;
  bool history_alone_ = false;
  std::vector<std::uint64_t> given_;     // ascending, until the response's hits join
  std::vector<std::uint64_t> liked_;     // ascending
  std::vector<std::uint64_t> left_out_;  // ascending: liked, or seen
  std::vector<StoredItem> given_items_;
  std::vector<RankedKey> near_;
  std::vector<RankedKey> worded_;
  double words_bound_ = 0.0;
  std::vector<UsedWord> words_used_;
  std::vector<FusedKey> fused_;
  std::vector<Candidate> candidates_;
  Ranks near_ranks_;
  Ranks word_ranks_;
};

// A field that is misspelt would be as good as none: all items, in any order.
void check_fields(const Backend& backend, const SearchRequest& request) {
  const index::KnownFields known = known_fields(backend, request.expected_fields);
  using index::FieldUse;
  if (request.filter) index::check_fields("filter", *request.filter, known);
  if (request.sort) index::check_field("sort", request.sort->field, FieldUse::numbers, known);
  if (!request.collapse.empty())
    index::check_field("collapse", request.collapse, FieldUse::tags, known);
  for (const Boost& boost : request.boosts) index::check_fields("boost", boost.when, known);
  for (const NumberBoost& boost : request.number_boosts)
    index::check_field("boost", boost.field, FieldUse::numbers, known);
  // The caller may ask for both, of fields that have but one.
  for (const auto* facets : {&request.facets, &request.number_facets}) {
    for (const std::string& field : *facets)
      index::check_field("facet", field, FieldUse::any, known);
  }
}

}  // namespace

void SearchRequest::validate() const {
  if (k == 0 || k > kMaxPage)
    fail(ErrorKind::bad_input, "k is {}; ask for 1 to {} items a page", k, kMaxPage);
  if (depth > kMaxDepth)
    fail(ErrorKind::bad_input, "the depth is {}; at most {} candidates are ranked", depth,
         kMaxDepth);
  check_number(diversity, 0.0, 1.0, "the diversity");
  check_number(recall, 0.01, 1.0, "the recall");
  fusion.validate();
  history.validate();
  if (!history.empty() && sort)
    fail(ErrorKind::bad_input,
         "a search has a history and an order by {}, in which the history would say nothing; give "
         "one of them",
         sort->field);
  for (const Boost& boost : boosts) check_number(boost.factor, 1e-6, 1e6, "a boost's factor");
  for (const NumberBoost& boost : number_boosts)
    check_number(boost.weight, 0.0, 1e6, "a number boost's weight");
  if (mode == SearchMode::words && text.empty() && like.empty() && history.empty() && !sort) {
    fail(ErrorKind::bad_input, "a search by words has no text");
  }
  if (!like.empty() && !vector.empty()) {
    fail(ErrorKind::bad_input,
         "a search has a vector and items to find more like; give one of them");
  }
}

index::KnownFields known_fields(const Backend& backend,
                                std::vector<std::pair<std::string, index::FieldKinds>> expected) {
  return {.kinds = [&backend](std::string_view name,
                              index::FieldUse use) { return backend.field_kinds(name, use); },
          .names = [&backend] { return backend.field_names(); },
          .expected = std::move(expected)};
}

SearchResponse search(const Backend& backend, const SearchRequest& request) {
  request.validate();
  if (!request.vector.empty() && request.vector.size() != backend.dimension()) {
    fail(ErrorKind::bad_input,
         "the query's vector has {} dimensions and the index {}; was it made by the same encoder?",
         request.vector.size(), backend.dimension());
  }
  check_fields(backend, request);
  return Search(backend, request).run();
}

void Item::validate(std::size_t dimension) const {
  if (id.empty()) fail(ErrorKind::bad_input, "an item has no id; every item needs one");
  if (vector.size() != dimension) {
    fail(ErrorKind::bad_input,
         "item '{}' has a vector of {} dimensions and the index {}; was it made by the same "
         "encoder?",
         id, vector.size(), dimension);
  }
  if (!std::all_of(vector.begin(), vector.end(), [](float v) { return std::isfinite(v); })) {
    fail(ErrorKind::bad_input,
         "item '{}' has a vector with a value that is not finite; did the encoder fail?", id);
  }
  fields.validate();
}

}  // namespace kindred::search
