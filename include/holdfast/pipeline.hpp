#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/io.hpp"
#include "holdfast/storage.hpp"
#include "holdfast/transform.hpp"

namespace holdfast {

/// The end of a pipeline: opens the stream that receives the bytes. The pipeline commits it after everything was
/// written; without that commit, nothing may become visible. More ends are in pipeline_ends.hpp.
struct Sink {
  std::function<std::unique_ptr<Writer>(Context&)> open;
};
/// One new object on a storage.
Sink sink(std::shared_ptr<Storage> storage, std::string object);

/// The beginning of a pipeline: writes its bytes into the given writer and returns. Does not commit.
using Producer = std::function<void(Writer&, Context&)>;

/// Result of one run of a pipeline.
struct PipelineReport {
  std::uint64_t bytes_in = 0;   ///< from the producer
  std::uint64_t bytes_out = 0;  ///< to the sink
};
std::string to_json(const PipelineReport& report);

/// An ordered chain of stages, written in the order in which they run:
///
///     Pipeline{exec({"pg_dump", "shop"})} | gzip(6) | aes256gcm(key) | sink(storage, "shop.sql.gz.enc")
///
/// Without a producer and a sink, it is a chain of transforms: `encode` applies them first to last, `decode` reverses
/// them last to first. A chain that is written for encoding also decodes as a whole: run_backwards().
class Pipeline {
 public:
  Pipeline() = default;
  explicit Pipeline(Producer from) : from_(std::move(from)) {}
  Pipeline(std::initializer_list<TransformPtr> stages);

  Pipeline& add(TransformPtr stage);  ///< ignores a null stage
  Pipeline& to(Sink sink);

  const std::vector<TransformPtr>& stages() const noexcept { return stages_; }
  std::string suffix() const;  ///< the stages' suffixes, in order: ".zst.enc"

  std::unique_ptr<Writer> encode(std::unique_ptr<Writer> next) const;
  std::unique_ptr<Reader> decode(std::unique_ptr<Reader> from) const;

  /// Copies everything from the producer through the stages to the sink and commits it. Throws Error{invalid_state} if
  /// the producer or the sink is missing. After any error, nothing is committed. Reports progress to the context, and
  /// ends with its cancel.
  PipelineReport run(Context& context) const;
  /// The same in the other direction: the producer's bytes are decoded, last stage first. The producer runs on a thread
  /// of its own, which has ended at the return.
  PipelineReport run_backwards(Context& context) const;

 private:
  void require_ends() const;

  Producer from_;
  std::vector<TransformPtr> stages_;
  Sink to_;
};

inline Pipeline operator|(Pipeline pipeline, TransformPtr stage) {
  pipeline.add(std::move(stage));
  return pipeline;
}
inline Pipeline operator|(Pipeline pipeline, Sink sink) {
  pipeline.to(std::move(sink));
  return pipeline;
}

}  // namespace holdfast
