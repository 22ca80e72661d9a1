// The files that come of click logs. Tested by click_job_test.cc.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/store.h"
#include "io/atomic_file.h"
#include "prepare/click_job.h"
#include "prepare/example.h"

namespace kindred::prepare {

/// Texts of products by id: a catalogue's database as it is, or a file of products, which is
/// imported into `temporary` first.
class ProductTexts {
 public:
  /// Errors: as open_store and the import; bad_input where the file has no product.
  ProductTexts(const std::string& catalogue, const catalog::Prompt& prompt,
               const std::string& temporary);
  /// In the language; nothing where the catalogue has no such product, or it has no text.
  std::optional<Passage> passage(const std::string& id, const std::string& language);

 private:
  std::unique_ptr<catalog::Store> store_;
  const catalog::Prompt& prompt_;
};

/// Threads: one at a time.
class ClickOutput {
 public:
  /// `texts` null: no pairs.
  ClickOutput(const ClickJobOptions& options, const std::string& directory, ProductTexts* texts,
              ClickReport& report);
  /// The judgements of a query in one language and one part.
  void write(const std::string& query, const std::string& language, std::size_t part,
             std::uint64_t group, bool seen, std::vector<Judgement> judgements);
  void commit();

 private:
  void write_pairs(const std::string& query, const std::string& language, std::size_t part,
                   std::uint64_t group, bool seen, const std::vector<Judgement>& judgements,
                   const std::vector<Passage>& passages);

  const ClickJobOptions& options_;
  ProductTexts* texts_;
  ClickReport& report_;
  std::vector<io::AtomicFile> qrels_;
  std::vector<io::AtomicFile> pairs_;
  std::optional<io::AtomicFile> all_;
};

/// Reads the judgements' files again and fails where a query is in two parts (internal), case,
/// width and blanks aside. `temporary` is a directory for sorting.
void check_parts(const std::string& directory, const std::string& temporary, std::size_t memory);

}  // namespace kindred::prepare
