#pragma once

#include <cstddef>
#include <string>

#include "holdfast/status.hpp"

namespace holdfast {

struct MetricsOptions {
  std::size_t series = 1000;  ///< at most so many series have metrics; `holdfast_series_left_out` counts the others
};

/// Returns the status as OpenMetrics text, for a host to serve as "application/openmetrics-text; version=1.0.0;
/// charset=utf-8" or to write into a file that node_exporter reads (docs/monitoring.md lists the metrics). All are
/// gauges: the history expires, so none of them only grows.
std::string metrics_text(const Status& status, const MetricsOptions& options = {});

}  // namespace holdfast
