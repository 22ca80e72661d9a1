// What the four token models share: the vocabulary and the unknown token.
// Tested by token_model_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "text/models/vocabulary.h"
#include "text/token_model.h"

namespace kindred::text {

class VocabularyModel : public TokenModel {
 public:
  std::size_t vocab_size() const override { return vocabulary_.size(); }
  std::optional<std::uint32_t> token_to_id(std::string_view token) const override {
    return vocabulary_.find(token);
  }
  std::string_view id_to_token(std::uint32_t id) const override { return vocabulary_.token(id); }

 protected:
  VocabularyModel(Vocabulary vocabulary, std::string origin)
      : vocabulary_(std::move(vocabulary)), origin_(std::move(origin)) {}

  const Vocabulary& vocabulary() const noexcept { return vocabulary_; }
  const std::string& origin() const noexcept { return origin_; }

  void set_unknown(std::optional<std::uint32_t> id) { unknown_ = id; }
  /// Errors: corrupt where there is no unknown token. As in the reference this shows only when a
  /// text needs it.
  std::uint32_t unknown() const {
    if (!unknown_) [[unlikely]]
      fail(
          ErrorKind::corrupt,
          "{}: a text has a part that the vocabulary does not cover, and the tokenizer's model has "
          "no unknown token in its vocabulary; add it to tokenizer.json",
          origin_);
    return *unknown_;
  }
  bool is_unknown(std::uint32_t id) const noexcept { return unknown_ && *unknown_ == id; }

 private:
  Vocabulary vocabulary_;
  std::string origin_;
  std::optional<std::uint32_t> unknown_;
};

/// Where tokens go: both forms of output behind one name, so that a model writes its walk once.
struct TokenSink {
  std::vector<Token>& out;
  void add(std::uint32_t id, std::size_t begin, std::size_t end) {
    out.push_back({id, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
  }
};
struct IdSink {
  std::vector<std::uint32_t>& out;
  void add(std::uint32_t id, std::size_t, std::size_t) { out.push_back(id); }
};

}  // namespace kindred::text
