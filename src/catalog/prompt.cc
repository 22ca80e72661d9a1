#include "catalog/prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/sha256.h"
#include "text/code_points.h"

namespace kindred::catalog {
namespace {

constexpr std::string_view kEveryLanguage = "*";
constexpr std::string_view kAttributePlace = "attribute:";
constexpr std::array<std::string_view, 9> kPlaces = {"title",    "description", "brand",
                                                     "category", "price",       "currency",
                                                     "language", "id",          "attributes"};
constexpr int kMaxDepth = 8;

std::string attributes_text(const Product& product, std::string_view language) {
  // Full-width signs would look native in Chinese, but the cleaned catalogue has none.
  std::string text;
  for (const Attribute& attribute : product.attributes) {
    const std::string_view value = text_in(attribute.values, language);
    if (value.empty()) continue;
    const std::string_view name = text_in(attribute.names, language);
    if (!text.empty()) text += "; ";
    text.append(name.empty() ? std::string_view(attribute.key) : name).append(": ").append(value);
  }
  return text;
}

std::string category_text(const Product& product, std::string_view language) {
  Texts paths;
  for (const auto& [code, levels] : product.categories) {
    paths[code] = fmt::format("{}", fmt::join(levels, " > "));
  }
  return std::string(text_in(paths, language));
}

std::string place_text(std::string_view place, const Product& product, std::string_view language) {
  if (place == "title") return std::string(text_in(product.titles, language));
  if (place == "description") return std::string(text_in(product.descriptions, language));
  if (place == "brand") return product.brand;
  if (place == "category") return category_text(product, language);
  if (place == "price") return product.price ? fmt::format("{}", *product.price) : std::string();
  if (place == "currency") return product.currency;
  if (place == "language") return std::string(language);
  if (place == "id") return product.id;
  if (place == "attributes") return attributes_text(product, language);
  for (const Attribute& attribute : product.attributes) {
    if (attribute.key == place.substr(kAttributePlace.size())) {
      return std::string(text_in(attribute.values, language));
    }
  }
  return {};
}

}  // namespace

class Prompt::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<Part> parse() {
    std::vector<Part> parts = sequence(0);
    if (at_ < text_.size()) fail_at(at_, "']' without '['");
    return parts;
  }

 private:
  [[noreturn]] void fail_at(std::size_t at, std::string_view what) const {
    fail(ErrorKind::bad_input, "prompt '{}', byte {}: {}", text_, at + 1, what);
  }

  std::vector<Part> sequence(int depth) {
    std::vector<Part> parts;
    std::string text;
    const auto end_text = [&] {
      if (!text.empty()) parts.push_back({Part::Kind::text, std::exchange(text, {})});
    };
    while (at_ < text_.size() && text_[at_] != ']') {
      const char c = text_[at_];
      if (c == '\\' && at_ + 1 < text_.size()) {
        text += text_[at_ + 1];
        at_ += 2;
      } else if (c == '{') {
        end_text();
        parts.push_back({Part::Kind::place, place()});
      } else if (c == '[') {
        end_text();
        parts.push_back(optional(depth));
      } else if (c == '}') {
        fail_at(at_, "'}' without '{'");
      } else {
        text += c;
        ++at_;
      }
    }
    end_text();
    return parts;
  }

  std::string place() {
    const std::size_t begin = at_;
    const std::size_t end = text_.find('}', begin);
    if (end == std::string_view::npos) fail_at(begin, "'{' is never closed");
    const std::string_view name = text_.substr(begin + 1, end - begin - 1);
    const bool attribute =
        name.starts_with(kAttributePlace) && name.size() > kAttributePlace.size();
    if (!attribute && std::find(kPlaces.begin(), kPlaces.end(), name) == kPlaces.end()) {
      fail_at(begin, fmt::format("no place {{{}}}; there are {{{}}} and {{attribute:KEY}}", name,
                                 fmt::join(kPlaces, "} {")));
    }
    at_ = end + 1;
    return std::string(name);
  }

  Part optional(int depth) {
    const std::size_t begin = at_++;
    if (depth >= kMaxDepth) fail_at(begin, "brackets nested too deeply");
    Part part{Part::Kind::optional, {}, sequence(depth + 1)};
    if (at_ == text_.size()) fail_at(begin, "'[' is never closed");
    ++at_;
    return part;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Prompt::Prompt(std::string_view text) {
  if (text::valid_prefix(text) != text.size())
    fail(ErrorKind::bad_input, "prompt '{}', byte {}: not UTF-8", text,
         text::valid_prefix(text) + 1);
  sources_[std::string(kEveryLanguage)] = text;
  templates_[std::string(kEveryLanguage)] = Parser(text).parse();
}

Prompt Prompt::from_json(std::string_view json, std::string_view origin) {
  Prompt prompt;  // whose template stays for the languages that are not named
  try {
    const auto parsed = nlohmann::json::parse(json);
    for (const auto& [language, text] : parsed.items()) {
      const auto source = text.get<std::string>();
      prompt.templates_[language] = Parser(source).parse();
      prompt.sources_[language] = source;
    }
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorKind::bad_input, "{}: expected {{\"LANGUAGE\": \"TEMPLATE\"}}: {}", origin,
         error.what());
  }
  return prompt;
}

std::string Prompt::to_json() const {
  return nlohmann::json(sources_).dump();
}

/// False where a place was empty.
bool Prompt::write(const std::vector<Part>& parts, const Product& product,
                   std::string_view language, std::string& out) {
  bool full = true;
  for (const Part& part : parts) {
    switch (part.kind) {
      case Part::Kind::text:
        out += part.text;
        break;
      case Part::Kind::place: {
        const std::string text = place_text(part.text, product, language);
        full = full && !text.empty();
        out += text;
        break;
      }
      case Part::Kind::optional: {
        const std::size_t before = out.size();
        if (!write(part.parts, product, language, out)) out.resize(before);
        break;
      }
    }
  }
  return full;
}

std::string Prompt::apply(const Product& product, std::string_view language) const {
  if (language.empty()) language = product.language;
  auto chosen = templates_.find(language);
  if (chosen == templates_.end()) chosen = templates_.find(kEveryLanguage);
  std::string text;
  write(chosen->second, product, language, text);
  return text;
}

std::string Prompt::version() const {
  // Lengths keep ("a", "bc") and ("ab", "c") apart; the format's version is what `apply` does.
  std::string all = "prompt 1\n";
  for (const auto& [language, source] : sources_) {
    all += fmt::format("{} {} {} {}\n", language.size(), language, source.size(), source);
  }
  return sha256(all).substr(0, 16);
}

}  // namespace kindred::catalog
