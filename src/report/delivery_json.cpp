#include "holdfast/notify.hpp"
#include "report/document_parts.hpp"

namespace holdfast {

namespace {

struct DeliveryDocuments : DocumentParts<DeliveryDocuments> {
  using DocumentParts<DeliveryDocuments>::write;

  static void write(JsonWriter& out, const GivenUp& gone) {
    out.begin_object();
    member(out, "id", gone.id);
    member(out, "title", gone.title);
    member(out, "why", gone.why);
    out.end_object();
  }

  static void write(JsonWriter& out, const ChannelReport& report) {
    out.begin_object();
    member(out, "channel", report.channel);
    member(out, "configured", report.configured);
    member(out, "busy", report.busy);
    member(out, "messages", report.messages);
    member(out, "delivered", report.delivered);
    member(out, "waiting", report.waiting);
    member(out, "undelivered", report.undelivered);
    member(out, "given_up", report.given_up);
    member(out, "error", report.error);
    member(out, "next", report.next);
    out.end_object();
  }

  static void write(JsonWriter& out, const DeliveryReport& report) {
    out.begin_object();
    member(out, "ok", report.ok());
    member(out, "channels", report.channels);
    out.end_object();
  }
};

}  // namespace

std::string to_json(const DeliveryReport& report) { return DeliveryDocuments::json_of(report); }

}  // namespace holdfast
