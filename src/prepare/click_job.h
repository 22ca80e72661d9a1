// From click logs to judgements and pairs, in bounded memory. Tested by click_job_test.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/prompt.h"
#include "prepare/bots.h"
#include "prepare/click_log_reader.h"
#include "prepare/click_models.h"
#include "prepare/implicit_judgements.h"
#include "prepare/sessions.h"

namespace kindred::prepare {

inline constexpr std::size_t kParts = 3;
inline constexpr std::array<std::string_view, kParts> kPartNames = {"train", "dev", "test"};

struct ClickJobOptions {
  std::vector<std::string> logs;
  std::string output;  ///< a directory that is not there yet
  ClickLogOptions log;
  SessionOptions session;
  std::optional<int> first_position;  ///< 0 or 1; unset: 0 where the log has a position 0
  BotOptions bots;
  JudgementOptions judgement;
  /// Shares of the searches, by time, of train, dev and test.
  std::array<double, kParts> parts = {0.8, 0.1, 0.1};
  /// Queries are drawn by lot, in the shares of `parts`, and a query's searches in another part's
  /// time are left out. Else a query belongs to the first part in which it is searched for: dev and
  /// test have the queries that are new.
  bool by_lot = false;
  bool seen_queries = false;  ///< searches of other parts' queries stay, and are marked
  std::string catalogue;  ///< texts of the products: a catalogue's database, or a file of products
  catalog::Prompt prompt;
  std::size_t pairs_a_query = 20;
  std::size_t negatives = 4;  ///< a pair; 0: none
  std::uint64_t seed = 1;     ///< of who is held out when models are compared
  std::size_t memory = std::size_t{512} << 20;

  /// Asked now and then: true leaves what was done for a later run.
  std::function<bool()> stop;
  /// A stage ("read", "sort", …) with what is done of it, and of how much where that is known.
  std::function<void(const char* stage, std::uint64_t done, std::optional<std::uint64_t> total)>
      progress;
};

/// How often something was shown and clicked.
struct ClickRate {
  std::uint64_t shown = 0;
  std::uint64_t clicks = 0;
};

struct RejectCounts {
  std::uint64_t lines = 0;
  std::vector<LogReject> sample;  ///< the first; without texts where users are hashed with a salt
};

struct ClickReport {
  std::uint64_t lines = 0;
  std::uint64_t rejected = 0;
  std::map<std::string, RejectCounts> rejects;  ///< by reason
  std::map<std::string, std::uint64_t> types;   ///< lines by type
  std::uint64_t anonymous = 0;                  ///< lines without user and session
  int first_position = 1;
  std::uint64_t users = 0;
  std::array<std::uint64_t, kBotReasons> bot_users{};
  std::array<std::uint64_t, kBotReasons> bot_lines{};
  SessionCounts sessions;
  Microseconds first_time = 0;
  Microseconds last_time = 0;
  std::array<Microseconds, kParts> part_from{};
  std::uint64_t sampled_searches = 0;  ///< that models were fitted to
  ClickModelChoice models;
  std::vector<ClickRate> by_position;  ///< from 1
  struct Language {
    std::uint64_t searches = 0;
    std::uint64_t queries = 0;
    std::uint64_t clicks = 0;
  };
  std::map<std::string, Language> languages;
  std::map<std::size_t, std::uint64_t> query_words;  ///< searches by number of words; 10: more
  /// The most frequent queries with a third of the searches, those of the second third, the rest.
  std::array<std::uint64_t, 3> frequency_queries{};
  std::array<std::uint64_t, 3> frequency_searches{};
  std::uint64_t queries = 0;
  std::uint64_t views_over_cap = 0;    ///< more of one query than are looked at
  std::uint64_t views_of_user = 0;     ///< more of one person's than count
  std::uint64_t seen_searches = 0;     ///< of queries of another part
  std::uint64_t unknown_products = 0;  ///< judgements of products that the catalogue lacks
  std::array<std::uint64_t, kParts> part_searches{};
  std::array<std::uint64_t, kParts> part_queries{};  ///< with judgements
  std::array<std::uint64_t, kParts> judgements{};
  std::array<std::array<std::uint64_t, 4>, kParts> grades{};
  std::array<std::uint64_t, kParts> pairs{};
  double seconds = 0.0;
  std::uint64_t temporary_bytes = 0;  ///< the most on disk beside the output, at the ends of stages
};

/// Writes into the directory `output`, which appears whole:
///
/// - qrels.PART.tsv: query, id, grade, language. PART is train, dev or test.
/// - judgements.tsv: the same with what it comes of.
/// - pairs.PART.jsonl, where there is a catalogue: anchor, positive, negatives, score (grade / 3),
///   weight, language, group (the same for one query), and ids.
/// - rejects.jsonl: a sample of the lines not used, with their reasons.
/// - report.json.
///
/// Until then it works in OUTPUT.prepare: logs become sorted runs of compact records, users'
/// records become searches, and these, sorted by query, judgements. A run that was stopped or
/// killed goes on there when the same job is run again (same files, sizes and times of change, and
/// options but the memory); standard input starts over. The result is the same for any memory and
/// any number of interruptions.
///
/// A session belongs as a whole to the part that its beginning is in, and a query to one part; its
/// searches in another are left out, or marked (`seen_queries`).
/// Click models are fitted to train alone.
///
/// Memory: `memory` for sorting; beside it the report, one user's lines (at most
/// BotOptions::events) and one query's searches (100,000) at a time.
///
/// Nothing: stopped. Errors: bad_input where the output exists or a log has nothing to learn from;
/// exhausted when the disk is full; those of the readers.
std::optional<ClickReport> prepare_clicks(const ClickJobOptions& options);

/// The report as JSON text, without what differs from run to run: how long it took.
std::string to_json(const ClickReport& report);

}  // namespace kindred::prepare
