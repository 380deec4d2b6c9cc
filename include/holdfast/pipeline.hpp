#pragma once

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

/// The end of a pipeline: one new object on a storage.
struct Sink {
  std::shared_ptr<Storage> storage;
  std::string object;
};
Sink sink(std::shared_ptr<Storage> storage, std::string object);

/// The beginning of a pipeline: writes its bytes into the given writer and returns. Does not commit.
using Producer = std::function<void(Writer&, Context&)>;

/// An ordered chain of stages, written in the order in which they run:
///
///     Pipeline{exec({"pg_dump", "shop"})} | gzip(6) | aes256gcm(key) | sink(storage, "shop.sql.gz.enc")
///
/// Without a producer and a sink, it is a chain of transforms: `encode` applies them first to last, `decode` reverses
/// them last to first.
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

  /// Copies everything from the producer to the sink and commits it. Throws Error{invalid_state} if the producer or the
  /// sink is missing. After any error, the object does not exist. Returns the number of plain bytes from the producer.
  std::uint64_t run(Context& context) const;

 private:
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
