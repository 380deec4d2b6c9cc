#include "holdfast/pipeline.hpp"

#include <ranges>

#include "holdfast/error.hpp"
#include "io/producer_context.hpp"
#include "io/pulled.hpp"
#include "transform/meter.hpp"

namespace holdfast {

Sink sink(std::shared_ptr<Storage> storage, std::string object) {
  return {[storage = std::move(storage), object = std::move(object)](Context&) { return storage->open_writer(object); }};
}

Pipeline::Pipeline(std::initializer_list<TransformPtr> stages) {
  for (const TransformPtr& stage : stages) add(stage);
}

Pipeline& Pipeline::add(TransformPtr stage) {
  if (stage) stages_.push_back(std::move(stage));
  return *this;
}

Pipeline& Pipeline::to(Sink sink) {
  to_ = std::move(sink);
  return *this;
}

std::string Pipeline::suffix() const {
  std::string all;
  for (const TransformPtr& stage : stages_) all += stage->suffix();
  return all;
}

std::unique_ptr<Writer> Pipeline::encode(std::unique_ptr<Writer> next) const {
  for (const TransformPtr& stage : std::views::reverse(stages_)) next = stage->encode(std::move(next));
  return next;
}

std::unique_ptr<Reader> Pipeline::decode(std::unique_ptr<Reader> from) const {
  for (const TransformPtr& stage : std::views::reverse(stages_)) from = stage->decode(std::move(from));
  return from;
}

void Pipeline::require_ends() const {
  if (!from_) throw Error(ErrorCode::invalid_state, "the pipeline has no beginning: give it a producer, such as exec(...)");
  if (!to_.open) throw Error(ErrorCode::invalid_state, "the pipeline has no end: add | sink(storage, object)");
}

PipelineReport Pipeline::run(Context& context) const {
  require_ends();
  std::atomic<std::uint64_t> bytes_in{0}, bytes_out{0};
  auto end = std::make_unique<Meter>(to_.open(context), context, Meter::Side::stored, bytes_out);
  Meter plain(encode(std::move(end)), context, Meter::Side::plain, bytes_in);
  ProducerContext inner(context);
  from_(plain, inner.context());
  plain.commit();
  context.emit({.kind = EventKind::progress});  // all of it
  return {.bytes_in = bytes_in, .bytes_out = bytes_out};
}

PipelineReport Pipeline::run_backwards(Context& context) const {
  require_ends();
  std::uint64_t bytes_in = 0;
  std::atomic<std::uint64_t> bytes_out{0};
  ProducerContext inner(context);
  Meter end(to_.open(context), context, Meter::Side::stored, bytes_out);
  {
    auto pulled = pulled_reader([&](Writer& out) { from_(out, inner.context()); }, [&] { inner.stop(); });
    const auto decoded = decode(counted_reader(std::move(pulled), [&](std::size_t got) {
      context.check();
      bytes_in += got;
      context.add_progress(got, 0);
    }));
    copy(*decoded, end);
  }
  end.commit();
  context.emit({.kind = EventKind::progress});
  return {.bytes_in = bytes_in, .bytes_out = bytes_out};
}

}  // namespace holdfast
