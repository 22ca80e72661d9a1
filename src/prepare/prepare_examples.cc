#include "prepare/prepare_examples.h"

#include "base/error.h"
#include "io/atomic_file.h"

namespace kindred::prepare {

PrepareCounts prepare_examples(const std::vector<std::unique_ptr<ExampleSource>>& sources,
                               const std::string& output, ExampleCleaner& cleaner,
                               RejectLog& rejects, ExampleStatistics& statistics,
                               const std::function<bool()>& stop, Progress& progress) {
  PrepareCounts counts;
  io::AtomicFile file = io::AtomicFile::create(output);
  for (const auto& source : sources) {
    for (SourceRow row; source->next(row);) {
      if (stop && stop()) return counts;
      ++counts.rows;
      progress.add(1);
      if (row.reject) rejects.add(row, *row.reject, row.text);
      for (Example& example : row.examples) {
        if (const auto reject = cleaner.clean(example)) {
          rejects.add(row, *reject, to_json(example));
          continue;
        }
        statistics.add(example);
        file.write(to_json(example) + '\n');
        ++counts.examples;
      }
    }
    for (std::string& note : source->notes()) counts.notes.push_back(std::move(note));
  }
  if (counts.examples == 0) {
    if (rejects.first().empty())
      fail(ErrorKind::bad_input, "there are no rows, of which examples could be made");
    fail(ErrorKind::bad_input, "not one of {} rows gives an example; the first: {}", counts.rows,
         rejects.first());
  }
  file.commit();
  rejects.commit();
  return counts;
}

}  // namespace kindred::prepare
