#include "options.hpp"

#include <algorithm>

#include "foreign.hpp"
#include "options_json.hpp"

using namespace holdfast::capi;

namespace {

class HostClock final : public holdfast::Clock {
 public:
  explicit HostClock(Owned<holdfast_clock_driver> driver) : driver_(std::move(driver)) { driver_.require(driver_->now, "now"); }
  holdfast::TimePoint now() const override { return holdfast::TimePoint(std::chrono::microseconds(driver_->now(driver_.data()))); }

 private:
  Owned<holdfast_clock_driver> driver_;
};

template <class Change>
holdfast_status change(holdfast_options* options, holdfast_error** err, Change&& make) {
  return guard("option", err, [&] {
    const Busy::Hold hold(required(options, "options").busy, "options");
    make(options->set);
  });
}

}  // namespace

holdfast_status holdfast_options_new(holdfast_options** out, holdfast_error** err) {
  clear(out);
  return guard("option", err, [&] { Out(out).make(); });
}

holdfast_status holdfast_options_from_json(holdfast_options** out, const char* text, size_t length, holdfast_error** err) {
  clear(out);
  return guard("option", err, [&] {
    Out result(out);
    result.make(options_in_json({&required(text, "text"), length}));
  });
}

void holdfast_options_free(holdfast_options* options) { delete options; }

holdfast_status holdfast_options_set_string(holdfast_options* options, const char* key, const char* value, holdfast_error** err) {
  return change(options, err, [&](OptionSet& set) { set.set_string(key, value); });
}

holdfast_status holdfast_options_set_int64(holdfast_options* options, const char* key, int64_t value, holdfast_error** err) {
  return change(options, err, [&](OptionSet& set) { set.set_int64(key, value); });
}

holdfast_status holdfast_options_set_bool(holdfast_options* options, const char* key, int32_t value, holdfast_error** err) {
  return change(options, err, [&](OptionSet& set) { set.set_bool(key, value != 0); });
}

holdfast_status holdfast_options_set_bytes(holdfast_options* options, const char* key, const void* data, size_t length,
                                           holdfast_error** err) {
  return change(options, err, [&](OptionSet& set) {
    if (length > 0) required(static_cast<const char*>(data), "data");
    set.set_bytes(key, {static_cast<const std::byte*>(data), length});
  });
}

holdfast_status holdfast_options_add_string(holdfast_options* options, const char* key, const char* value, holdfast_error** err) {
  return change(options, err, [&](OptionSet& set) { set.add_string(key, value); });
}

holdfast_status holdfast_options_unset(holdfast_options* options, const char* key, holdfast_error** err) {
  return change(options, err, [&](OptionSet& set) { set.unset(key); });
}

holdfast_status holdfast_options_set_cancel(holdfast_options* options, holdfast_cancel_token* token, holdfast_error** err) {
  return change(options, err, [&](OptionSet& set) { set.cancel = token == nullptr ? nullptr : token->source; });
}

holdfast_status holdfast_options_set_events(holdfast_options* options, holdfast_event_callback callback, void* user_data,
                                            void (*release)(void* user_data), holdfast_error** err) {
  // If something fails, whichever object owns it releases it.
  EventCallback first(callback, user_data, release);
  return change(options, err, [&](OptionSet& set) {
    if (callback == nullptr) refuse("callback is NULL");
    set.events = std::make_shared<const EventCallback>(std::move(first));
  });
}

holdfast_status holdfast_options_set_key_provider(holdfast_options* options, holdfast_key_driver* driver, holdfast_error** err) {
  return guard("option", err, [&] {
    Owned<holdfast_key_driver> table(driver, "driver");
    table.require(table->get, "get");
    const Busy::Hold hold(required(options, "options").busy, "options");
    options->set.key_provider = std::make_shared<const Owned<holdfast_key_driver>>(std::move(table));
  });
}

holdfast_status holdfast_options_set_clock(holdfast_options* options, holdfast_clock_driver* driver, holdfast_error** err) {
  return guard("option", err, [&] {
    auto clock = std::make_shared<const HostClock>(Owned<holdfast_clock_driver>(driver, "driver"));
    const Busy::Hold hold(required(options, "options").busy, "options");
    options->set.clock = std::move(clock);
  });
}

holdfast_status holdfast_options_set_audit_signer(holdfast_options* options, holdfast_audit_signer* signer, holdfast_error** err) {
  return guard("option", err, [&] {
    auto lent = foreign_signer(Owned<holdfast_audit_signer>(signer, "signer"));
    const Busy::Hold hold(required(options, "options").busy, "options");
    options->set.audit_signer = std::move(lent);
  });
}

holdfast_status holdfast_options_add_driver(holdfast_options* options, holdfast_driver* driver, holdfast_error** err) {
  return guard("option", err, [&] {
    const auto added = foreign_driver(Owned<holdfast_driver>(driver, "driver"));
    const Busy::Hold hold(required(options, "options").busy, "options");
    const holdfast::DriverRegistry known_drivers = drivers_of(options->set);
    for (const auto& known : known_drivers.all()) {
      const auto schemes = known->schemes();
      if (known->name() == added->name() || std::find(schemes.begin(), schemes.end(), added->schemes().front()) != schemes.end()) {
        refuse("there is a driver " + std::string(known->name()) + " already with that name or scheme");
      }
    }
    options->set.drivers.push_back(added);
  });
}

holdfast_status holdfast_cancel_token_new(holdfast_cancel_token** out, holdfast_error** err) {
  clear(out);
  return guard("cancel", err, [&] { Out(out).make(std::make_shared<std::stop_source>()); });
}

void holdfast_cancel_token_request(holdfast_cancel_token* token) {
  if (token != nullptr) token->source->request_stop();
}

int32_t holdfast_cancel_token_is_requested(const holdfast_cancel_token* token) {
  return token != nullptr && token->source->stop_requested() ? 1 : 0;
}

void holdfast_cancel_token_free(holdfast_cancel_token* token) { delete token; }
