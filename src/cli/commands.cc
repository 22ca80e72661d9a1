#include "cli/commands.h"

namespace kindred::cli {

std::vector<Command> all_commands() {
  return {embed_command(),
          similar_command(),
          compare_command(),
          tokenize_command(),
          tokens_command(),
          inspect_command(),
          bench_command(),
          quantize_command(),
          idf_command(),
          generate_command(),
          import_command(),
          search_command(),
          delete_command(),
          recall_command(),
          verify_command(),
          stats_command(),
          compact_command(),
          snapshot_command(),
          reindex_command(),
          move_command(),
          tune_command(),
          index_build_command(),
          index_add_command(),
          index_delete_command(),
          index_search_command(),
          index_recall_command(),
          index_verify_command(),
          index_stats_command(),
          index_compact_command(),
          index_snapshot_command(),
          index_export_command(),
          vectors_train_command(),
          vectors_similar_command(),
          vectors_analogy_command(),
          vectors_odd_one_out_command(),
          vectors_eval_command(),
          completion_command(),
          man_command(),
          version_command()};
}

}  // namespace kindred::cli
