#include "prepare/example.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "catalog/row_source.h"
#include "io/jsonl_record.h"
#include "io/table.h"
#include "prepare/nested_json.h"

namespace kindred::prepare {
namespace {

using Json = nlohmann::ordered_json;

const io::TableOptions kJsonl{.format = io::TableFormat::jsonl, .whole_json = true};

Json json_of(const Passage& passage) {
  if (passage.id.empty() && passage.language.empty() && !passage.score && passage.category.empty())
    return passage.text;
  Json json{{"text", passage.text}};
  if (!passage.id.empty()) json["id"] = passage.id;
  if (!passage.language.empty()) json["language"] = passage.language;
  if (passage.score) {
    require(std::isfinite(*passage.score), "a score that is not finite");
    json["score"] = *passage.score;
  }
  if (!passage.category.empty()) json["category"] = passage.category;
  return json;
}

void put_list(Json& json, const char* key, const std::vector<Passage>& passages) {
  if (passages.empty()) return;
  Json list = Json::array();
  for (const Passage& passage : passages) list.push_back(json_of(passage));
  json[key] = std::move(list);
}

void put_prompts(Json& json, const Example& example) {
  const auto put = [&](const char* key, std::string Prompt::*part) {
    Json prompts = Json::object();
    if (!(example.anchor_prompt.*part).empty()) prompts["anchor"] = example.anchor_prompt.*part;
    if (!(example.passage_prompt.*part).empty()) prompts["passage"] = example.passage_prompt.*part;
    if (!prompts.empty()) json[key] = std::move(prompts);
  };
  put("prompts", &Prompt::text);
  put("prompt_names", &Prompt::name);
}

// What is inside the line's values. The messages are completed by who knows the line.
Passage passage_of(simdjson::dom::element value, std::string_view key) {
  Passage passage;
  simdjson::dom::object object;
  if (value.get(object)) {
    if (!value.is_string()) {
      fail(ErrorKind::bad_input, "{} must be texts, or objects with a text", key);
    }
    passage.text = value.get_string().value_unsafe();
    return passage;
  }
  bool has_text = false;
  for (const auto& [name, part] : object) {
    if (name == "text") {
      has_text = part.is_string();
      if (has_text) passage.text = part.get_string().value_unsafe();
    } else if (name == "id") {
      passage.id = scalar_text(part, "an id");
    } else if (name == "language") {
      passage.language = scalar_text(part, "a language");
    } else if (name == "score") {
      passage.score = number_of(part, "a score");
    } else if (name == "category") {
      passage.category = scalar_text(part, "a category");
    }
  }
  if (!has_text) fail(ErrorKind::bad_input, "a passage of {} has no text", key);
  return passage;
}

std::size_t place_of(simdjson::dom::object object, const char* name) {
  std::uint64_t place = 0;
  if (object[name].get(place))
    fail(ErrorKind::bad_input, "a span's {} must be a number of characters", name);
  return place;
}

Span span_of(simdjson::dom::element value) {
  simdjson::dom::object object;
  simdjson::dom::element label;
  if (value.get(object) || object["label"].get(label))
    fail(ErrorKind::bad_input, "spans must be objects with begin, end and label");
  return {place_of(object, "begin"), place_of(object, "end"), scalar_text(label, "a label")};
}

}  // namespace

std::string to_json(const Example& example) {
  Json json{{"anchor", json_of(example.anchor)}};
  put_list(json, "positives", example.positives);
  put_list(json, "negatives", example.negatives);
  put_list(json, "graded", example.graded);
  if (!example.label.empty()) json["label"] = example.label;
  for (const Span& span : spans_in_characters(example.spans, example.anchor.text)) {
    json["spans"].push_back({{"begin", span.begin}, {"end", span.end}, {"label", span.label}});
  }
  put_prompts(json, example);
  if (!example.group.empty()) json["group"] = example.group;
  if (!example.source.empty()) json["source"] = example.source;
  return json.dump();
}

struct ExampleReader::Impl {
  std::string name;
  io::TableReader rows;
  io::JsonlFields fields;
  simdjson::dom::parser parser;
  std::uint64_t line = 0;
  bool in_row = false;  // the row was read; what is wrong is inside it

  Impl(std::string given, io::TableReader reader)
      : name(std::move(given)), rows(std::move(reader)) {}

  void read_list(const io::JsonlField& field, std::vector<Passage>& passages) {
    simdjson::dom::array array;
    if (!field.nested || parse_nested(parser, field.value).get(array)) {
      fail(ErrorKind::bad_input, "{} must be a list", field.key);
    }
    for (const simdjson::dom::element element : array) {
      passages.push_back(passage_of(element, field.key));
    }
  }

  void read_spans(const io::JsonlField& field, std::vector<Span>& spans) {
    simdjson::dom::array array;
    if (!field.nested || parse_nested(parser, field.value).get(array))
      fail(ErrorKind::bad_input, "{} must be a list", field.key);
    for (const simdjson::dom::element element : array) spans.push_back(span_of(element));
  }

  void read_prompts(const io::JsonlField& field, std::string Prompt::*part, Example& example) {
    simdjson::dom::object object;
    if (!field.nested || parse_nested(parser, field.value).get(object)) {
      fail(ErrorKind::bad_input, "{} must be an object", field.key);
    }
    for (const auto& [role, value] : object) {
      Prompt* prompt = role == "anchor"    ? &example.anchor_prompt
                       : role == "passage" ? &example.passage_prompt
                                           : nullptr;
      if (prompt == nullptr) {
        fail(ErrorKind::bad_input, "{} are for \"anchor\" and \"passage\", not \"{}\"", field.key,
             std::string_view(role));
      }
      prompt->*part = scalar_text(value, field.key);
    }
  }

  // True for the anchor.
  bool read_field(const io::JsonlField& field, Example& example) {
    if (field.key == "anchor") {
      if (field.nested) {
        example.anchor = passage_of(parse_nested(parser, field.value), field.key);
      } else {
        example.anchor.text = field.value;
      }
      return true;
    }
    if (field.key == "positives") read_list(field, example.positives);
    if (field.key == "negatives") read_list(field, example.negatives);
    if (field.key == "graded") read_list(field, example.graded);
    if (field.key == "spans") read_spans(field, example.spans);
    if (field.key == "prompts") read_prompts(field, &Prompt::text, example);
    if (field.key == "prompt_names") read_prompts(field, &Prompt::name, example);
    if (field.key == "label") example.label = field.value;
    if (field.key == "group") example.group = field.value;
    if (field.key == "source") example.source = field.value;
    return false;
  }

  void read(std::string_view json, Example& example) {
    if (!catalog::is_utf8(json)) fail(ErrorKind::corrupt, "not UTF-8");
    bool has_anchor = false;
    for (const io::JsonlField& field : fields.fields(json, name, line)) {
      has_anchor = read_field(field, example) || has_anchor;
    }
    if (!has_anchor) {
      fail(ErrorKind::bad_input,
           "no anchor; training files of other layouts become examples by kindred prepare pairs");
    }
    example.spans = spans_in_bytes(std::move(example.spans), example.anchor.text);
    for (const Passage& passage : example.graded) {
      if (!passage.score) fail(ErrorKind::bad_input, "a graded passage without a score");
    }
  }
};

ExampleReader::ExampleReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ExampleReader::ExampleReader(ExampleReader&&) noexcept = default;
ExampleReader& ExampleReader::operator=(ExampleReader&&) noexcept = default;
ExampleReader::~ExampleReader() = default;

ExampleReader ExampleReader::open(const std::string& path) {
  return ExampleReader(std::make_unique<Impl>(path, io::TableReader::open(path, kJsonl)));
}

ExampleReader ExampleReader::from_memory(std::string_view text, const std::string& name) {
  return ExampleReader(
      std::make_unique<Impl>(name, io::TableReader::from_memory(text, name, kJsonl)));
}

bool ExampleReader::next(Example& example) {
  example = {};
  impl_->in_row = false;
  io::TableRow row;
  if (!impl_->rows.next(row)) return false;
  impl_->in_row = true;
  impl_->line = row.line;
  try {
    impl_->read(row.values[0], example);
  } catch (const Error& error) {
    const std::string where = fmt::format("{}, line {}: ", impl_->name, row.line);
    const std::string_view what = error.what();
    throw Error(error.kind(),
                what.starts_with(where) ? std::string(what) : where + std::string(what));
  }
  return true;
}

bool ExampleReader::skip_bad_row() {
  return impl_->in_row || impl_->rows.skip_bad_row();
}

std::uint64_t ExampleReader::line() const noexcept {
  return impl_->line;
}
std::optional<std::uint64_t> ExampleReader::size() const noexcept {
  return impl_->rows.size();
}
std::uint64_t ExampleReader::position() const noexcept {
  return impl_->rows.position();
}

}  // namespace kindred::prepare
