#include "prepare/pair_columns.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/error.h"

namespace kindred::prepare {
namespace {

using Role = ColumnRole;

// In lower case, without blanks, "_" and "-".
std::string plain(std::string_view name) {
  std::string result;
  for (const char c : name) {
    if (c == '_' || c == '-' || c == ' ' || c == '.') continue;
    result += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  return result;
}

struct Named {
  Role role;
  std::vector<std::string_view> names;
};

const std::vector<Named>& known_names() {
  static const std::vector<Named> names = {
      {Role::anchor,
       {"anchor", "query", "querytext", "question", "sentence1", "sentencea", "text1", "texta",
        "premise", "messages", "english"}},
      {Role::other,
       {"sentence2", "sentenceb", "text2", "textb", "hypothesis", "response", "nonenglish"}},
      {Role::positives,
       {"positive", "positives", "pos", "answer", "answertext", "passage", "document",
        "positivepassages", "positivectxs", "positivemessages", "positivedocumentids",
        "positivedocument", "positivepassage"}},
      {Role::negatives,
       {"negative", "negatives", "neg", "hardnegative", "hardnegatives", "rejectedresponse",
        "negativepassages", "negativectxs", "hardnegativectxs", "negativemessages",
        "negativedocumentids", "negativedocument", "negativepassage"}},
      {Role::positive_scores, {"posscores", "positivescores", "posscore", "positivescore"}},
      {Role::negative_scores, {"negscores", "negativescores", "negscore", "negativescore"}},
      {Role::score,
       {"score", "scores", "similarity", "similarityscore", "relevance", "relatednessscore"}},
      {Role::label, {"label", "labels", "goldlabel", "isduplicate", "entailment"}},
      {Role::text, {"text", "sentence", "content", "texts"}},
      {Role::all_texts, {"set", "pair", "pairs"}},
      {Role::anchor_id, {"id", "queryid", "qid", "anchorid", "rowid"}},
      {Role::positive_ids, {"posid", "posids", "positiveid", "positiveids", "docid", "passageid"}},
      {Role::negative_ids, {"negid", "negids", "negativeid", "negativeids"}},
      {Role::group, {"group", "groupid"}},
      {Role::category, {"category", "categoryid", "leafcategory"}},
      {Role::language, {"language", "lang"}},
      {Role::anchor_language, {"anchorlanguage", "querylanguage", "sourcelanguage"}},
      {Role::passage_language, {"passagelanguage", "positivelanguage", "targetlanguage"}},
      {Role::anchor_prompt, {"prompt", "instruction"}},
  };
  return names;
}

constexpr std::array<std::string_view, 34> kLanguages = {
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr",
    "he", "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "nl", "no",
    "pl", "pt", "ro", "ru", "sk", "sv", "th", "tr", "uk", "zh"};

// "zh", "zh_CN", "pt-BR"; "id" is taken for an id before this is asked.
std::string language_code(std::string_view name) {
  std::string code = plain(name);
  const bool with_region = name.size() >= 4 && (name[2] == '-' || name[2] == '_');
  if (code.size() != 2 && !(with_region && code.size() <= 6)) return {};
  if (std::find(kLanguages.begin(), kLanguages.end(), std::string_view(code).substr(0, 2)) ==
      kLanguages.end())
    return {};
  return code.substr(0, 2);
}

// "positive_3": without the number behind it.
std::string_view without_number(std::string_view name) {
  const std::size_t end = name.find_last_not_of("0123456789");
  return end == std::string_view::npos ? name : name.substr(0, end + 1);
}

PairColumn known(std::string_view column) {
  static const std::unordered_map<std::string_view, Role> roles = [] {
    std::unordered_map<std::string_view, Role> map;
    for (const Named& named : known_names()) {
      for (const std::string_view name : named.names) map[name] = named.role;
    }
    return map;
  }();
  const std::string name = plain(column);
  auto found = roles.find(name);
  if (found == roles.end()) {
    found = roles.find(without_number(name));
    if (found != roles.end() && found->second != Role::positives &&
        found->second != Role::negatives)
      found = roles.end();
  }
  if (found != roles.end()) {
    return {.role = found->second,
            .inference = name == "premise",
            .only_ids = name.ends_with("documentids")};
  }
  if (std::string language = language_code(column); !language.empty())
    return {.role = Role::translation, .language = std::move(language)};
  return {};
}

PairColumn given_role(std::string_view role) {
  constexpr std::pair<std::string_view, Role> kRoles[] = {{"anchor", Role::anchor},
                                                          {"positive", Role::positives},
                                                          {"negative", Role::negatives},
                                                          {"other", Role::other},
                                                          {"score", Role::score},
                                                          {"label", Role::label},
                                                          {"text", Role::text},
                                                          {"id", Role::anchor_id},
                                                          {"positive_id", Role::positive_ids},
                                                          {"negative_id", Role::negative_ids},
                                                          {"group", Role::group},
                                                          {"category", Role::category},
                                                          {"language", Role::language}};
  for (const auto& [name, value] : kRoles) {
    if (role == name) return {.role = value};
  }
  if (const std::string language = language_code(role); !language.empty())
    return {.role = Role::translation, .language = language};
  fail(ErrorKind::bad_input,
       "no role {} of a column; the roles are anchor, positive, negative, other, score, label, "
       "text, id, positive_id, negative_id, group, category, language, and codes of languages (en, "
       "zh)",
       role);
}

bool repeats(Role role) {
  return role == Role::positives || role == Role::negatives || role == Role::translation ||
         role == Role::unused;
}

}  // namespace

PairColumns::PairColumns(const std::vector<std::pair<std::string, std::string>>& given) {
  for (const auto& [role, column] : given) {
    PairColumn described = given_role(role);
    if (!repeats(described.role) && taken(described)) {
      fail(ErrorKind::bad_input, "two columns are given as {}", role);
    }
    if (!given_.emplace(column, std::move(described)).second) {
      fail(ErrorKind::bad_input, "the column {} is given two roles", column);
    }
  }
}

bool PairColumns::taken(const PairColumn& column) const {
  return std::any_of(given_.begin(), given_.end(), [&](const auto& entry) {
    return entry.second.role == column.role &&
           (column.role != Role::translation || entry.second.language == column.language);
  });
}

PairColumn PairColumns::of(std::string_view column) const {
  const auto found = given_.find(column);
  if (found != given_.end()) return found->second;
  PairColumn by_name = known(column);
  const bool anchor_given = taken({.role = Role::anchor}) || taken({.role = Role::text});
  if (anchor_given && (by_name.role == Role::anchor || by_name.role == Role::text ||
                       by_name.role == Role::all_texts || by_name.role == Role::translation))
    return {};
  if (by_name.role == Role::other && taken({.role = Role::positives})) return {};
  if (by_name.role != Role::unused && taken(by_name)) return {};
  return by_name;
}

std::vector<std::string> PairColumns::missing(const std::vector<std::string>& columns) const {
  std::vector<std::string> names;
  for (const auto& [name, column] : given_) {
    if (std::find(columns.begin(), columns.end(), name) == columns.end()) names.push_back(name);
  }
  return names;
}

}  // namespace kindred::prepare
