#include "prepare/pair_row.h"

#include <charconv>
#include <cmath>

#include "prepare/nested_json.h"
#include "prepare/reject_reasons.h"

namespace kindred::prepare {
namespace {

using simdjson::dom::element;
using Role = ColumnRole;

// The text of chat messages, as SWIFT's files have them: the contents, a line each.
std::string text_of_messages(simdjson::dom::array messages) {
  std::string text;
  for (const element message : messages) {
    simdjson::dom::object object;
    element content;
    if (message.get(object) || object.at_key("content").get(content) || !content.is_string())
      throw BadPair{{reasons::kWrongKind, "a chat message without a text"}};
    if (!text.empty()) text += '\n';
    text += content.get_string().value_unsafe();
  }
  return text;
}

Passage passage_of_object(simdjson::dom::object object) {
  Passage passage;
  std::string title;
  bool has_text = false;
  for (const auto& [key, value] : object) {
    if (key == "text" || key == "content") {
      passage.text = scalar_text(value, "a text");
      has_text = true;
    } else if (key == "title") {
      title = scalar_text(value, "a title");
    } else if (key == "docid" || key == "id" || key == "passage_id" || key == "_id") {
      passage.id = scalar_text(value, "an id");
    } else if (key == "language" || key == "lang") {
      passage.language = scalar_text(value, "a language");
    } else if (key == "category") {
      passage.category = scalar_text(value, "a category");
    }
  }
  if (!has_text) throw BadPair{{reasons::kWrongKind, "a passage without a text"}};
  if (!title.empty()) passage.text = passage.text.empty() ? title : title + ' ' + passage.text;
  return passage;
}

// What stands for one text: a string, an object, a list of messages. Null is an empty text.
Passage passage_of(element value) {
  if (value.is_object()) return passage_of_object(value.get_object().value_unsafe());
  if (value.is_array()) return {.text = text_of_messages(value.get_array().value_unsafe())};
  return {.text = scalar_text(value, "a text")};
}

bool is_messages(simdjson::dom::array array) {
  for (const element value : array) {
    if (!value.is_object() ||
        value.get_object().value_unsafe().at_key("role").error() != simdjson::SUCCESS)
      return false;
  }
  return array.size() > 0;
}

// A list that a program wrote into a cell of a table as text.
bool looks_like_list(std::string_view text) {
  return text.size() >= 2 && text.front() == '[' && text.back() == ']' &&
         (text == "[]" || text[1] == '\'' || text[1] == '"');
}

void put_texts(std::vector<Passage>& passages, const catalog::RawField& field,
               simdjson::dom::parser& parser) {
  if (field.nested || looks_like_list(field.value)) {
    element root;
    if (parser.parse(field.value.data(), field.value.size()).get(root)) {
      throw BadPair{{reasons::kListAsText,
                     fmt::format("{}: a list as a program prints it; write JSON", field.column)}};
    }
    simdjson::dom::array array;
    if (root.get(array) || is_messages(array)) {
      passages.push_back(passage_of(root));
      return;
    }
    for (const element value : array) passages.push_back(passage_of(value));
    return;
  }
  passages.push_back({.text = std::string(field.value)});
}

void put_numbers(std::vector<double>& numbers, const catalog::RawField& field,
                 simdjson::dom::parser& parser) {
  if (!field.nested && !looks_like_list(field.value)) {
    if (!field.value.empty()) numbers.push_back(parse_score(field.value));
    return;
  }
  const element root = parse_nested(parser, field.value);
  simdjson::dom::array array;
  if (root.get(array))
    throw BadPair{{reasons::kBadScore, fmt::format("{} is no list of numbers", field.column)}};
  for (const element value : array) {
    const auto number = number_of(value, field.column);
    if (!number) throw BadPair{{reasons::kBadScore, fmt::format("{} has a null", field.column)}};
    numbers.push_back(*number);
  }
}

void put_ids(std::vector<std::string>& ids, const catalog::RawField& field,
             simdjson::dom::parser& parser) {
  if (!field.nested) {
    ids.emplace_back(field.value);
    return;
  }
  simdjson::dom::array array;
  if (parse_nested(parser, field.value).get(array)) return;
  for (const element value : array) ids.push_back(scalar_text(value, field.column));
}

std::string text_of(const catalog::RawField& field, simdjson::dom::parser& parser) {
  if (!field.nested) return std::string(field.value);
  std::vector<Passage> passages;
  put_texts(passages, field, parser);
  if (passages.size() != 1) {
    throw BadPair{{reasons::kWrongKind, fmt::format("{} holds {} texts; it should be one",
                                                    field.column, passages.size())}};
  }
  return passages[0].text;
}

}  // namespace

double parse_score(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text = text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    throw BadPair{{reasons::kBadScore, fmt::format("'{}' is not a number", text)}};
  return value;
}

void PairRow::put(const PairColumn& column, const catalog::RawField& field,
                  simdjson::dom::parser& parser) {
  switch (column.role) {
    case Role::unused:
      return;
    case Role::anchor:
      if (has_anchor)
        throw BadPair{{reasons::kLayout, "two columns are an anchor; name one by its role"}};
      anchor.text = text_of(field, parser);
      has_anchor = true;
      inference = column.inference;
      return;
    case Role::other:
    case Role::positives:
      if (column.only_ids) throw BadPair{{reasons::kLayout, "ids of passages without their texts"}};
      wants_positive = true;
      return put_texts(positives, field, parser);
    case Role::negatives:
      if (column.only_ids) return;
      return put_texts(negatives, field, parser);
    case Role::positive_scores:
      return put_numbers(positive_scores, field, parser);
    case Role::negative_scores:
      return put_numbers(negative_scores, field, parser);
    case Role::score:
      put_numbers(scores, field, parser);
      if (scores.empty()) throw BadPair{{reasons::kBadScore, "no score"}};
      return;
    case Role::label:
      if (field.nested) return put_numbers(scores, field, parser);
      label = field.value;
      return;
    case Role::text:
      text = text_of(field, parser);
      return;
    case Role::all_texts: {
      std::vector<Passage> all;
      put_texts(all, field, parser);
      if (all.empty()) return;
      anchor.text = all[0].text;
      has_anchor = true;
      positives.insert(positives.end(), all.begin() + 1, all.end());
      return;
    }
    case Role::anchor_id:
      anchor.id = field.value;
      return;
    case Role::positive_ids:
      return put_ids(positive_ids, field, parser);
    case Role::negative_ids:
      return put_ids(negative_ids, field, parser);
    case Role::group:
      group = field.value;
      return;
    case Role::category:
      category = field.value;
      return;
    case Role::language:
      anchor.language = passage_language = field.value;
      return;
    case Role::anchor_language:
      anchor.language = field.value;
      return;
    case Role::passage_language:
      passage_language = field.value;
      return;
    case Role::anchor_prompt:
      if (!field.nested) prompt = field.value;
      return;
    case Role::translation:
      translations.push_back({.text = text_of(field, parser), .language = column.language});
      return;
  }
}

}  // namespace kindred::prepare
