// Where the parts of a retrieval task lie in a directory. Tested by dataset_test.cc.
#pragma once

#include <string>
#include <vector>

namespace kindred::eval {

struct DatasetFiles {
  std::vector<std::string> corpus;  ///< a part each, in order
  std::vector<std::string> queries;
  std::vector<std::string> judgements;
  std::string split;  ///< of the judgements
};

/// Finds them as read_dataset documents it. Errors: not_found, with what is there.
DatasetFiles find_dataset_files(const std::string& directory, const std::string& split,
                                const std::string& subset);

}  // namespace kindred::eval
