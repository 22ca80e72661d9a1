#include "catalog/column_target.h"

#include <algorithm>

namespace kindred::catalog {
namespace {

using Kind = Mapping::Kind;
using Target = Mapping::Target;

struct KindName {
  std::string_view name;
  Kind kind;
};
constexpr KindName kKinds[] = {
    {"id", Kind::id},
    {"language", Kind::language},
    {"brand", Kind::brand},
    {"price", Kind::price},
    {"currency", Kind::currency},
    {"image", Kind::image},
    {"ignore", Kind::ignore},
    {"other", Kind::other},
    {"title", Kind::title},
    {"description", Kind::description},
    {"category", Kind::category},
    {"attribute", Kind::attribute},
    {"titles", Kind::titles},
    {"descriptions", Kind::descriptions},
    {"categories", Kind::categories},
    {"attributes", Kind::attributes},
};
// Of several for one thing the first is taken.
constexpr KindName kUsualNames[] = {
    {"name", Kind::title},      {"sku", Kind::id},
    {"lang", Kind::language},   {"category_path", Kind::category},
    {"image_url", Kind::image}, {"image_path", Kind::image},
};
constexpr std::size_t kNamed = 1, kUsual = 2;  // ranks of targets; 0: the mapping names the column

/// Without the " (2)" of a column that is the second of its name.
std::string_view without_number(std::string_view name) {
  if (!name.ends_with(')')) return name;
  const std::size_t open = name.rfind(" (");
  if (open == std::string_view::npos || open + 3 >= name.size()) return name;
  const std::string_view number = name.substr(open + 2, name.size() - open - 3);
  const bool digits = number.find_first_not_of("0123456789") == std::string_view::npos;
  return digits ? name.substr(0, open) : name;
}

std::optional<Kind> kind_named(std::string_view name) {
  for (const KindName& kind : kKinds) {
    if (kind.name == name) return kind.kind;
  }
  return std::nullopt;
}

bool takes_language(Kind kind) {
  return kind == Kind::title || kind == Kind::description || kind == Kind::category;
}

bool is_language(std::string_view text) {
  return (text.size() == 2 || text.size() == 3) &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

std::optional<Target> parse_target(std::string_view text, char separator) {
  const std::size_t first = text.find(separator);
  const auto kind = kind_named(text.substr(0, first));
  if (!kind) return std::nullopt;
  Target target{.kind = *kind};
  if (first == std::string_view::npos) {
    return *kind == Kind::attribute ? std::nullopt : std::optional(target);
  }
  const std::string_view detail = text.substr(first + 1);
  if (*kind == Kind::attribute) {
    const std::size_t second = detail.rfind(separator);
    const bool has_language = separator == ':' && second != std::string_view::npos &&
                              is_language(detail.substr(second + 1));
    target.key = detail.substr(0, has_language ? second : detail.size());
    if (has_language) target.language = detail.substr(second + 1);
    return target.key.empty() ? std::nullopt : std::optional(target);
  }
  const bool is_level = *kind == Kind::category && detail.size() == 1 && detail[0] >= '1' &&
                        detail[0] < static_cast<char>('1' + kMaxLevels);
  if (is_level) {
    target.kind = Kind::category_level;
    target.level = static_cast<std::size_t>(detail[0] - '0');
    return target;
  }
  if (!takes_language(*kind) || !is_language(detail)) return std::nullopt;
  target.language = detail;
  return target;
}

Target usual_target(std::string_view column) {
  const std::string name = lower(without_number(trimmed(column)));
  std::size_t rank = kUsual;
  for (const KindName& usual : kUsualNames) {
    if (usual.name == name) return {.kind = usual.kind, .rank = rank};
    ++rank;
  }
  for (const char separator : {':', '_', '.', '-'}) {
    auto target = parse_target(name, separator);
    if (!target || target->kind == Kind::ignore || target->kind == Kind::other) continue;
    target->rank = kNamed;
    return *target;
  }
  return {.rank = kNamed};
}

}  // namespace kindred::catalog
