#include "text/models/model_config.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "base/error.h"
#include "text/models/json_number.h"

namespace kindred::text {
namespace {

namespace ondemand = simdjson::ondemand;

std::string_view trimmed(std::string_view token) {
  const auto end = token.find_last_not_of(" \t\r\n");
  return token.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

// Collects the fields in whatever order they come, then checks what the kind needs.
class ModelReader {
 public:
  explicit ModelReader(const std::string& origin) { config_.origin = origin; }

  ModelConfig read(ondemand::object model) {
    for (auto field : model) {
      const std::string_view key = field.unescaped_key();
      ondemand::value value = field.value();
      try {
        read_field(key, value);
      } catch (const simdjson::simdjson_error& error) {
        corrupt(
            fmt::format("the field '{}' has a wrong form ({})", std::string(key), error.what()));
      }
    }
    finish();
    return std::move(config_);
  }

 private:
  [[noreturn]] void corrupt(const std::string& what) const {
    fail(ErrorKind::corrupt,
         "{}: in the tokenizer's model, {}: the file is damaged or not a tokenizer.json; fetch it "
         "again",
         config_.origin, what);
  }

  void read_field(std::string_view key, ondemand::value value) {
    if (key == "type") {
      type_ = std::string(std::string_view(value.get_string()));
    } else if (key == "vocab") {
      read_vocab(value);
    } else if (key == "merges") {
      read_merges(value.get_array());
    } else if (key == "dropout") {
      read_dropout(value);
    } else if (key == "unk_token") {
      config_.unk_token = optional_string(value);
    } else if (key == "unk_id") {
      if (!value.is_null()) config_.unk_id = value.get_uint64();
    } else if (key == "continuing_subword_prefix") {
      has_prefix_ = true;
      config_.continuing_subword_prefix = optional_string(value).value_or("");
    } else if (key == "end_of_word_suffix") {
      config_.end_of_word_suffix = optional_string(value).value_or("");
    } else if (key == "max_input_chars_per_word") {
      has_max_chars_ = true;
      config_.max_input_chars_per_word = value.get_uint64();
    } else if (key == "fuse_unk") {
      config_.fuse_unk = optional_bool(value);
    } else if (key == "byte_fallback") {
      config_.byte_fallback = optional_bool(value);
    } else if (key == "ignore_merges") {
      config_.ignore_merges = optional_bool(value);
    }
  }

  static std::optional<std::string> optional_string(ondemand::value value) {
    if (value.is_null()) return std::nullopt;
    return std::string(std::string_view(value.get_string()));
  }
  static bool optional_bool(ondemand::value value) {
    return value.is_null() ? false : bool(value.get_bool());
  }

  void read_dropout(ondemand::value value) {
    if (value.is_null()) return;
    const double dropout = value.get_double();
    if (dropout != 0.0)
      fail(ErrorKind::unsupported,
           "{}: the tokenizer's model asks for a dropout of {}: its ids would be random; set "
           "\"dropout\" to null",
           config_.origin, dropout);
  }

  void read_vocab(ondemand::value value) {
    has_vocab_ = true;
    config_.tokens = {};
    config_.ids.clear();
    config_.scores.clear();
    is_list_ = value.type() == ondemand::json_type::array;
    if (is_list_) {
      read_pieces(value.get_array());
    } else {
      read_token_ids(value.get_object());
    }
  }

  void read_token_ids(ondemand::object vocab) {
    for (auto field : vocab) {
      const std::string_view token = field.unescaped_key();
      const std::uint64_t id = field.value().get_uint64();
      if (id > std::numeric_limits<std::uint32_t>::max())
        corrupt(fmt::format("the id {} of the token '{}' does not fit 32 bits", id, token));
      config_.tokens.push_back(token);
      config_.ids.push_back(static_cast<std::uint32_t>(id));
    }
  }

  void read_pieces(ondemand::array vocab) {
    for (auto entry : vocab) {
      std::size_t part = 0;
      for (auto value : entry.get_array()) {
        if (part == 0) {
          config_.tokens.push_back(std::string_view(value.get_string()));
        } else if (part == 1) {
          const std::string_view number = trimmed(value.raw_json_token());
          const std::optional<double> score = parse_json_number(number);
          if (!score)
            corrupt(fmt::format("the score {} of piece {} is not a number", number.substr(0, 40),
                                config_.scores.size()));
          config_.scores.push_back(*score);
        }
        ++part;
      }
      if (part != 2)
        corrupt(fmt::format("entry {} of the vocabulary is not a pair of piece and score",
                            config_.scores.size()));
      config_.ids.push_back(static_cast<std::uint32_t>(config_.ids.size()));
    }
  }

  void read_merges(ondemand::array merges) {
    has_merges_ = true;
    config_.merges = {};
    good_merges_ = 0;
    std::optional<bool> pairs;  // "a b" strings or ["a", "b"] pairs, the same through the list
    for (auto entry : merges) {
      ondemand::value value = entry.value();
      const bool is_pair = value.type() == ondemand::json_type::array;
      if (pairs.value_or(is_pair) != is_pair) corrupt("the merges mix strings and pairs");
      pairs = is_pair;
      is_pair ? read_pair(value.get_array()) : read_merge_line(value.get_string());
      good_merges_ = config_.merges.size() / 2;
    }
  }

  void read_pair(ondemand::array pair) {
    std::size_t part = 0;
    for (auto value : pair) {
      const std::string_view token = value.get_string();
      if (part++ < 2) config_.merges.push_back(token);
    }
    if (part != 2) bad_merge(part);
  }

  void read_merge_line(std::string_view line) {
    if (line.starts_with("#version")) return;
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos)
      bad_merge(static_cast<std::size_t>(std::count(line.begin(), line.end(), ' ')) + 1);
    config_.merges.push_back(line.substr(0, space));
    config_.merges.push_back(line.substr(space + 1));
  }

  [[noreturn]] void bad_merge(std::size_t parts) const {
    corrupt(
        fmt::format("a merge behind {} good ones joins {} tokens, not two", good_merges_, parts));
  }

  ModelKind kind_of_type() const {
    if (!type_) return guessed_kind();
    if (*type_ == "BPE") return ModelKind::bpe;
    if (*type_ == "WordPiece") return ModelKind::word_piece;
    if (*type_ == "WordLevel") return ModelKind::word_level;
    if (*type_ == "Unigram") return ModelKind::unigram;
    fail(ErrorKind::unsupported,
         "{}: the tokenizer's model is of the type '{}'; Kindred knows BPE, WordPiece, Unigram and "
         "WordLevel",
         config_.origin, *type_);
  }

  ModelKind guessed_kind() const {
    if (has_merges_) return ModelKind::bpe;
    if (is_list_) return ModelKind::unigram;
    return has_prefix_ && has_max_chars_ ? ModelKind::word_piece : ModelKind::word_level;
  }

  void finish() {
    config_.kind = kind_of_type();
    if (!has_vocab_) corrupt("'vocab' is missing");
    if (is_list_ != (config_.kind == ModelKind::unigram))
      corrupt(is_list_ ? "'vocab' is a list, not an object" : "'vocab' is not a list of pieces");
    const bool word_piece = config_.kind == ModelKind::word_piece;
    if (config_.kind == ModelKind::bpe && !has_merges_) corrupt("'merges' is missing");
    if ((word_piece || config_.kind == ModelKind::word_level) && !config_.unk_token)
      corrupt("'unk_token' is missing");
    if (word_piece && !has_prefix_) corrupt("'continuing_subword_prefix' is missing");
    if (word_piece && !has_max_chars_) corrupt("'max_input_chars_per_word' is missing");
    if (config_.kind == ModelKind::unigram && config_.unk_id &&
        *config_.unk_id >= config_.tokens.size())
      corrupt(fmt::format("'unk_id' is {}, but there are {} pieces", *config_.unk_id,
                          config_.tokens.size()));
  }

  ModelConfig config_;
  std::optional<std::string> type_;
  bool has_vocab_ = false;
  bool has_merges_ = false;
  bool has_prefix_ = false;
  bool has_max_chars_ = false;
  bool is_list_ = false;
  std::size_t good_merges_ = 0;
};

}  // namespace

ModelConfig read_model_config(ondemand::object model, const std::string& origin) {
  try {
    return ModelReader(origin).read(model);
  } catch (const simdjson::simdjson_error& error) {
    fail(ErrorKind::corrupt,
         "{}: the tokenizer's model is not valid JSON ({}); fetch the file again", origin,
         error.what());
  }
}

ModelConfig read_model_config(std::string_view model_json, const std::string& origin) {
  const simdjson::padded_string padded(model_json);
  ondemand::parser parser;
  try {
    ondemand::document document = parser.iterate(padded);
    return read_model_config(document.get_object(), origin);
  } catch (const simdjson::simdjson_error& error) {
    fail(ErrorKind::corrupt,
         "{}: the tokenizer's model is not valid JSON ({}); fetch the file again", origin,
         error.what());
  }
}

}  // namespace kindred::text
