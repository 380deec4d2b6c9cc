#include "holdfast/audit.hpp"
#include "holdfast/error.hpp"
#include "holdfast/locks.hpp"
#include "holdfast/notify.hpp"
#include "repository/audit/chain.hpp"
#include "repository/layout.hpp"
#include "repository/object_access.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kAnchors = "audit-anchors/";
constexpr std::uint64_t kAnchorLimit = 4096;

// A template: the values of a notice replace its names, escaped.
constexpr const char* kWebhookBody =
    R"({"type": "audit_anchor", "id": "{{id}}", "time": "{{time}}", "repository_id": "{{fact.repository_id}}", )"
    R"("record": "{{fact.record}}", "sha256": "{{fact.sha256}}", "public_key": "{{fact.public_key}}", "anchor": "{{fact.anchor}}"})";

AuditAnchor newest_anchor(Repository& repository, const Context& context) {
  const auto head = repository.layout().audit_trail().head(context);
  if (!head) throw Error(ErrorCode::not_found, repository.info().uri + " has no audit records: turn them on first");
  return {head->number, head->sha256, head->public_key};
}

// The names count down as those of the records do.
std::string anchor_object(const RepositoryInfo& info, std::uint64_t number) {
  return std::string(kAnchors) + info.id + "/" + audit_object(number).substr(kAuditPrefix.size());
}

// Does it; an error says which anchor did not arrive.
template <class Work>
auto naming(const AuditAnchor& anchor, Work&& work) {
  try {
    return work();
  } catch (const Error& error) {
    throw error.with_context("the anchor of audit record " + std::to_string(anchor.number));
  }
}

Notice notice_of_anchor(const AuditAnchor& anchor, const std::string& text, const RepositoryInfo& info, TimePoint now) {
  return {.kind = NoticeKind::succeeded,
          .time = now,
          .title = "audit anchor of " + info.uri + ", record " + std::to_string(anchor.number),
          .message = text,
          .facts = {{"repository_id", info.id},
                    {"record", std::to_string(anchor.number)},
                    {"sha256", anchor.sha256},
                    {"public_key", anchor.public_key},
                    {"anchor", text}}};
}

}  // namespace

std::string make_audit_anchor(Repository& repository, Context& context) {
  return anchor_text(newest_anchor(repository, context), repository.info().id);
}

std::string send_audit_anchor(Repository& repository, const Channel& channel, Context& context) {
  const AuditAnchor anchor = newest_anchor(repository, context);
  const std::string text = anchor_text(anchor, repository.info().id);
  Channel sending = channel;
  if (sending.kind == ChannelKind::webhook && sending.body.empty()) sending.body = kWebhookBody;
  if (sending.text.empty()) sending.text = "{{message}}";
  naming(anchor, [&] { send_notice(sending, notice_of_anchor(anchor, text, repository.info(), context.now()), context); });
  return text;
}

std::string put_audit_anchor(Repository& repository, Storage& storage, Context& context) {
  const AuditAnchor anchor = newest_anchor(repository, context);
  const std::string text = anchor_text(anchor, repository.info().id);
  const std::string object = anchor_object(repository.info(), anchor.number);
  if (naming(anchor, [&] { return put_object(storage, object, as_bytes(text)); }) == PutResult::already_exists)
    throw Error(ErrorCode::conflict, object + ": " + storage.uri() + " has an anchor of another record " + std::to_string(anchor.number) +
                                         ": the repository was set back or replaced, verify its audit trail with these anchors");
  naming(anchor, [&] { renew_lock(storage, object); });  // of an anchor that was there already
  return text;
}

std::string read_audit_anchors(Repository& repository, Storage& storage, Context& context) {
  const std::vector<ObjectInfo> listed = list_objects(storage, std::string(kAnchors) + repository.info().id + "/");
  std::string texts;
  for (auto object = listed.rbegin(); object != listed.rend(); ++object) {
    context.check();
    const std::string text(as_text(get_object(storage, object->name, kAnchorLimit)));
    try {
      read_audit_anchor(text, repository.info());
    } catch (const Error& error) {
      throw error.with_context(object->name + " on " + storage.uri());
    }
    texts += text;
  }
  return texts;
}

}  // namespace holdfast
