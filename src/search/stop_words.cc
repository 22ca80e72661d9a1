#include "search/stop_words.h"

#include <string>
#include <unordered_map>
#include <unordered_set>

namespace kindred::search {
namespace {

struct List {
  std::string_view language;
  std::string_view words;  // folded, between spaces
};

// Articles, prepositions, conjunctions, pronouns and forms of "to be" and "to have". Words that may
// tell products apart ("over", "sobre", "under") are not among them.
constexpr List kLists[] = {
    {"en",
     "a an the and or but if of at by for with about to from in on is are was were be been it its "
     "this that these those as not no than then so such which who whom what you your we our they "
     "their he she his her i my me us them do does did has have had will can"},
    {"es",
     "el la los las un una unos unas y e o u de del al a en con por para que se su sus es son fue "
     "como mas pero lo le les me te mi tu nos este esta estos estas ese esa eso ha han hay muy ya "
     "si no"},
    {"fr",
     "le la les un une des du de d l et ou a au aux en dans par pour avec que qui se sa son ses ce "
     "cet cette ces est sont il elle ils elles on nous vous je tu ne pas plus mais comme y leur "
     "leurs votre vos notre nos qu n s c j m t"},
    {"de",
     "der die das den dem des ein eine einen einem einer eines und oder aber von vom zu zum zur "
     "mit "
     "im in am an auf aus bei fur ist sind war als wie dass es er sie wir ihr ihre sein seine "
     "nicht "
     "auch nur noch um durch"},
    {"pt",
     "o a os as um uma uns umas e ou de do da dos das em no na nos nas por para com que se seu sua "
     "seus suas ao aos mais mas como nao e este esta isto lhe"},
    {"it",
     "il lo la i gli le un uno una e o di del dello della dei degli delle a al allo alla ai agli "
     "alle da dal in nel nella con su sul sulla per che si e sono come piu ma non questo questa"},
    {"nl",
     "de het een en of van voor met op in aan te bij uit dat die dit deze is zijn als niet ook "
     "naar "
     "om er je uw"},
    {"ru", "и в во на с со к ко по из за от до для о об а но что как не это его ее их или у же бы"},
    {"zh", "的 了 和 与 及 或 是 在 也 就 都 而 被 把 等 这 那 个 之 为 于 并 着 地 得"},
    {"ja",
     "の に は を た が で て と し れ さ です ます から まで など も や へ より こと この その"},
};

class StopWords {
 public:
  static const StopWords& get() {
    static const StopWords words;
    return words;
  }

  bool has(std::string_view term, std::string_view language) const {
    const auto list = by_language_.find(language.substr(0, language.find('-')));
    return list != by_language_.end() && list->second.contains(term);
  }
  bool any_has(std::string_view term) const { return all_.contains(term); }

 private:
  StopWords() {
    for (const List& list : kLists) {
      std::unordered_set<std::string_view>& words = by_language_[list.language];
      for (std::size_t begin = 0; begin < list.words.size();) {
        const std::size_t end = std::min(list.words.find(' ', begin), list.words.size());
        words.insert(list.words.substr(begin, end - begin));
        begin = end + 1;
      }
      all_.insert(words.begin(), words.end());
    }
  }

  std::unordered_map<std::string_view, std::unordered_set<std::string_view>> by_language_;
  std::unordered_set<std::string_view> all_;
};

}  // namespace

bool is_stop_word(std::string_view term, std::string_view language) {
  return StopWords::get().has(term, language);
}

bool is_stop_word_of_any(std::string_view term) {
  return StopWords::get().any_has(term);
}

}  // namespace kindred::search
