// What a Tokenizer holds: a tokenizer.json's pipeline, or another layer's way to cut texts.
#pragma once

#include <span>
#include <string_view>

#include "kindred/tokenizer.h"

namespace kindred {

/// Each method is that of Tokenizer. Threads: const methods may run concurrently.
struct Tokenizer::Impl {
  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  virtual ~Impl() = default;

  /// One text, or a pair.
  virtual Encoding encode(std::span<const std::string_view> texts,
                          const TokenizeOptions& options) const = 0;
  virtual void encode_packed(std::span<const std::string_view> texts,
                             const TokenizeOptions& options, PackedIds& out) const = 0;
  virtual std::size_t vocab_size() const = 0;
  virtual std::optional<std::uint32_t> token_to_id(std::string_view token) const = 0;
  virtual std::string id_to_token(std::uint32_t id) const = 0;
  virtual bool is_special(std::uint32_t id) const = 0;
  virtual std::size_t added_token_count() const = 0;
  virtual TruncationSide default_side() const = 0;
  virtual std::optional<std::size_t> default_max_length() const = 0;
};

}  // namespace kindred
