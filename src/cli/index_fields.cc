#include "cli/index_fields.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "index/fields.h"

namespace kindred::cli {
namespace {

using Json = nlohmann::ordered_json;

// False for what cannot be filtered by.
bool add_value(const std::string& name, const Json& value, bool in_array,
               index::FieldValues& fields) {
  if (value.is_string()) {
    fields.tags.push_back({name, value.get<std::string>()});
  } else if (value.is_boolean()) {
    fields.tags.push_back({name, value.get<bool>() ? "true" : "false"});
  } else if (value.is_number() && !in_array) {
    fields.numbers.push_back({name, value.get<double>()});
  } else if (value.is_array() && !in_array) {
    for (const Json& item : value) {
      if (!add_value(name, item, /*in_array=*/true, fields)) return false;
    }
  } else {
    return value.is_null();
  }
  return true;
}

}  // namespace

std::string FieldLines::encoded(std::size_t line) const {
  const std::string_view text = lines_[line];
  index::FieldValues fields;
  try {
    const Json object = Json::parse(text);
    if (!object.is_object()) fail(ErrorKind::bad_input, "it is no JSON object");
    for (const auto& [name, value] : object.items()) {
      if (!add_value(name, value, /*in_array=*/false, fields)) {
        fail(ErrorKind::bad_input,
             "\"{}\" is {}; a field is a text, a number, a boolean or an array of texts", name,
             value.dump().substr(0, 60));
      }
    }
    fields.validate();
  } catch (const std::exception& error) {
    fail(ErrorKind::bad_input, "{}, line {}: {}", path_, line + 1, error.what());
  }
  return index::encode_fields(fields);
}

EncodedFields::EncodedFields(const FieldLines& lines, const std::string& beside)
    : file_(io::AtomicFile::create(beside + ".fields")), begins_{0} {
  for (std::size_t row = 0; row < lines.size(); ++row) {
    file_.write(lines.encoded(row));
    begins_.push_back(file_.size());
  }
  file_.flush();
  mapped_ = io::MappedFile::open(file_.partial_path());
}

}  // namespace kindred::cli
