// A retrieval task: documents, queries and judgements. Tested by dataset_test.cc.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "eval/judgements.h"

namespace kindred::eval {

/// A query or a document with what else its file says of it ("language", "category", "popularity"),
/// by which results are sliced.
struct Record {
  std::string id;
  std::string title;  ///< empty where there is none; for vectors it stands before the text
  std::string text;
  std::map<std::string, std::string> columns;
};

struct Dataset {
  std::string name;
  std::vector<Record> queries;  ///< only those with judgements
  std::vector<Record> corpus;
  Judgements judgements;
};

/// A directory as BEIR's (corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv) or as MTEB's on a hub: a
/// directory or a table named corpus, one named queries, and judgements in qrels, default or data,
/// each of them JSONL, Parquet (in several shards), CSV or TSV, gzip and Zstandard undone, a file
/// or a set of shards a split. `subset` is what stands before or behind these names with a dash
/// ("fr-corpus", "queries-fr"), where one repository has several tasks.
///
/// Documents and queries have the columns `_id` or `id`, `text`, and if wanted `title`; judgements
/// `query-id`, `corpus-id`, `score`, or C-MTEB's `qid`, `pid`, `score`; qrels in .tsv or .txt are
/// those of read_judgements. Ids may be numbers; null is empty. What else a row has, also under
/// "metadata", is a column, save lists and objects.
///
/// `split` empty: test, else dev, else validation, else the only one.
///
/// As in BEIR, of two rows with one id the last counts, and judged documents that the corpus lacks
/// stay, never to be found (ArguAna has five); judgements of queries without a text are dropped. A
/// warning says how many and which is the first. Errors: not_found, naming what is missing and what
/// is there; bad_input for rows without their columns, and where no judged query has a text or no
/// judged document is in the corpus.
Dataset read_dataset(const std::string& directory, const std::string& split = {},
                     const std::string& subset = {});

/// Writes a new directory in BEIR's layout: corpus.jsonl, queries.jsonl (columns under "metadata")
/// and qrels/`split`.tsv. Errors: bad_input where the directory exists, and those of
/// write_judgements.
void write_beir(const std::string& directory, const Dataset& dataset,
                const std::string& split = "test");

}  // namespace kindred::eval
