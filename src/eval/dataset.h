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

/// A directory as BEIR's (corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv) or as MTEB's on a hub
/// (corpus, queries and default/qrels as Parquet or JSONL, with the columns `_id` or `id`, `title`,
/// `text`, `query-id`, `corpus-id`, `score`); any may be compressed. What is a string under
/// "metadata", or beside these columns, is a column. `split` empty: test, else dev, else the only
/// one. Errors: not_found, naming what is missing and what is there; bad_input for judgements of
/// queries or documents that no file has (with how many, and the first).
Dataset read_dataset(const std::string& directory, const std::string& split = {});

}  // namespace kindred::eval
