#include "text/bert_normalizer.h"

#include <array>
#include <cstring>

#include "text/normal_form.h"
#include "text/text_steps.h"
#include "text/unicode.h"

namespace kindred::text {
namespace {

struct BertOptions {
  bool clean_text;
  bool handle_chinese_chars;
  bool strip_accents;
  bool lowercase;
};

// What one character becomes, where it does not depend on its neighbours.
struct Mapped {
  static constexpr std::size_t kMaxBytes = 30;
  std::array<char, kMaxBytes> bytes;
  std::uint8_t count = 0;
  bool depends_on_neighbours = false;

  void add(char32_t c) {
    if (count + 4U > kMaxBytes) {
      depends_on_neighbours = true;
      return;
    }
    count = static_cast<std::uint8_t>(count + encode(c, bytes.data() + count));
  }
};

class BertNormalizer final : public Normalizer {
 public:
  explicit BertNormalizer(BertOptions options) : options_(options) {
    for (char32_t c = 0; c < kTableSize; ++c) {
      const Mapped mapped = map(c);
      Short& entry = table_[c];
      entry.count = kLong;
      if (mapped.depends_on_neighbours || mapped.count > sizeof entry.bytes) continue;
      std::memcpy(entry.bytes, mapped.bytes.data(), mapped.count);
      entry.count = mapped.count;
    }
  }

  void apply(AlignedText& text) const override { run_steps(text); }

  // All steps at once, character by character; in steps where marks that stay must be put in order.
  void apply(PlainText& text) const override {
    const std::string_view in = text.text();
    std::string& out = text.buffer();
    out.resize(in.size() + in.size() / 2 + kRoom);
    std::size_t to = 0;
    for (std::size_t at = 0; at < in.size();) {
      if (out.size() - to < kRoom) out.resize(out.size() * 2);
      const CodePoint c = decode(in, at);
      at += c.bytes;
      if (c.value < kTableSize && table_[c.value].count != kLong) {
        const Short& entry = table_[c.value];
        std::memcpy(out.data() + to, &entry,
                    sizeof entry);  // one store; what is too much is overwritten
        to += entry.count;
        continue;
      }
      const Mapped mapped = map(c.value);
      if (mapped.depends_on_neighbours) {
        run_steps(text);
        return;
      }
      std::memcpy(out.data() + to, mapped.bytes.data(), Mapped::kMaxBytes);
      to += mapped.count;
    }
    out.resize(to);
    text.swap_in();
  }

  bool keeps_beginning() const override { return !options_.clean_text && !options_.strip_accents; }

 private:
  static constexpr char32_t kTableSize = 0x3100;  // alphabets and kana
  static constexpr std::uint8_t kLong = 0xff;
  static constexpr std::size_t kRoom = 64;
  struct Short {
    char bytes[7];
    std::uint8_t count;
  };

  template <typename Text>
  void run_steps(Text& text) const {
    if (options_.clean_text) {
      text.filter([this](char32_t c) { return !unicode_.is(c, kBertRemoved); });
      text.rewrite(
          [this](char32_t c, const auto& emit) { emit(unicode_.is(c, kWhite) ? U' ' : c, 0); });
    }
    if (options_.handle_chinese_chars) {
      text.rewrite([this](char32_t c, const auto& emit) {
        if (!unicode_.is(c, kChinese)) return emit(c, 0);
        emit(U' ', 0);
        emit(c, 1);
        emit(U' ', 1);
      });
    }
    if (options_.strip_accents) {
      std::vector<Change> changes;
      NormalForms::get().normalize(NormalForm::nfd, text.text(), changes);
      text.transform(changes, 0);
      text.filter([this](char32_t c) { return !unicode_.is(c, kBertMark); });
    }
    if (options_.lowercase) lowercase(text);
  }

  Mapped map(char32_t c) const {
    Mapped mapped;
    const std::uint32_t bits = unicode_.bits(c);
    if (options_.clean_text) {
      if ((bits & kBertRemoved) != 0) return mapped;
      if ((bits & kWhite) != 0) c = U' ';
    }
    const bool spaced = options_.handle_chinese_chars && (bits & kChinese) != 0;
    if (spaced) mapped.add(U' ');
    if (options_.strip_accents) {
      const NormalForms& forms = NormalForms::get();
      forms.for_each_part(c, /*compatible=*/false, [&](char32_t part) {
        if (unicode_.is(part, kBertMark)) return;
        if (forms.combining_class(part) != 0) mapped.depends_on_neighbours = true;
        add_lower(part, mapped);
      });
    } else {
      add_lower(c, mapped);
    }
    if (spaced) mapped.add(U' ');
    return mapped;
  }

  void add_lower(char32_t c, Mapped& mapped) const {
    if (options_.lowercase && c == kDottedCapitalI) {
      mapped.add(U'i');
      mapped.add(kDotAbove);
    } else {
      mapped.add(options_.lowercase && unicode_.is(c, kHasLower) ? to_lower(c) : c);
    }
  }

  BertOptions options_;
  const Unicode& unicode_ = Unicode::get();
  std::array<Short, kTableSize> table_;
};

}  // namespace

std::unique_ptr<const Normalizer> make_bert_normalizer(const JsonField& field) {
  BertOptions options;
  options.clean_text = field.boolean("clean_text");
  options.handle_chinese_chars = field.boolean("handle_chinese_chars");
  options.lowercase = field.boolean("lowercase");
  options.strip_accents = field.boolean("strip_accents", options.lowercase);
  return std::make_unique<BertNormalizer>(options);
}

}  // namespace kindred::text
