#include "kindred/tokenizer.h"

#include "text/configured_tokenizer.h"
#include "text/pipeline.h"

namespace kindred {
struct Tokenizer::Impl {
  text::Pipeline pipeline;
};

Tokenizer Tokenizer::open(const std::string& path) {
  text::ConfiguredTokenizer opened = text::open_configured_tokenizer(path);
  return Tokenizer(
      std::make_unique<const Impl>(Impl{text::Pipeline(std::move(opened.parts), opened.origin)}));
}

Tokenizer Tokenizer::from_json(std::string_view json, const std::string& origin) {
  return Tokenizer(std::make_unique<const Impl>(
      Impl{text::Pipeline(text::parse_tokenizer_json(json, origin), origin)}));
}

Tokenizer::Tokenizer(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Encoding Tokenizer::encode(std::string_view text, const TokenizeOptions& options) const {
  return impl_->pipeline.encode({&text, 1}, options);
}

Encoding Tokenizer::encode_pair(std::string_view first, std::string_view second,
                                const TokenizeOptions& options) const {
  const std::string_view texts[] = {first, second};
  return impl_->pipeline.encode(texts, options);
}

void Tokenizer::encode_packed(std::span<const std::string_view> texts,
                              const TokenizeOptions& options, PackedIds& out) const {
  impl_->pipeline.encode_packed(texts, options, out);
}

std::size_t Tokenizer::vocab_size() const {
  return impl_->pipeline.vocab_size();
}

std::optional<std::uint32_t> Tokenizer::token_to_id(std::string_view token) const {
  return impl_->pipeline.token_to_id(token);
}

std::string Tokenizer::id_to_token(std::uint32_t id) const {
  return impl_->pipeline.id_to_token(id);
}

bool Tokenizer::is_special(std::uint32_t id) const {
  return impl_->pipeline.added_tokens().is_special(id);
}

std::size_t Tokenizer::added_token_count() const {
  return impl_->pipeline.template_tokens(/*pair=*/false);
}

TruncationSide Tokenizer::default_side() const {
  return impl_->pipeline.default_side();
}

std::optional<std::size_t> Tokenizer::default_max_length() const {
  const auto& truncation = impl_->pipeline.truncation();
  if (!truncation) return std::nullopt;
  return truncation->max_length;
}

}  // namespace kindred
