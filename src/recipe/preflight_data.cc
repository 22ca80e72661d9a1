#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "prepare/hash_set.h"
#include "prepare/text_key.h"
#include "recipe/preflight.h"

namespace kindred::recipe {
namespace {

constexpr std::size_t kCounted = 10'000;  // texts of a kind whose tokens are counted
constexpr double kManyDuplicates = 0.01;  // of pairs
constexpr double kManyRejects = 0.01;     // of rows
constexpr double kManyCut = 0.05;         // of texts
constexpr double kPredictable = 0.9;      // of positives, whose language the anchor's tells
constexpr double kOtherLanguages = 0.3;   // of negatives in a batch

std::string percent(double share) {
  return share > 0.0 && share < 0.001 ? "less than 0.1 %" : fmt::format("{:.1f} %", 100.0 * share);
}

class DataCheck {
 public:
  DataCheck(const Recipe& recipe, const TrainingSet& set, const ModelFacts& model)
      : recipe_(recipe), set_(set), model_(model) {}

  std::vector<Finding> run() {
    check_rows();
    check_duplicates();
    for (std::uint32_t i = 0; i < recipe_.data.size(); ++i) check_set(i);
    check_languages();
    check_given_languages();
    check_prompts();
    check_lengths();
    return std::move(findings_);
  }

 private:
  void find(Severity severity, std::string what, std::string advice) {
    findings_.push_back({severity, std::move(what), std::move(advice)});
  }

  void check_rows() {
    const ReadingReport& report = set_.report();
    for (const auto& [reason, count] : report.rejects) {
      const double share = static_cast<double>(count) / static_cast<double>(report.rows);
      find(share > kManyRejects ? Severity::warning : Severity::note,
           fmt::format("{} rows ({}) were left out: {}", count, percent(share), reason),
           "the first of all: " + report.first_reject);
    }
    for (const auto& [what, count] : report.changes)
      find(Severity::note, fmt::format("{} {}", count, what), "");
  }

  // Of pairs of anchor and positive by their keys, and of anchors.
  void check_duplicates() {
    prepare::HashSet pairs;
    std::uint64_t all = 0, repeated = 0;
    for (std::size_t i = 0; i < set_.size(); ++i) {
      const TrainingSet::Example& example = set_[i];
      const std::uint64_t anchor = prepare::mix64(set_.text_key(set_.anchor(example).text));
      for (const Mention& positive : set_.positives(example)) {
        ++all;
        const std::uint64_t pair = prepare::mix64(anchor + set_.text_key(positive.text));
        repeated += pairs.insert(pair) ? 0 : 1;
      }
    }
    if (repeated == 0) return;
    const double share = static_cast<double>(repeated) / static_cast<double>(all);
    find(share > kManyDuplicates ? Severity::warning : Severity::note,
         fmt::format("{} pairs of {} ({}) are there before, but for case, blanks and punctuation",
                     repeated, all, percent(share)),
         "kindred prepare pairs leaves them out");
  }

  struct Tally {
    std::uint64_t examples = 0, positives = 0, graded = 0, labels = 0, scored = 0, spans = 0;
    std::set<std::uint32_t> classes;
    double least = std::numeric_limits<double>::infinity();
    double most = -std::numeric_limits<double>::infinity();
  };

  Tally tally(std::uint32_t of) const {
    Tally tally;
    for (std::size_t i = 0; i < set_.size(); ++i) {
      const TrainingSet::Example& example = set_[i];
      if (example.set != of) continue;
      ++tally.examples;
      tally.positives += example.positives > 0 ? 1 : 0;
      tally.spans += example.spans;
      tally.graded += example.graded > 0 ? 1 : 0;
      if (example.label != TrainingSet::kNoLabel) {
        ++tally.labels;
        if (tally.classes.size() < 2) tally.classes.insert(example.label);
      }
      const auto scores = [&](const Mention& passage) {
        if (!passage.scored()) return;
        ++tally.scored;
        tally.least = std::min(tally.least, static_cast<double>(passage.score));
        tally.most = std::max(tally.most, static_cast<double>(passage.score));
      };
      for (const Mention& passage : set_.positives(example)) scores(passage);
      for (const Mention& passage : set_.negatives(example)) scores(passage);
      for (const Mention& passage : set_.graded(example)) scores(passage);
    }
    return tally;
  }

  void check_set(std::uint32_t of) {
    const DataRecipe& data = recipe_.data[of];
    const Tally counts = tally(of);
    const std::string where = fmt::format("data set '{}'", data.name);
    if (counts.examples == 0) {
      find(Severity::error, where + " has no example", "look at its paths and columns");
      return;
    }
    for (const LossTerm& term : recipe_.losses_of(data)) check_loss(term.loss, counts, where, data);
    if (recipe_.batch.one_task && counts.examples < recipe_.batch.size) {
      find(Severity::warning,
           fmt::format("{} has {} examples, fewer than a batch of {}", where, counts.examples,
                       recipe_.batch.size),
           "each of its batches is the whole set; set batch.size lower, or batch.one_task = false");
    }
  }

  void check_loss(LossKind loss, const Tally& counts, const std::string& where,
                  const DataRecipe& data) {
    const auto needs = [&](bool has, const char* what, const char* advice) {
      if (!has)
        find(Severity::error,
             fmt::format("{} has no {}, which {} needs", where, what, to_string(loss)), advice);
    };
    switch (loss) {
      case LossKind::infonce:
      case LossKind::triplet:
        needs(counts.positives > 0 || counts.labels > 0, "positives or labels",
              "look at its columns, or choose another loss");
        if (counts.positives == 0 && counts.labels > 0 && counts.classes.size() < 2)
          find(Severity::error, where + " has labels of one class: nothing is told apart",
               "give texts of two classes and more");
        if (counts.positives > 0 && counts.positives < counts.examples) {
          find(Severity::note,
               fmt::format("{}: {} of {} examples have no positive and teach {} nothing", where,
                           counts.examples - counts.positives, counts.examples, to_string(loss)),
               "");
        }
        break;
      case LossKind::cosent:
      case LossKind::cosine:
      case LossKind::graded_order:
        needs(counts.scored > 0, "scores", "look at its columns, or choose another loss");
        check_scores(counts, where);
        break;
      case LossKind::distill_scores:
        needs(counts.scored > 0 || !data.teacher.empty(), "scores, nor a teacher",
              "set data.teacher, or give scores of passages");
        if (data.teacher.empty()) check_scores(counts, where);
        break;
      case LossKind::tags:
        needs(counts.spans > 0, "spans", "write them as \"spans\" (docs/training-data.md)");
        break;
      default:
        break;
    }
  }

  void check_scores(const Tally& counts, const std::string& where) {
    if (counts.scored == 0 || counts.most > counts.least) return;
    find(Severity::error,
         fmt::format("{}: all scores are {}: nothing is told apart", where, counts.least),
         "look at the column of scores, and lowest_score and highest_score");
  }

  // In a batch of several languages, where the anchor's tells the positive's, the language alone
  // tells most negatives apart.
  void check_languages() {
    std::map<std::pair<std::uint32_t, std::uint32_t>, double> pairs;
    std::map<std::uint32_t, double> passages;
    double all = 0.0;
    for (std::size_t i = 0; i < set_.size(); ++i) {
      const TrainingSet::Example& example = set_[i];
      for (const Mention& positive : set_.positives(example)) {
        if (positive.language == 0) continue;
        ++pairs[{set_.anchor(example).language, positive.language}];
        ++passages[positive.language];
        ++all;
      }
    }
    if (passages.size() < 2) return;
    std::map<std::uint32_t, double> best;
    for (const auto& [languages, count] : pairs)
      best[languages.first] = std::max(best[languages.first], count);
    double predicted = 0.0, same = 0.0;
    for (const auto& [language, count] : best) predicted += count / all;
    for (const auto& [language, count] : passages) same += count / all * count / all;
    if (predicted < kPredictable || 1.0 - same < kOtherLanguages) return;
    find(Severity::warning,
         fmt::format("an anchor's language tells that of its positive ({} of pairs), and {} of the "
                     "passages in a batch are in another: language is a shortcut",
                     percent(predicted), percent(1.0 - same)),
         "give each pair of languages a data set of its own (batch.one_task keeps them apart), or "
         "train on pairs across languages too");
  }

  // Negatives of the data, by language beside the positives.
  void check_given_languages() {
    std::map<std::uint32_t, double> positives, negatives;
    double all_positives = 0.0, all_negatives = 0.0;
    for (std::size_t i = 0; i < set_.size(); ++i) {
      const TrainingSet::Example& example = set_[i];
      if (example.positives == 0 || example.negatives == 0) continue;
      for (const Mention& passage : set_.positives(example)) {
        if (passage.language == 0) continue;
        ++positives[passage.language];
        ++all_positives;
      }
      for (const Mention& passage : set_.negatives(example)) {
        if (passage.language == 0) continue;
        ++negatives[passage.language];
        ++all_negatives;
      }
    }
    if (all_positives == 0.0 || all_negatives == 0.0) return;
    double common = 0.0;
    for (const auto& [language, count] : positives) {
      const auto found = negatives.find(language);
      if (found != negatives.end())
        common += std::min(count / all_positives, found->second / all_negatives);
    }
    if (common > 0.5) return;
    find(Severity::warning,
         fmt::format(
             "the languages of positives and of negatives in the data differ ({} in common): "
             "language is a shortcut",
             percent(common)),
         "give negatives in the positives' languages, or set negatives.given = 0 and let them be "
         "chosen");
  }

  void check_prompts() {
    std::map<std::uint32_t, std::set<std::uint16_t>> prompts;
    bool any = false;
    for (std::size_t i = 0; i < set_.size(); ++i) {
      prompts[set_[i].set].insert(set_[i].anchor_prompt);
      any = any || !set_.prompt(set_[i].anchor_prompt).empty() ||
            !set_.prompt(set_[i].passage_prompt).empty();
    }
    for (const auto& [of, different] : prompts) {
      const bool some_empty = std::any_of(different.begin(), different.end(),
                                          [&](auto prompt) { return set_.prompt(prompt).empty(); });
      if (different.size() > 1 && some_empty) {
        find(Severity::warning,
             fmt::format("data set '{}': some anchors have a prompt and some have none",
                         recipe_.data[of].name),
             "set data.anchor_prompt, which is for the rows without one");
      }
    }
    const bool wants = std::any_of(model_.prompts.begin(), model_.prompts.end(),
                                   [](const auto& prompt) { return !prompt.second.empty(); });
    if (wants && !any) {
      std::string names;
      for (const auto& [name, text] : model_.prompts)
        names += (names.empty() ? "" : ", ") + fmt::format("{} (\"{}\")", name, text);
      find(Severity::warning, fmt::format("the model has prompts, and no text has one: {}", names),
           "set data.anchor_prompt_name and data.passage_prompt_name");
    }
  }

  void check_lengths() {
    if (!model_.count_tokens) return;
    const std::size_t limit =
        recipe_.model.max_length > 0 ? recipe_.model.max_length : model_.max_length;
    if (limit == 0) return;
    std::uint64_t anchors = 0, cut_anchors = 0, passages = 0, cut_passages = 0;
    const auto is_cut = [&](const Mention& mention, std::uint16_t prompt) {
      return model_.count_tokens(set_.prompt(prompt), set_.texts()[mention.text]) > limit;
    };
    // Evenly over the data, which may be sorted.
    const std::size_t step = std::max<std::size_t>(1, set_.size() / kCounted);
    for (std::size_t i = 0; i < set_.size(); i += step) {
      const TrainingSet::Example& example = set_[i];
      if (recipe_.data[example.set].slices > 0) continue;
      ++anchors;
      cut_anchors += is_cut(set_.anchor(example), example.anchor_prompt) ? 1 : 0;
      if (example.positives == 0) continue;
      ++passages;
      cut_passages += is_cut(set_.positives(example)[0], example.passage_prompt) ? 1 : 0;
    }
    const auto report = [&](const char* what, std::uint64_t cut, std::uint64_t all) {
      if (cut == 0) return;
      const double share = static_cast<double>(cut) / static_cast<double>(all);
      find(share > kManyCut ? Severity::warning : Severity::note,
           fmt::format("{} of {} are longer than {} tokens and are cut", percent(share), what,
                       limit),
           "set model.max_length higher, or split the texts");
    };
    report("anchors", cut_anchors, anchors);
    report("passages", cut_passages, passages);
  }

  const Recipe& recipe_;
  const TrainingSet& set_;
  const ModelFacts& model_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_data(const Recipe& recipe, const TrainingSet& set,
                                const ModelFacts& model) {
  return DataCheck(recipe, set, model).run();
}

}  // namespace kindred::recipe
