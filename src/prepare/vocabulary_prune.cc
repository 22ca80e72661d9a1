#include "prepare/vocabulary_prune.h"

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "base/error.h"
#include "encode/tokenised.h"
#include "io/file.h"
#include "io/partial_directory.h"
#include "kindred/tokenizer.h"
#include "model/directory.h"
#include "prepare/model_copy.h"
#include "prepare/pruned_files.h"
#include "prepare/token_counts.h"

namespace kindred::prepare {
namespace {

/// A model's texts as they enter its tokenizer: one way a prompt.
class TextWays {
 public:
  explicit TextWays(const model::ModelDirectory& model) {
    if (model.chat) {
      chat_.emplace(*model.chat);
      rules_.chat = &*chat_;
    }
    prompts_.insert("");
    for (const auto& [name, prompt] : model.info.prompts) prompts_.insert(prompt);
  }
  TextWays(const TextWays&) = delete;
  TextWays& operator=(const TextWays&) = delete;

  std::vector<PrepareText> all() const {
    std::vector<PrepareText> ways;
    for (const std::string& prompt : prompts_)
      ways.emplace_back([this, &prompt](std::string_view text) {
        return encode::prepared(rules_, prompt, text);
      });
    return ways;
  }

 private:
  std::optional<text::ChatTemplate> chat_;
  encode::InputRules rules_;
  std::set<std::string> prompts_;
};

class VocabularyPruner {
 public:
  VocabularyPruner(const std::string& path, const VocabularyPruneOptions& options,
                   PruneProgress progress)
      : options_(options),
        progress_(std::move(progress)),
        pool_(options.threads),
        model_(model::ModelDirectory::open(path)),
        old_(Tokenizer::open(model_.require_tokenizer())),
        ways_(model_) {
    if (options.texts.empty())
      fail(ErrorKind::bad_input, "no texts to keep pieces from; name a file or more");
    for (const encode::TextSource& source : options.texts)
      if (source.is_read_once())
        fail(ErrorKind::bad_input, "{}: is a pipe, and texts are read twice; name a file",
             source.path);
  }

  VocabularyPruneResult run(const std::string& output) {
    io::PartialDirectory partial(output);
    PrunedFiles files(model_, partial.path());
    find_used();
    for (const std::uint32_t id : files.ids_in_settings())
      if (id < used_.size()) used_[id] = 1;
    files.write_tokenizer([&](std::uint32_t id) { return id < used_.size() && used_[id] != 0; },
                          options_.characters);
    const auto pruned = Tokenizer::open(files.tokenizer_path());
    map_ids(pruned);
    compare(pruned);
    files.write_settings(old_of_new_.size(), new_of_old_);
    const auto written = files.write_weights(old_of_new_);
    result_.tokens_before = old_.vocab_size();
    result_.tokens_after = pruned.vocab_size();
    result_.parameters_before = written.parameters_before;
    result_.parameters_after = written.parameters_after;
    result_.bytes_before = written.bytes_before;
    result_.bytes_after = written.bytes_after;
    (void)model::ModelDirectory::open(partial.path());
    partial.commit();
    return result_;
  }

 private:
  using Visit = std::function<void(const std::vector<std::string_view>& texts,
                                   const std::vector<PackedIds>& ids)>;

  void for_all_texts(const Tokenizer& tokenizer, const char* what, const Visit& visit) {
    std::uint64_t done = 0;
    for (const encode::TextSource& source : options_.texts)
      for (const PrepareText& way : ways_.all())
        tokenise_all(tokenizer, source, way, pool_, [&](const auto& texts, const auto& ids) {
          visit(texts, ids);
          done += texts.size();
          if (progress_) progress_(what, done);
        });
  }

  void find_used() {
    used_.assign(id_bound(old_), 0);
    for_all_texts(old_, "count", [&](const auto&, const auto& parts) {
      for (const PackedIds& part : parts)
        for (const std::uint32_t id : part.ids) used_[id] = 1;
    });
    result_.used = static_cast<std::size_t>(std::count(used_.begin(), used_.end(), 1));
    for (const std::uint32_t id : model_.append_ids)
      if (id < used_.size()) used_[id] = 1;
  }

  void map_ids(const Tokenizer& pruned) {
    new_of_old_.assign(std::max(id_bound(old_), model_.info.vocab_size), std::nullopt);
    old_of_new_.assign(id_bound(pruned), std::nullopt);
    for (std::uint32_t id = 0; id < old_of_new_.size(); ++id) {
      const std::string token = pruned.id_to_token(id);
      const auto old = old_.token_to_id(token);
      if (token.empty() || !old) continue;
      old_of_new_[id] = *old;
      new_of_old_[*old] = id;
    }
  }

  /// Every text by both tokenizers.
  void compare(const Tokenizer& pruned) {
    TokenizeOptions options;
    options.add_special_tokens = false;
    options.max_length = TokenizeOptions::kNoTruncation;
    for_all_texts(pruned, "compare", [&](const auto& texts, const auto& parts) {
      std::vector<std::optional<std::size_t>> wrong(parts.size());
      pool_.run(parts.size(), [&](std::size_t part, int) {
        const std::size_t begin = part * kTextsAPart;
        const auto own = std::span(texts).subspan(begin, parts[part].offsets.size() - 1);
        PackedIds before;
        old_.encode_packed(own, options, before);
        for (std::size_t i = 0; i < own.size() && !wrong[part]; ++i)
          if (!is_same(before, parts[part], i)) wrong[part] = begin + i;
      });
      for (const auto& place : wrong)
        if (place)
          fail(ErrorKind::internal,
               "the text '{}' has other tokens by the smaller vocabulary; nothing was written",
               texts[*place].substr(0, 200));
      result_.texts += texts.size();
    });
  }

  bool is_same(const PackedIds& before, const PackedIds& after, std::size_t i) const {
    const auto of = [i](const PackedIds& ids) {
      return std::span(ids.ids).subspan(ids.offsets[i], ids.offsets[i + 1] - ids.offsets[i]);
    };
    const auto same = [&](std::uint32_t a, std::uint32_t b) {
      return b < old_of_new_.size() && old_of_new_[b] == a;
    };
    return std::ranges::equal(of(before), of(after), same);
  }

  const VocabularyPruneOptions& options_;
  PruneProgress progress_;
  ThreadPool pool_;
  model::ModelDirectory model_;
  Tokenizer old_;
  TextWays ways_;
  std::vector<char> used_;  ///< one an old id
  IdMap old_of_new_;
  IdMap new_of_old_;
  VocabularyPruneResult result_;
};

}  // namespace

VocabularyPruneResult prune_vocabulary(const std::string& model, const std::string& output,
                                       const VocabularyPruneOptions& options,
                                       const PruneProgress& progress) {
  return VocabularyPruner(model, options, progress).run(output);
}

}  // namespace kindred::prepare
