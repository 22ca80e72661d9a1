#include "text/added_tokens.h"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "base/error.h"
#include "text/code_points.h"
#include "text/unicode.h"

namespace kindred::text {
namespace {

bool begins_with_word(std::string_view text) {
  return !text.empty() && Unicode::get().is(decode(text, 0).value, kWord);
}

bool ends_with_word(std::string_view text) {
  return !text.empty() && Unicode::get().is(decode_before(text, text.size()).value, kWord);
}

std::uint32_t spaces_at_begin(std::string_view text) {
  std::uint32_t at = 0;
  while (at < text.size()) {
    const CodePoint c = decode(text, at);
    if (!Unicode::get().is(c.value, kWhite)) break;
    at += c.bytes;
  }
  return at;
}

// Where the white space that ends `text` begins.
std::uint32_t spaces_at_end(std::string_view text) {
  auto at = static_cast<std::uint32_t>(text.size());
  while (at > 0) {
    const CodePoint c = decode_before(text, at);
    if (!Unicode::get().is(c.value, kWhite)) break;
    at -= c.bytes;
  }
  return at;
}

}  // namespace

void TokenFinder::add(std::string text, const AddedToken* token) {
  entries_.push_back({std::move(text), token});
}

void TokenFinder::finish() {
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.text, a.token->id) < std::tie(b.text, b.token->id);
  });
  entries_.erase(std::unique(entries_.begin(), entries_.end(),
                             [](const Entry& a, const Entry& b) { return a.text == b.text; }),
                 entries_.end());
  if (!entries_.empty() && entries_.front().text.empty()) {
    between_ = entries_.front().token;
    entries_.erase(entries_.begin());
  }
  for (const Entry& entry : entries_)
    first_bytes_[static_cast<unsigned char>(entry.text[0])] = true;
  if (!entries_.empty() && entries_.front().text[0] == entries_.back().text[0])
    only_first_byte_ = entries_.front().text[0];
}

std::size_t TokenFinder::next_candidate(std::string_view text, std::size_t at) const noexcept {
  if (between_ != nullptr) return std::min(at, text.size());
  if (only_first_byte_) return std::min(text.find(*only_first_byte_, at), text.size());
  while (at < text.size() && !first_bytes_[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

// Narrows the sorted texts byte by byte; the longest of them that ended on the way wins.
const TokenFinder::Entry* TokenFinder::longest_at(std::string_view text,
                                                  std::size_t at) const noexcept {
  const Entry* found = nullptr;
  const Entry* low = entries_.data();
  const Entry* high = low + entries_.size();
  for (std::size_t i = 0; at + i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[at + i]);
    const auto byte_of = [i](const Entry& entry) {
      return static_cast<unsigned char>(entry.text[i]);
    };
    low = std::partition_point(low, high, [&](const Entry& e) { return byte_of(e) < byte; });
    high = std::partition_point(low, high, [&](const Entry& e) { return byte_of(e) == byte; });
    if (low == high) break;
    if (low->text.size() == i + 1) {
      found = low;
      ++low;
    }
  }
  return found;
}

void TokenFinder::find(std::string_view text, std::vector<FoundToken>& out) const {
  if (empty()) return;
  std::uint32_t last_end = 0;    // of what was given, white space included
  std::size_t last_match = ~0U;  // where the last text that was sought ended
  for (std::size_t at = next_candidate(text, 0); at < text.size();) {
    const Entry* entry = longest_at(text, at);
    if (entry == nullptr && (between_ == nullptr || at == last_match)) {
      at = next_candidate(text, between_ == nullptr ? at + 1 : at + decode(text, at).bytes);
      continue;
    }
    const AddedToken& token = entry != nullptr ? *entry->token : *between_;
    auto begin = static_cast<std::uint32_t>(at);
    auto end = static_cast<std::uint32_t>(at + (entry != nullptr ? entry->text.size() : 0));
    last_match = end;
    at = next_candidate(text, end);
    if (token.single_word &&
        (ends_with_word(text.substr(0, begin)) || begins_with_word(text.substr(end))))
      continue;
    if (token.lstrip) begin = std::max(spaces_at_end(text.substr(0, begin)), last_end);
    if (token.rstrip) end += spaces_at_begin(text.substr(end));
    out.push_back({begin, end, token.id});
    last_end = end;
  }
}

std::uint32_t TokenNumbers::add(const std::string& content) {
  if (const auto known = find(content)) return *known;
  const std::optional<std::uint32_t> in_model = model_.token_to_id(content);
  const std::uint32_t id = in_model ? *in_model : next_++;
  if (!in_model) ++new_tokens_;
  highest_ = std::max(highest_, id);
  ids_[content] = id;
  return id;
}

void TokenNumbers::next_batch() {
  next_ = std::max(next_, highest_ + 1);
}

std::optional<std::uint32_t> TokenNumbers::find(std::string_view content) const {
  const auto found = ids_.find(std::string(content));
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

AddedTokens::AddedTokens(const JsonField& list, const TokenModel& model,
                         const Normalizer* normalizer, bool split_special_tokens,
                         std::size_t first_batch)
    : numbers_(model) {
  if (!list.is_null()) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i == first_batch) numbers_.next_batch();
      const JsonField item = list.at(i);
      auto token = std::make_unique<AddedToken>();
      token->content = item.string("content");
      token->single_word = item.boolean("single_word");
      token->lstrip = item.boolean("lstrip");
      token->rstrip = item.boolean("rstrip");
      token->normalized = item.boolean("normalized");
      token->special = item.boolean("special");
      item.at("id").id();
      if (token->content.empty()) continue;
      token->id = numbers_.add(token->content);
      if (token->special) special_contents_.insert(token->content);
      by_id_[token->id] = token.get();
      tokens_.push_back(std::move(token));
    }
  }
  for (const auto& [id, token] : by_id_) {
    if (split_special_tokens && special_contents_.contains(token->content)) continue;
    if (!token->normalized) {
      raw_.add(token->content, token);
    } else {
      PlainText text;
      text.assign(token->content);
      if (normalizer != nullptr) normalizer->apply(text);
      normalized_.add(std::string(text.text()), token);
    }
  }
  raw_.finish();
  normalized_.finish();
}

const AddedToken* AddedTokens::by_id(std::uint32_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

bool AddedTokens::is_special(std::uint32_t id) const {
  const AddedToken* token = by_id(id);
  return token != nullptr && special_contents_.contains(token->content);
}

}  // namespace kindred::text
