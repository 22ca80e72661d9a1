// One function a command: each makes its table, in the file of its name.
#pragma once

#include "cli/command.h"

namespace kindred::cli {

Command embed_command();
Command similar_command();
Command compare_command();
Command cluster_command();
Command tokenize_command();
Command tokens_command();
Command inspect_command();
Command bench_command();
Command quantize_command();
Command train_command();
Command calibrate_command();
Command classify_command();
Command idf_command();
Command project_command();
Command merge_command();
Command distill_command();
Command vocabulary_report_command();
Command vocabulary_prune_command();
Command generate_command();
Command import_command();
Command search_command();
Command delete_command();
Command recall_command();
Command verify_command();
Command stats_command();
Command compact_command();
Command snapshot_command();
Command reindex_command();
Command move_command();
Command tune_command();
Command eval_command();
Command eval_bitext_command();
Command eval_similarity_command();
Command eval_classification_command();
Command eval_clustering_command();
Command prepare_clicks_command();
Command prepare_pairs_command();
Command prepare_check_command();
Command prepare_split_command();
Command index_build_command();
Command index_add_command();
Command index_delete_command();
Command index_search_command();
Command index_recall_command();
Command index_verify_command();
Command index_stats_command();
Command index_compact_command();
Command index_snapshot_command();
Command index_export_command();
Command vectors_train_command();
Command vectors_similar_command();
Command vectors_analogy_command();
Command vectors_odd_one_out_command();
Command vectors_eval_command();
Command vectors_convert_command();
Command vectors_prune_command();
Command vectors_quantize_command();
Command completion_command();
Command man_command();
Command version_command();

}  // namespace kindred::cli
