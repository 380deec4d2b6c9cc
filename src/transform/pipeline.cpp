#include "holdfast/pipeline.hpp"

#include <ranges>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

// Counts the bytes that pass, reports them, and stops when the host cancels.
class Meter final : public Writer {
 public:
  enum class Side { plain, stored };

  Meter(std::unique_ptr<Writer> next, const Context& context, Side side) : next_(std::move(next)), context_(context), side_(side) {}

  void write(ByteView data) override {
    context_.check();
    next_->write(data);
    bytes_ += data.size();
    context_.add_progress(side_ == Side::plain ? data.size() : 0, side_ == Side::stored ? data.size() : 0);
  }
  void commit() override {
    context_.check();
    next_->commit();
  }
  std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  std::unique_ptr<Writer> next_;
  const Context& context_;
  Side side_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

Sink sink(std::shared_ptr<Storage> storage, std::string object) { return {std::move(storage), std::move(object)}; }

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

std::uint64_t Pipeline::run(Context& context) const {
  if (!from_) throw Error(ErrorCode::invalid_state, "the pipeline has no beginning: give it a producer, such as exec(...)");
  if (!to_.storage) throw Error(ErrorCode::invalid_state, "the pipeline has no end: add | sink(storage, object)");
  auto stored = std::make_unique<Meter>(to_.storage->open_writer(to_.object), context, Meter::Side::stored);
  Meter plain(encode(std::move(stored)), context, Meter::Side::plain);
  from_(plain, context);
  plain.commit();
  return plain.bytes();
}

}  // namespace holdfast
