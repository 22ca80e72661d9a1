#include "cli/pair_flags.h"

#include <charconv>

#include "base/error.h"

namespace kindred::cli {

std::pair<std::string, std::string> parse_assignment(const std::string& flag,
                                                     const std::string& text,
                                                     const std::string& example) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    fail(ErrorKind::bad_input, "{} {}: write it as in {} {}", flag, text, flag, example);
  return {text.substr(0, equals), text.substr(equals + 1)};
}

double parse_number(const std::string& flag, const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    fail(ErrorKind::bad_input, "{} {}: '{}' is not a number", flag, text, text);
  return value;
}

void PairFlags::add_input(Command& command) {
  auto& input = command.group("Input").flags;
  input.push_back(flag("--column", "ROLE=NAME",
                       "what a column is, where its name does not say it: anchor, positive, "
                       "negative, score, label, text, id, group, language, or the code of a "
                       "language. May be repeated",
                       &columns));
  input.push_back(
      flag("--format", "FORMAT", "what the files are, where their endings do not say it", &format)
          .one_of({"csv", "tsv", "jsonl", "parquet", "lines"})
          .shown_default("by the ending"));
  input.push_back(
      flag("--scores", "LOW:HIGH", "what scores are written between; they become 0 to 1", &scores)
          .shown_default("0:1"));
  input.push_back(flag("--label", "LABEL=SCORE",
                       "what a label of a pair is worth, 0 to 1. May be repeated", &labels)
                      .shown_default("0, 1, true, false, entailment 1, neutral 0.5, "
                                     "contradiction 0"));
}

void PairFlags::add_prompts(Command& command) {
  auto& flags = command.group("Prompts").flags;
  flags.push_back(flag("--prompt", "ROLE=TEXT",
                       "the text that stands before an anchor or a passage when it is embedded; it "
                       "is kept apart from the texts. May be repeated",
                       &prompts));
  flags.push_back(flag("--prompt-name", "ROLE=NAME",
                       "the same by the name of one of the model's prompts", &prompt_names));
}

prepare::PairOptions PairFlags::options() const {
  prepare::PairOptions options;
  if (format) options.format = io::parse_table_format(*format);
  for (const std::string& text : columns)
    options.columns.push_back(parse_assignment("--column", text, "anchor=title"));
  for (const std::string& text : labels) {
    const auto [label, score] = parse_assignment("--label", text, "neutral=0.5");
    options.labels[label] = parse_number("--label", score);
  }
  if (scores) {
    const std::size_t colon = scores->find(':', 1);
    if (colon == std::string::npos)
      fail(ErrorKind::bad_input, "--scores {}: write it as in --scores 0:5", *scores);
    options.lowest_score = parse_number("--scores", scores->substr(0, colon));
    options.highest_score = parse_number("--scores", scores->substr(colon + 1));
  }
  const auto set = [&](const std::string& name, const std::string& text,
                       std::string prepare::Prompt::*part) {
    const auto [role, value] = parse_assignment(name, text, "anchor=query");
    if (role == "anchor") {
      options.anchor_prompt.*part = value;
    } else if (role == "passage") {
      options.passage_prompt.*part = value;
    } else {
      fail(ErrorKind::bad_input, "{} {}: prompts are for anchor and passage", name, text);
    }
  };
  for (const std::string& text : prompts) set("--prompt", text, &prepare::Prompt::text);
  for (const std::string& text : prompt_names) set("--prompt-name", text, &prepare::Prompt::name);
  if ((!options.anchor_prompt.text.empty() && !options.anchor_prompt.name.empty()) ||
      (!options.passage_prompt.text.empty() && !options.passage_prompt.name.empty()))
    fail(ErrorKind::bad_input, "a prompt has either a text or a name, and here both");
  options.validate();
  return options;
}

}  // namespace kindred::cli
