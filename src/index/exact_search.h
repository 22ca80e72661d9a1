// Search by the score of every allowed row. Tested by exact_search_test.cc.
#pragma once

#include "index/segment.h"
#include "index/stored_vectors.h"

namespace kindred::index {

/// Errors: bad_input for a query with a value that is not finite; internal when `allowed` is of
/// another number of rows.
void check_query(const SegmentQuery& query, std::size_t rows, std::size_t dimension);

/// All queries over all allowed rows. Threads split the rows.
SegmentHits exact_search(const StoredVectors& vectors, Metric metric, std::size_t dimension,
                         const SegmentQuery& query, ThreadPool& pool);

/// Neighbours of queries among samples of the rows: `neighbors[s]` is over the rows that
/// `keeps(s, row)`, scored once for all samples.
std::vector<SegmentHits> exact_search_of_samples(
    const StoredVectors& vectors, Metric metric, std::size_t dimension, const SegmentQuery& query,
    std::size_t samples, const std::function<bool(std::size_t sample, std::size_t row)>& keeps,
    ThreadPool& pool);

}  // namespace kindred::index
