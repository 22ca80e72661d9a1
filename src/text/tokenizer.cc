#include "kindred/tokenizer.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "io/gguf.h"
#include "text/bert_vocab.h"
#include "text/gguf_tokenizer.h"
#include "text/pipeline.h"
#include "text/tokenizer_json.h"

namespace kindred {
namespace {

namespace fs = std::filesystem;

text::TokenizerJson parts_of(nlohmann::json json, const std::string& origin) {
  text::TokenizerJson parts;
  parts.model = text::make_token_model(json.at("model"), origin);
  json.erase("model");
  parts.rest = std::move(json);
  return parts;
}

// The file in a model directory that holds its tokenizer.
std::string find_file(const fs::path& path) {
  if (!fs::is_directory(path)) return path.string();
  for (const char* name : {"tokenizer.json", "vocab.txt"})
    if (fs::exists(path / name)) return (path / name).string();
  if (const auto gguf = io::find_gguf(path.string())) return *gguf;
  for (const char* name : {"sentencepiece.bpe.model", "spiece.model", "tokenizer.model"}) {
    if (fs::exists(path / name)) {
      fail(ErrorKind::unsupported,
           "{}: only a SentencePiece model is here; write a tokenizer.json with "
           "AutoTokenizer.from_pretrained(…).save_pretrained(…) of transformers",
           (path / name).string());
    }
  }
  fail(ErrorKind::not_found,
       "{}: neither tokenizer.json, vocab.txt nor a .gguf file is in this directory",
       path.string());
}

}  // namespace

struct Tokenizer::Impl {
  text::Pipeline pipeline;
};

Tokenizer Tokenizer::open(const std::string& path) {
  const std::string file = find_file(path);
  const auto ends_with = [&file](std::string_view ending) { return file.ends_with(ending); };
  text::TokenizerJson parts = ends_with(".gguf")  ? parts_of(text::gguf_tokenizer_json(file), file)
                              : ends_with(".txt") ? parts_of(text::bert_vocab_json(file), file)
                                                  : text::read_tokenizer_json(file);
  return Tokenizer(std::make_unique<const Impl>(Impl{text::Pipeline(std::move(parts), file)}));
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

std::optional<std::size_t> Tokenizer::default_max_length() const {
  const auto& truncation = impl_->pipeline.truncation();
  if (!truncation) return std::nullopt;
  return truncation->max_length;
}

}  // namespace kindred
