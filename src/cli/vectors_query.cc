// kindred vectors similar, analogy and odd-one-out: questions to word vectors.
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_flags.h"
#include "cli/vectors_flags.h"
#include "kindred/static_vectors.h"

namespace kindred::cli {
namespace {

using nlohmann::ordered_json;

struct State {
  VectorFlags vectors;
  std::vector<std::string> words;
  WordQuery query;
  bool multiply = false;
  bool json = false;
};

WordQuery asked(const State& s) {
  WordQuery query = s.query;
  query.combination = s.multiply ? Combination::multiply : Combination::add;
  return query;
}

ordered_json to_json(const std::vector<WordScore>& scores) {
  ordered_json results = ordered_json::array();
  for (const WordScore& s : scores) results.push_back({{"word", s.word}, {"score", s.score}});
  return results;
}

void print_scores(const std::vector<WordScore>& scores) {
  for (const WordScore& s : scores) print("  {:.4f}  {}\n", s.score, s.word);
}

void answer(const State& s, const WordVectors& vectors, const WordQuery& query) {
  const std::vector<WordScore> found = vectors.nearest(query);
  if (s.json) {
    const ordered_json object = {
        {"with", query.positive}, {"without", query.negative}, {"results", to_json(found)}};
    print_json(object);
    return;
  }
  std::string title = fmt::format("{}", fmt::join(query.positive, " "));
  for (const std::string& word : query.negative) title += " -" + word;
  print("{}\n", title);
  print_scores(found);
}

// A line of words, one with a dash before it taken away, unless it is a word with its dash.
WordQuery parse_line(const State& s, const WordVectors& vectors, const std::string& line) {
  WordQuery query = asked(s);
  std::size_t at = 0;
  while ((at = line.find_first_not_of(" \t\r", at)) != std::string::npos) {
    const std::size_t end = std::min(line.find_first_of(" \t\r", at), line.size());
    std::string word = line.substr(at, end - at);
    at = end;
    if (word.size() > 1 && word.front() == '-' && !vectors.find(word))
      query.negative.push_back(word.substr(1));
    else
      query.positive.push_back(std::move(word));
  }
  return query;
}

void answer_lines(const State& s, const WordVectors& vectors) {
  if (stderr_is_terminal() && !s.json)
    note(
        fmt::format("{} words of {} dimensions ({}); a line of words is a question, -word is "
                    "taken away",
                    vectors.size(), vectors.dimensions(), vectors.format()));
  for (std::string line; std::getline(std::cin, line);) {
    const WordQuery query = parse_line(s, vectors, line);
    if (query.positive.empty() && query.negative.empty()) continue;
    try {
      answer(s, vectors, query);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::bad_input) throw;
      note(std::string("kindred: ") + error.what());
    }
    flush_out();
  }
}

void run_similar(const State& s) {
  const WordVectors vectors = s.vectors.open();
  if (s.words.empty() && s.query.positive.empty()) return answer_lines(s, vectors);
  WordQuery query = asked(s);
  query.positive.insert(query.positive.begin(), s.words.begin(), s.words.end());
  answer(s, vectors, query);
}

void run_analogy(const State& s) {
  if (s.words.size() != 3)
    fail(ErrorKind::bad_input,
         "an analogy is three words, 'A B C' for 'A is to B as C is to what', not {}",
         s.words.size());
  const WordVectors vectors = s.vectors.open();
  WordQuery query = asked(s);
  query.positive = {s.words[1], s.words[2]};
  query.negative = {s.words[0]};
  const std::vector<WordScore> found = vectors.nearest(query);
  if (s.json) {
    const ordered_json object = {
        {"a", s.words[0]}, {"b", s.words[1]}, {"c", s.words[2]}, {"results", to_json(found)}};
    print_json(object);
    return;
  }
  print("{} is to {} as {} is to\n", s.words[0], s.words[1], s.words[2]);
  print_scores(found);
}

void run_odd_one_out(const State& s) {
  if (s.words.size() < 3)
    fail(ErrorKind::bad_input, "of {} words none is odd: give three or more", s.words.size());
  const WordVectors vectors = s.vectors.open();
  const std::vector<WordScore> scores = vectors.odd_one_out(s.words);
  if (s.json) {
    const ordered_json object = {{"odd", scores.front().word}, {"scores", to_json(scores)}};
    print_json(object);
    return;
  }
  print("{}\n", scores.front().word);
  print_scores(scores);
}

void add_search_flags(const std::shared_ptr<State>& s, Command& c) {
  auto& flags = c.group("Search").flags;
  flags.push_back(flag("-k,--top", "K", "how many words", &s->query.k));
  flags.push_back(
      flag("--restrict", "N", "search only the first N words of the file", &s->query.restrict)
          .shown_default("all"));
  flags.push_back(toggle("--multiply", "3CosMul instead of 3CosAdd", &s->multiply));
}

constexpr const char* kUnknown =
    "A word that the file does not have gets its vector from its n-grams where the file has those "
    "(fastText's .bin), and is refused otherwise.";

}  // namespace

Command vectors_similar_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "vectors similar";
  c.summary = "the nearest words to a word, or to words put together";
  c.description = std::string(
                      "Prints the words of the highest cosine with the mean of the words' unit "
                      "vectors, those of --without subtracted. Without a WORD, each line of "
                      "standard input is such a question, in which -word is taken away.\n\n") +
                  kUnknown;
  s->vectors.add_argument(c);
  c.arguments.push_back(argument("WORD", "words, put together to one question", &s->words));
  auto& flags = c.group("Search").flags;
  flags.push_back(flag("--with", "WORD", "one more word; may be repeated", &s->query.positive));
  flags.push_back(
      flag("--without", "WORD", "a word to take away; may be repeated", &s->query.negative));
  add_search_flags(s, c);
  s->vectors.add_flags(c);
  c.group("Output").flags.push_back(toggle("--json", "a JSON object a question", &s->json));
  c.examples = {
      {"neighbours of a word", "kindred vectors similar vectors.bin shoe -k 5"},
      {"king - man + woman", "kindred vectors similar glove.txt king woman --without man"},
      {"ask on and on", "kindred vectors similar vectors.bin"}};
  c.run = [s] { run_similar(*s); };
  return c;
}

Command vectors_analogy_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "vectors analogy";
  c.summary = "A is to B as C is to what";
  c.description = std::string(
                      "Prints the nearest words to B - A + C of unit vectors (3CosAdd), or, with "
                      "--multiply, those that 3CosMul of Levy and Goldberg ranks first.\n\n") +
                  kUnknown;
  s->vectors.add_argument(c);
  c.arguments.push_back(argument("WORD", "A, B and C", &s->words).must_be_given());
  add_search_flags(s, c);
  s->vectors.add_flags(c);
  c.group("Output").flags.push_back(toggle("--json", "print a JSON object", &s->json));
  c.examples = {
      {"man is to king as woman is to", "kindred vectors analogy glove.txt man king woman -k 3"}};
  c.run = [s] { run_analogy(*s); };
  return c;
}

Command vectors_odd_one_out_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "vectors odd-one-out";
  c.summary = "the word that does not belong to the others";
  c.description = std::string(
                      "Prints the word of the lowest cosine with the mean of all the words' unit "
                      "vectors, and every word's.\n\n") +
                  kUnknown;
  s->vectors.add_argument(c);
  c.arguments.push_back(argument("WORD", "three words or more", &s->words).must_be_given());
  s->vectors.add_flags(c);
  c.group("Output").flags.push_back(toggle("--json", "print a JSON object", &s->json));
  c.examples = {{"what does not belong",
                 "kindred vectors odd-one-out glove.txt breakfast cereal dinner lunch"}};
  c.run = [s] { run_odd_one_out(*s); };
  return c;
}

}  // namespace kindred::cli
