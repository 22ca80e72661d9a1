#include "prepare/tokenizer_prune.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <utility>

#include "base/error.h"

namespace kindred::prepare {
namespace {

// Not ordered_json, whose objects are searched from their beginning at every insertion.
using Json = nlohmann::json;

struct Piece {
  std::string text;
  std::uint32_t id;
};

/// The model's pieces in the order of their ids.
std::vector<Piece> pieces_of(const Json& model) {
  std::vector<Piece> pieces;
  const Json& vocabulary = model.at("vocab");
  if (vocabulary.is_array()) {
    for (const Json& entry : vocabulary)
      pieces.push_back({entry.at(0).get<std::string>(), static_cast<std::uint32_t>(pieces.size())});
    return pieces;
  }
  for (const auto& [text, id] : vocabulary.items())
    pieces.push_back({text, id.get<std::uint32_t>()});
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.id < b.id; });
  return pieces;
}

std::string text_field(const Json& model, const char* key) {
  const auto found = model.find(key);
  return found != model.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_one_character(std::string_view text) {
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  return std::count_if(text.begin(), text.end(), begins) == 1;
}

bool is_byte(std::string_view text) {
  return text.size() == 6 && text.starts_with("<0x") && text.ends_with(">");
}

/// A merge's two pieces: "a b", or ["a", "b"] in newer files.
std::pair<std::string, std::string> parts_of(const Json& merge) {
  if (merge.is_array()) return {merge.at(0).get<std::string>(), merge.at(1).get<std::string>()};
  const std::string text = merge.get<std::string>();
  const std::size_t blank = text.find(' ');
  if (blank == std::string::npos) return {text, ""};
  return {text.substr(0, blank), text.substr(blank + 1)};
}

/// True where a step, or one within it, is of the type ByteLevel.
bool has_byte_level(const Json& step) {
  if (step.is_array()) return std::any_of(step.begin(), step.end(), has_byte_level);
  if (!step.is_object()) return false;
  return step.value("type", Json()) == "ByteLevel" ||
         std::any_of(step.begin(), step.end(), has_byte_level);
}

class Pruner {
 public:
  Pruner(const Json& source, const std::string& origin)
      : json_(source), origin_(origin), model_(json_.at("model")), pieces_(pieces_of(model_)) {
    for (std::size_t i = 0; i < pieces_.size(); ++i) places_[pieces_[i].text] = i;
    kept_.resize(pieces_.size());
    for (const char* step : {"pre_tokenizer", "normalizer"})
      byte_level_ = byte_level_ || has_byte_level(json_.value(step, Json()));
  }

  Json run(const std::function<bool(std::uint32_t)>& is_used, KeptCharacters characters) {
    for (std::size_t i = 0; i < pieces_.size(); ++i)
      kept_[i] = is_used(pieces_[i].id) || is_needed(pieces_[i].text, characters);
    for (const Json& token : added()) keep(token.at("content").get<std::string>());
    keep(text_field(model_, "unk_token"));
    if (model_.contains("unk_id") && model_["unk_id"].is_number_unsigned()) {
      const auto unknown = model_["unk_id"].get<std::size_t>();
      if (unknown < kept_.size()) kept_[unknown] = 1;
    }
    if (model_.at("vocab").is_array()) keep_lowest_score();
    if (model_.contains("merges")) prune_merges();
    number();
    write_vocabulary();
    write_ids();
    return std::move(json_);
  }

 private:
  Json& added() {
    Json& list = json_["added_tokens"];
    if (list.is_null()) list = Json::array();
    return list;
  }

  void keep(const std::string& text) {
    const auto found = places_.find(text);
    if (found != places_.end()) kept_[found->second] = 1;
  }

  bool is_needed(std::string_view text, KeptCharacters characters) const {
    if (is_byte(text)) return true;
    const std::string prefix = text_field(model_, "continuing_subword_prefix");
    const std::string suffix = text_field(model_, "end_of_word_suffix");
    if (!prefix.empty() && text.starts_with(prefix)) text.remove_prefix(prefix.size());
    if (!suffix.empty() && text.ends_with(suffix) && text.size() > suffix.size())
      text.remove_suffix(suffix.size());
    constexpr std::string_view kSpace = "▁";
    if (text.starts_with(kSpace) && text.size() > kSpace.size()) text.remove_prefix(kSpace.size());
    if (!is_one_character(text)) return false;
    // The printable characters that stand for bytes reach up to U+0143.
    return characters == KeptCharacters::all || (byte_level_ && text.size() <= 2);
  }

  void keep_lowest_score() {
    const Json& vocabulary = model_["vocab"];
    const auto lowest = std::min_element(
        vocabulary.begin(), vocabulary.end(),
        [](const Json& a, const Json& b) { return a.at(1).get<double>() < b.at(1).get<double>(); });
    if (lowest != vocabulary.end())
      kept_[static_cast<std::size_t>(lowest - vocabulary.begin())] = 1;
  }

  void prune_merges() {
    const std::string prefix = text_field(model_, "continuing_subword_prefix");
    struct Merge {
      std::size_t left, right;
    };
    std::vector<std::size_t> results;
    std::unordered_map<std::size_t, std::vector<Merge>> makers;
    constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
    const auto place = [&](const std::string& text) {
      const auto found = places_.find(text);
      return found == places_.end() ? kNone : found->second;
    };
    for (const Json& merge : model_["merges"]) {
      const auto [left, right] = parts_of(merge);
      const bool joins = !prefix.empty() && right.starts_with(prefix);
      const std::size_t made = place(left + (joins ? right.substr(prefix.size()) : right));
      const Merge parts{place(left), place(right)};
      results.push_back(made);
      if (made != kNone && parts.left != kNone && parts.right != kNone)
        makers[made].push_back(parts);
    }
    std::deque<std::size_t> open;
    for (std::size_t i = 0; i < kept_.size(); ++i)
      if (kept_[i]) open.push_back(i);
    for (; !open.empty(); open.pop_front())
      for (const Merge& merge : makers[open.front()])
        for (const std::size_t part : {merge.left, merge.right})
          if (!kept_[part]) {
            kept_[part] = 1;
            open.push_back(part);
          }
    Json merges = Json::array();
    for (std::size_t i = 0; i < results.size(); ++i)
      if (results[i] != kNone && kept_[results[i]])
        merges.push_back(std::move(model_["merges"][i]));
    model_["merges"] = std::move(merges);
  }

  void number() {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < pieces_.size(); ++i)
      if (kept_[i]) new_ids_[pieces_[i].text] = next++;
    std::vector<const Json*> tokens;
    for (const Json& token : added()) tokens.push_back(&token);
    std::stable_sort(tokens.begin(), tokens.end(), [](const Json* a, const Json* b) {
      return a->at("id").get<std::uint32_t>() < b->at("id").get<std::uint32_t>();
    });
    for (const Json* token : tokens)
      if (new_ids_.emplace(token->at("content").get<std::string>(), next).second) ++next;
  }

  void write_vocabulary() {
    Json& vocabulary = model_["vocab"];
    if (vocabulary.is_array()) {
      Json pieces = Json::array();
      for (std::size_t i = 0; i < kept_.size(); ++i)
        if (kept_[i]) pieces.push_back(std::move(vocabulary[i]));
      const auto unknown = model_.find("unk_id");
      if (unknown != model_.end() && unknown->is_number_unsigned() &&
          unknown->get<std::size_t>() < pieces_.size())
        *unknown = new_ids_.at(pieces_[unknown->get<std::size_t>()].text);
      vocabulary = std::move(pieces);
      return;
    }
    Json pieces = Json::object();
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < kept_.size(); ++i)
      if (kept_[i]) pieces[pieces_[i].text] = next++;
    vocabulary = std::move(pieces);
  }

  std::uint32_t new_id(const std::string& content) const {
    const auto found = new_ids_.find(content);
    if (found == new_ids_.end())
      fail(ErrorKind::corrupt, "{}: its template names the token '{}', which it does not have",
           origin_, content);
    return found->second;
  }

  void write_ids() {
    for (Json& token : added()) token["id"] = new_id(token.at("content").get<std::string>());
    if (json_.contains("post_processor")) change_template(json_["post_processor"]);
    const auto padding = json_.find("padding");
    if (padding != json_.end() && padding->is_object())
      (*padding)["pad_id"] = new_id(padding->at("pad_token").get<std::string>());
  }

  void change_template(Json& processor) const {
    if (processor.is_null()) return;
    const std::string type = processor.at("type").get<std::string>();
    if (type == "Sequence") {
      for (Json& part : processor.at("processors")) change_template(part);
    } else if (type == "TemplateProcessing") {
      for (auto& [name, token] : processor.at("special_tokens").items()) {
        Json ids = Json::array();
        for (const Json& text : token.at("tokens")) ids.push_back(new_id(text.get<std::string>()));
        token["ids"] = std::move(ids);
      }
    } else if (type == "BertProcessing" || type == "RobertaProcessing") {
      for (const char* key : {"sep", "cls"})
        processor.at(key)[1] = new_id(processor.at(key).at(0).get<std::string>());
    } else if (type != "ByteLevel") {
      fail(ErrorKind::unsupported,
           "{}: its post_processor is of the type {}, whose ids Kindred cannot change", origin_,
           type);
    }
  }

  Json json_;
  const std::string& origin_;
  Json& model_;
  std::vector<Piece> pieces_;
  std::unordered_map<std::string, std::size_t> places_;  ///< in pieces_, by text
  std::vector<char> kept_;                               ///< one a piece
  std::unordered_map<std::string, std::uint32_t> new_ids_;
  bool byte_level_ = false;  ///< a step writes bytes as printable characters
};

}  // namespace

Json prune_tokenizer(const Json& tokenizer, const std::function<bool(std::uint32_t id)>& is_used,
                     KeptCharacters characters, const std::string& origin) {
  try {
    return Pruner(tokenizer, origin).run(is_used, characters);
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorKind::corrupt, "{}: not a valid tokenizer.json ({}); fetch the file again", origin,
         error.what());
  }
}

std::unordered_map<std::string, std::uint32_t> ids_by_content(const Json& tokenizer) {
  std::unordered_map<std::string, std::uint32_t> ids;
  for (Piece& piece : pieces_of(tokenizer.at("model"))) ids[std::move(piece.text)] = piece.id;
  const auto added = tokenizer.find("added_tokens");
  if (added == tokenizer.end() || added->is_null()) return ids;
  for (const Json& token : *added)
    ids.emplace(token.at("content").get<std::string>(), token.at("id").get<std::uint32_t>());
  return ids;
}

}  // namespace kindred::prepare
