#include "catalog/mapping.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/error.h"
#include "catalog/column_target.h"
#include "catalog/price.h"

namespace kindred::catalog {
namespace {

using Json = nlohmann::json;
using Kind = Mapping::Kind;
using Target = Mapping::Target;

constexpr std::size_t kMaxIdBytes = 512;

bool is_blank(std::string_view text) {
  return trimmed(text).empty();
}

/// What programs write where there is nothing.
bool is_no_value(std::string_view text) {
  const std::string plain = lower(trimmed(text));
  for (const std::string_view nothing : {"nan", "n/a", "na", "null", "none", "nil", "-", "--"}) {
    if (plain == nothing) return true;
  }
  return false;
}

std::vector<std::string> split_path(std::string_view path, std::string_view separator) {
  std::vector<std::string> levels;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find(separator), path.size());
    std::string_view level = path.substr(0, end);
    path.remove_prefix(std::min(end + separator.size(), path.size()));
    while (level.starts_with(' ')) level.remove_prefix(1);
    while (level.ends_with(' ')) level.remove_suffix(1);
    if (!level.empty()) levels.emplace_back(level);
  }
  return levels;
}

Json parse_nested(const RawField& field) {
  try {
    return Json::parse(field.value, [](int depth, Json::parse_event_t, Json&) {
      if (depth > 16) fail(ErrorKind::bad_input, "nested too deeply");
      return true;
    });
  } catch (const std::exception&) {
    throw BadRow(std::string(field.column), "not JSON, or nested too deeply");
  }
}

/// A text, or an object of texts by language.
Texts texts_of(const Json& json, const RawField& field) {
  Texts texts;
  if (json.is_string()) {
    texts[""] = json.get<std::string>();
  } else if (json.is_number() || json.is_boolean()) {
    texts[""] = json.dump();
  } else if (json.is_object()) {
    for (const auto& [language, text] : json.items()) {
      if (!text.is_string()) throw BadRow(std::string(field.column), "expected texts by language");
      texts[language] = text.get<std::string>();
    }
  } else if (!json.is_null()) {
    throw BadRow(std::string(field.column), "expected a text, or an object of texts by language");
  }
  return texts;
}

void put_attributes(Product& product, const RawField& field) {
  const Json json = parse_nested(field);
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      product.attributes.push_back({.key = key, .values = texts_of(value, field)});
    }
    return;
  }
  if (!json.is_array()) throw BadRow(std::string(field.column), "expected an object or a list");
  for (const Json& entry : json) {
    if (!entry.is_object() || !entry.contains("value") ||
        !(entry.contains("key") || entry.contains("name"))) {
      throw BadRow(std::string(field.column), "expected objects with \"key\" and \"value\"");
    }
    Attribute attribute{.key = {}};
    if (entry.contains("name")) attribute.names = texts_of(entry["name"], field);
    if (entry.contains("key")) {
      if (!entry["key"].is_string()) throw BadRow(std::string(field.column), "a key is no text");
      attribute.key = entry["key"].get<std::string>();
    } else {
      attribute.key = text_in(attribute.names, "en");
    }
    attribute.values = texts_of(entry["value"], field);
    product.attributes.push_back(std::move(attribute));
  }
}

void put_categories(Product& product, const RawField& field, std::string_view separator) {
  const Json json = parse_nested(field);
  if (!json.is_object()) throw BadRow(std::string(field.column), "expected categories by language");
  for (const auto& [language, levels] : json.items()) {
    if (levels.is_string()) {
      product.categories[language] = split_path(levels.get<std::string>(), separator);
      continue;
    }
    const bool texts =
        levels.is_array() &&
        std::all_of(levels.begin(), levels.end(), [](const Json& l) { return l.is_string(); });
    if (!texts) throw BadRow(std::string(field.column), "expected a list of category levels");
    product.categories[language] = levels.get<std::vector<std::string>>();
  }
}

Attribute& attribute_of(Product& product, const std::string& key) {
  for (Attribute& attribute : product.attributes) {
    if (attribute.key == key) return attribute;
  }
  return product.attributes.emplace_back(Attribute{.key = key});
}

/// A number of the file is what it is; a text is read as people write prices.
void put_price(Product& product, const RawField& field, char decimal_mark, RowNotes& notes) {
  const std::string_view value = trimmed(field.value);
  const auto refuse = [&](std::string_view why) {
    throw BadRow(std::string(field.column), fmt::format("'{}' {}", value, why));
  };
  if (field.number) {
    double number = 0.0;
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, number);
    if (error != std::errc() || stop != end || !std::isfinite(number) || number < 0.0)
      refuse("is not a price");
    product.price = number + 0.0;  // no negative zero
    return;
  }
  if (is_no_value(value)) return;
  const auto price = parse_price(value, product.currency, decimal_mark);
  if (!price) refuse("is not a price");
  product.price = price->value;
  if (product.currency.empty()) product.currency = price->currency;
  if (price->ambiguous) notes.ambiguous_price = value;
}

/// A value that says something, and what it becomes; `instead`: an attribute, for that field is
/// taken.
struct Choice {
  const RawField* field;
  Target target;
  const RawField* instead = nullptr;
};

/// Sets `instead` of all but one of those that become the same thing.
void choose(std::vector<Choice>& choices) {
  std::vector<Choice*> alike;
  const RawField* level = nullptr;
  for (Choice& choice : choices) {
    const Kind kind = choice.target.kind;
    if (kind == Kind::category_level && level == nullptr) level = choice.field;
    const bool one = kind != Kind::other && kind != Kind::ignore && kind < Kind::titles;
    if (one) alike.push_back(&choice);
  }
  const auto thing = [](const Choice& c) {
    const Target& t = c.target;
    return std::tie(t.kind, t.key, t.language, t.level);
  };
  std::sort(alike.begin(), alike.end(), [&](const Choice* a, const Choice* b) {
    if (thing(*a) != thing(*b)) return thing(*a) < thing(*b);
    return std::tie(a->target.rank, a->field) < std::tie(b->target.rank, b->field);
  });
  const Choice* taken = nullptr;
  for (Choice* choice : alike) {
    if (taken == nullptr || thing(*taken) != thing(*choice)) {
      taken = choice;
    } else {
      choice->instead = taken->field;
    }
    const bool path = choice->target.kind == Kind::category && choice->target.language.empty();
    if (path && level != nullptr) choice->instead = level;
  }
}

void check(const Product& product) {
  if (product.id.empty()) throw BadRow("id", "no id");
  if (product.id.size() > kMaxIdBytes) {
    throw BadRow("id", fmt::format("an id of {} bytes; at most {} are allowed", product.id.size(),
                                   kMaxIdBytes));
  }
  if (product.id.find('\0') != std::string::npos) throw BadRow("id", "an id with a NUL character");
  const bool titled =
      std::any_of(product.titles.begin(), product.titles.end(), [](const auto& title) {
        return title.second.find_first_not_of(" \t\r\n") != std::string::npos;
      });
  if (!titled) throw BadRow("title", "no title in any language");
  for (const auto& [language, levels] : product.categories) {
    if (levels.size() > kMaxLevels) {
      throw BadRow("category",
                   fmt::format("{} levels; at most {} are allowed", levels.size(), kMaxLevels));
    }
  }
}

/// What stands in `title` beside `titles` is the seller's language again.
template <typename T>
void name_language(T& by_language, const std::string& language) {
  const auto unknown = by_language.find("");
  if (language.empty() || unknown == by_language.end()) return;
  auto node = by_language.extract(unknown);
  node.key() = language;
  by_language.insert(std::move(node));
}

}  // namespace

Mapping Mapping::from_json(std::string_view text, std::string_view origin) {
  Mapping mapping;
  try {
    const Json json = Json::parse(text);
    for (const auto& [key, value] : json.items()) {
      if (key == "columns") {
        for (const auto& [column, target] : value.items()) {
          const auto parsed = parse_target(target.get<std::string>(), ':');
          if (!parsed) {
            fail(ErrorKind::bad_input,
                 "{}: columns.{}: no target '{}'; targets are id, title:es, category:1, "
                 "attribute:colour, "
                 "ignore and so on (see the command line's manual)",
                 origin, column, target.get<std::string>());
          }
          mapping.columns_[std::string(trimmed(column))] = *parsed;
        }
      } else if (key == "language") {
        value.get_to(mapping.language_);
      } else if (key == "currency") {
        value.get_to(mapping.currency_);
      } else if (key == "category_separator") {
        value.get_to(mapping.separator_);
      } else if (key == "decimal_mark") {
        const auto mark = value.get<std::string>();
        if (mark != "." && mark != ",") {
          fail(ErrorKind::bad_input, "{}: decimal_mark is '{}'; use \".\" or \",\"", origin, mark);
        }
        mapping.decimal_mark_ = mark[0];
      } else {
        fail(ErrorKind::bad_input,
             "{}: unknown key {}; use columns, language, currency, category_separator, "
             "decimal_mark",
             origin, key);
      }
    }
  } catch (const Json::exception& error) {
    fail(ErrorKind::bad_input, "{}: not a mapping: {}", origin, error.what());
  }
  if (mapping.separator_.empty()) {
    fail(ErrorKind::bad_input, "{}: category_separator is empty", origin);
  }
  return mapping;
}

Mapping::Target Mapping::target_of(std::string_view column) const {
  const auto mapped = columns_.find(column);
  if (mapped != columns_.end()) return mapped->second;
  return usual_target(column);
}

void Mapping::check_columns(std::span<const std::string> columns, std::string_view origin) const {
  for (const auto& [column, target] : columns_) {
    if (std::find(columns.begin(), columns.end(), column) == columns.end()) {
      fail(ErrorKind::not_found,
           "{} has no column {}, which the mapping names; its columns are: {}", origin, column,
           fmt::join(columns, ", "));
    }
  }
  const bool has_id =
      std::any_of(columns.begin(), columns.end(),
                  [this](const std::string& column) { return target_of(column).kind == Kind::id; });
  if (!has_id) {
    fail(ErrorKind::bad_input,
         "{}: no column becomes the id; map one with {{\"columns\": {{\"NAME\": \"id\"}}}}. The "
         "columns are: {}",
         origin, fmt::join(columns, ", "));
  }
}

void Mapping::put(Product& product, const RawField& field, const Target& target, char decimal_mark,
                  RowNotes& notes) const {
  const std::string value(field.value);
  const bool is_json =
      target.kind >= Kind::titles || target.kind == Kind::other || target.kind == Kind::ignore;
  if (field.nested && !is_json)
    throw BadRow(std::string(field.column), "expected a text, not an object or list");
  switch (target.kind) {
    case Kind::id:
      product.id = trimmed(value);
      break;
    case Kind::language:
      product.language = lower(trimmed(value));
      break;
    case Kind::brand:
      product.brand = value;
      break;
    case Kind::price:
      put_price(product, field, decimal_mark, notes);
      break;
    case Kind::currency:
      product.currency = currency_code(value);
      break;
    case Kind::image:
      product.image = value;
      break;
    case Kind::ignore:
      break;
    case Kind::other:
      product.other[std::string(field.column)] = value;
      break;
    case Kind::title:
      product.titles[target.language] = value;
      break;
    case Kind::description:
      product.descriptions[target.language] = value;
      break;
    case Kind::category:
      product.categories[target.language] = split_path(value, separator_);
      break;
    case Kind::category_level: {
      auto& levels = product.categories[""];
      if (levels.size() < target.level) levels.resize(target.level);
      levels[target.level - 1] = value;
      break;
    }
    case Kind::attribute:
      attribute_of(product, target.key).values[target.language] = value;
      break;
    case Kind::titles:
      product.titles.merge(texts_of(parse_nested(field), field));
      break;
    case Kind::descriptions:
      product.descriptions.merge(texts_of(parse_nested(field), field));
      break;
    case Kind::categories:
      put_categories(product, field, separator_);
      break;
    case Kind::attributes:
      put_attributes(product, field);
      break;
  }
}

Product Mapping::apply(std::span<const RawField> row, char decimal_mark, RowNotes* notes) const {
  RowNotes unread;
  RowNotes& noted = notes != nullptr ? *notes : unread;
  noted = {};
  std::vector<Choice> choices;
  for (const RawField& field : row) {
    Choice choice{&field, target_of(field.column)};
    // Where the id is empty, a product under another's kind of id would be a mistake.
    if (!is_blank(field.value) || choice.target.kind == Kind::id)
      choices.push_back(std::move(choice));
  }
  choose(choices);
  if (decimal_mark_ != 0) decimal_mark = decimal_mark_;
  Product product;
  // The currency first: it tells how many decimals a price has.
  for (const bool currency : {true, false}) {
    for (const Choice& choice : choices) {
      if ((choice.target.kind == Kind::currency) != currency) continue;
      if (choice.instead == nullptr)
        put(product, *choice.field, choice.target, decimal_mark, noted);
    }
  }
  const auto is_other_id = [](const Choice& c) {
    return c.target.kind == Kind::id && c.instead != nullptr && !is_blank(c.field->value);
  };
  if (const auto id = std::find_if(choices.begin(), choices.end(), is_other_id);
      product.id.empty() && id != choices.end()) {
    throw BadRow(std::string(id->instead->column),
                 fmt::format("no id; if {0} is to be the id, map it: {{\"columns\": {{\"{0}\": "
                             "\"id\"}}}}",
                             id->field->column));
  }
  for (const Choice& choice : choices) {
    if (choice.instead == nullptr || is_blank(choice.field->value)) continue;
    const RawField& field = *choice.field;
    noted.aside.push_back({std::string(field.column), std::string(choice.instead->column)});
    attribute_of(product, std::string(field.column)).values.try_emplace("", field.value);
  }
  if (product.language.empty()) product.language = language_;
  if (product.currency.empty()) product.currency = currency_;
  for (auto& [language, levels] : product.categories) std::erase(levels, "");
  name_language(product.titles, product.language);
  name_language(product.descriptions, product.language);
  name_language(product.categories, product.language);
  check(product);
  return product;
}

char Mapping::decimal_mark_of(std::span<const RawField> row) const {
  for (const RawField& field : row) {
    if (field.number || field.nested || target_of(field.column).kind != Kind::price) continue;
    if (const auto price = parse_price(field.value)) return price->decimal_mark;
  }
  return 0;
}

}  // namespace kindred::catalog
