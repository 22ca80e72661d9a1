#include "text/normalizer.h"

#include <algorithm>

#include "base/error.h"
#include "text/bert_normalizer.h"
#include "text/charsmap_normalizer.h"
#include "text/models/byte_level.h"
#include "text/normal_form.h"
#include "text/text_steps.h"
#include "text/unicode.h"

namespace kindred::text {
namespace {

// Both paths from one template member `run`.
template <typename Derived>
class BothPaths : public Normalizer {
 public:
  void apply(AlignedText& text) const override { self().run(text); }
  void apply(PlainText& text) const override { self().run(text); }

 private:
  const Derived& self() const { return static_cast<const Derived&>(*this); }
};

class NormalFormNormalizer final : public Normalizer {
 public:
  explicit NormalFormNormalizer(NormalForm form) : form_(form) {}
  void apply(AlignedText& text) const override {
    std::vector<Change> changes;
    NormalForms::get().normalize(form_, text.text(), changes);
    text.transform(changes, 0);
  }
  void apply(PlainText& text) const override {
    const NormalForms& forms = NormalForms::get();
    if (forms.is_normal(form_, text.text())) return;
    std::vector<Change> changes;
    forms.normalize(form_, text.text(), changes);
    text.transform(changes, 0);
  }

 private:
  NormalForm form_;
};

class Lowercase final : public BothPaths<Lowercase> {
 public:
  template <typename Text>
  void run(Text& text) const {
    lowercase(text);
  }
};

class Strip final : public BothPaths<Strip> {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}
  template <typename Text>
  void run(Text& text) const {
    text.strip(left_, right_);
  }
  bool keeps_beginning() const override { return !left_; }

 private:
  bool left_;
  bool right_;
};

class StripAccents final : public BothPaths<StripAccents> {
 public:
  template <typename Text>
  void run(Text& text) const {
    const Unicode& unicode = Unicode::get();
    text.filter([&unicode](char32_t c) { return !unicode.is(c, kAccent); });
  }
  bool keeps_beginning() const override { return false; }
};

class Replace final : public BothPaths<Replace> {
 public:
  Replace(std::unique_ptr<const Pattern> pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}
  template <typename Text>
  void run(Text& text) const {
    text.replace(*pattern_, content_);
  }
  bool keeps_beginning() const override { return false; }

 private:
  std::unique_ptr<const Pattern> pattern_;
  std::string content_;
};

class Prepend final : public BothPaths<Prepend> {
 public:
  explicit Prepend(std::string prefix) : prefix_(std::move(prefix)) {}
  template <typename Text>
  void run(Text& text) const {
    text.prepend(prefix_);
  }

 private:
  std::string prefix_;
};

// The normalisation of neural machine translation that SentencePiece calls nmt.
class Nmt final : public BothPaths<Nmt> {
 public:
  template <typename Text>
  void run(Text& text) const {
    text.filter([](char32_t c) {
      return !((c >= 1 && c <= 8) || c == 0xb || (c >= 0xe && c <= 0x1f) || c == 0x7f ||
               c == 0x8f || c == 0x9f);
    });
    text.rewrite([](char32_t c, const auto& emit) { emit(becomes_space(c) ? U' ' : c, 0); });
  }
  bool keeps_beginning() const override { return false; }

 private:
  static bool becomes_space(char32_t c) {
    switch (c) {
      case 0x9:
      case 0xa:
      case 0xc:
      case 0xd:
      case 0x1680:
      case 0x2028:
      case 0x2029:
      case 0x2581:
      case 0xfeff:
      case 0xfffd:
        return true;
      default:
        return c >= 0x200b && c <= 0x200f;
    }
  }
};

class ByteLevelNormalizer final : public Normalizer {
 public:
  void apply(AlignedText& text) const override { map_to_byte_characters(text); }
  void apply(PlainText& text) const override {
    ByteLevelCharacters::get().append(text.text(), text.buffer());
    text.swap_in();
  }
};

class Sequence final : public Normalizer {
 public:
  explicit Sequence(std::vector<std::unique_ptr<const Normalizer>> parts)
      : parts_(std::move(parts)) {}
  void apply(AlignedText& text) const override {
    for (const auto& part : parts_) part->apply(text);
  }
  void apply(PlainText& text) const override {
    for (const auto& part : parts_) part->apply(text);
  }
  bool keeps_beginning() const override {
    return std::all_of(parts_.begin(), parts_.end(),
                       [](const auto& part) { return part->keeps_beginning(); });
  }

 private:
  std::vector<std::unique_ptr<const Normalizer>> parts_;
};

std::unique_ptr<const Normalizer> make_sequence(const JsonField& field) {
  std::vector<std::unique_ptr<const Normalizer>> parts;
  const JsonField list = field.at("normalizers");
  for (std::size_t i = 0; i < list.size(); ++i) parts.push_back(make_normalizer(list.at(i)));
  return std::make_unique<Sequence>(std::move(parts));
}

}  // namespace

std::unique_ptr<const Normalizer> make_normalizer(const JsonField& field) {
  const std::string type = field.type();
  if (type == "BertNormalizer") return make_bert_normalizer(field);
  if (type == "NFC") return std::make_unique<NormalFormNormalizer>(NormalForm::nfc);
  if (type == "NFD") return std::make_unique<NormalFormNormalizer>(NormalForm::nfd);
  if (type == "NFKC") return std::make_unique<NormalFormNormalizer>(NormalForm::nfkc);
  if (type == "NFKD") return std::make_unique<NormalFormNormalizer>(NormalForm::nfkd);
  if (type == "Lowercase") return std::make_unique<Lowercase>();
  if (type == "Strip")
    return std::make_unique<Strip>(field.boolean("strip_left"), field.boolean("strip_right"));
  if (type == "StripAccents") return std::make_unique<StripAccents>();
  if (type == "Replace")
    return std::make_unique<Replace>(make_pattern(field.at("pattern")), field.string("content"));
  if (type == "Prepend") return std::make_unique<Prepend>(field.string("prepend"));
  if (type == "Nmt") return std::make_unique<Nmt>();
  if (type == "Precompiled") return make_charsmap_normalizer(field);
  if (type == "ByteLevel") return std::make_unique<ByteLevelNormalizer>();
  if (type == "Sequence") return make_sequence(field);
  field.unsupported(fmt::format("the normalizer '{}'", type));
}

}  // namespace kindred::text
