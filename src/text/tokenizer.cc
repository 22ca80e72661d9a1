#include "kindred/tokenizer.h"

#include "text/configured_tokenizer.h"
#include "text/pipeline.h"
#include "text/tokenizer_impl.h"

namespace kindred {
namespace {

class PipelineTokenizer final : public Tokenizer::Impl {
 public:
  explicit PipelineTokenizer(text::Pipeline pipeline) : pipeline_(std::move(pipeline)) {}

  Encoding encode(std::span<const std::string_view> texts,
                  const TokenizeOptions& options) const override {
    return pipeline_.encode(texts, options);
  }
  void encode_packed(std::span<const std::string_view> texts, const TokenizeOptions& options,
                     PackedIds& out) const override {
    pipeline_.encode_packed(texts, options, out);
  }
  std::size_t vocab_size() const override { return pipeline_.vocab_size(); }
  std::optional<std::uint32_t> token_to_id(std::string_view token) const override {
    return pipeline_.token_to_id(token);
  }
  std::string id_to_token(std::uint32_t id) const override { return pipeline_.id_to_token(id); }
  bool is_special(std::uint32_t id) const override {
    return pipeline_.added_tokens().is_special(id);
  }
  std::size_t added_token_count() const override {
    return pipeline_.template_tokens(/*pair=*/false);
  }
  TruncationSide default_side() const override { return pipeline_.default_side(); }
  std::optional<std::size_t> default_max_length() const override {
    const auto& truncation = pipeline_.truncation();
    if (!truncation) return std::nullopt;
    return truncation->max_length;
  }

 private:
  text::Pipeline pipeline_;
};

}  // namespace

Tokenizer Tokenizer::open(const std::string& path) {
  text::ConfiguredTokenizer opened = text::open_configured_tokenizer(path);
  return Tokenizer(std::make_unique<const PipelineTokenizer>(
      text::Pipeline(std::move(opened.parts), opened.origin)));
}

Tokenizer Tokenizer::from_json(std::string_view json, const std::string& origin) {
  return Tokenizer(std::make_unique<const PipelineTokenizer>(
      text::Pipeline(text::parse_tokenizer_json(json, origin), origin)));
}

Tokenizer::Tokenizer(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Encoding Tokenizer::encode(std::string_view text, const TokenizeOptions& options) const {
  return impl_->encode({&text, 1}, options);
}

Encoding Tokenizer::encode_pair(std::string_view first, std::string_view second,
                                const TokenizeOptions& options) const {
  const std::string_view texts[] = {first, second};
  return impl_->encode(texts, options);
}

void Tokenizer::encode_packed(std::span<const std::string_view> texts,
                              const TokenizeOptions& options, PackedIds& out) const {
  impl_->encode_packed(texts, options, out);
}

std::size_t Tokenizer::vocab_size() const {
  return impl_->vocab_size();
}

std::optional<std::uint32_t> Tokenizer::token_to_id(std::string_view token) const {
  return impl_->token_to_id(token);
}

std::string Tokenizer::id_to_token(std::uint32_t id) const {
  return impl_->id_to_token(id);
}

bool Tokenizer::is_special(std::uint32_t id) const {
  return impl_->is_special(id);
}

std::size_t Tokenizer::added_token_count() const {
  return impl_->added_token_count();
}

TruncationSide Tokenizer::default_side() const {
  return impl_->default_side();
}

std::optional<std::size_t> Tokenizer::default_max_length() const {
  return impl_->default_max_length();
}

}  // namespace kindred
