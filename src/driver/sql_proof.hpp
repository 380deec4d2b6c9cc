#pragma once

#include <functional>
#include <memory>
#include <string>

#include "holdfast/context.hpp"
#include "holdfast/io.hpp"
#include "holdfast/verify.hpp"

namespace holdfast {

/// SQL text of a PostgreSQL database that some driver has in a backup.
struct SqlText {
  std::function<std::unique_ptr<Reader>()> open;
  int major_version = 0;  ///< of the server that wrote it
};

/// Proves SQL text: loads it into a scratch database, on a server of our own from the programs in `bin_dir` (empty =
/// found by version) or on options.target, runs the queries there, and removes it. Each statement that the server
/// refuses is a fault. Reaches ProofLevel::restored: SQL text has no record of its rows to compare with. The PostgreSQL
/// driver implements it.
ProofReport prove_sql(const SqlText& text, const VerifyOptions& options, const std::string& bin_dir, Context& context);

}  // namespace holdfast
