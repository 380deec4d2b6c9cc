// The documents of an outbox of notices.
#include "fuzz/target.hpp"
#include "notify/message.hpp"
#include "notify/outbox.hpp"

namespace holdfast::fuzz {

namespace {

constexpr const char* kState = "ops/state/00000000000000000001";

Channel any_channel() { return {.name = "ops", .mail = {}}; }

void use_notice(ByteView input) {
  may_refuse([&] {
    const Channel channel = any_channel();
    message_json(channel, make_message(channel, {read_stored(as_text(input), "the notice")}));
  });
}

std::vector<Bytes> some_notices() {
  const Notice notice{.kind = NoticeKind::failed,
                      .series = "shop",
                      .title = "backup FAILED",
                      .message = "no \"space\"\n",
                      .facts = {{"a", "b"}, {"c", ""}}};
  const std::string text = write_stored(stored_notice(notice, {}));
  return {Bytes(as_bytes(text).begin(), as_bytes(text).end())};
}

void use_state(ByteView input) {
  const std::shared_ptr<Storage> storage = memory_storage();
  storage->put_new(kState, input);
  may_refuse([&] {
    Outbox outbox(storage, "", "ops");
    outbox.save(outbox.state());
  });
}

std::vector<Bytes> some_states() {
  const std::shared_ptr<Storage> storage = memory_storage();
  Outbox(storage, "", "ops").save({.batch = {"a", "b"}, .done = {"c"}, .attempts = 3, .error = "why", .messages = {TimePoint{}}});
  return {get(*storage, kState, 1U << 20)};
}

}  // namespace

std::vector<FuzzTarget> outbox_targets() { return {{"outbox-notice", use_notice, some_notices}, {"outbox-state", use_state, some_states}}; }

}  // namespace holdfast::fuzz
