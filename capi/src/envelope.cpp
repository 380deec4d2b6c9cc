#include "holdfast/envelope.hpp"

#include "handles.hpp"
#include "holdfast_envelope.h"

using namespace holdfast;
using namespace holdfast::capi;

struct holdfast_secret {
  Secret bytes;  // with a zero at the end
};

struct holdfast_envelope {
  std::vector<EnvelopeKey> keys;
  Envelope envelope{keys};
};

struct holdfast_fernet {
  std::vector<Secret> keys;
  Fernet fernet{keys};
};

namespace {

ByteView bytes_given(const void* bytes, size_t length, const char* name) {
  return length == 0 ? ByteView() : ByteView(&required(static_cast<const std::byte*>(bytes), name), length);
}

EnvelopeKey envelope_key(const char* id, const void* key, size_t length) {
  return {required_text(id, "id"), Secret(bytes_given(key, length, "key"))};
}

holdfast_secret* lend_secret(const Secret& secret) {
  auto made = std::make_unique<holdfast_secret>(holdfast_secret{Secret(ByteView(Bytes(secret.size() + 1)))});
  std::copy(secret.bytes().begin(), secret.bytes().end(), made->bytes.writable().begin());
  return made.release();
}

}  // namespace

const void* holdfast_secret_data(const holdfast_secret* secret) { return secret == nullptr ? nullptr : secret->bytes.bytes().data(); }
size_t holdfast_secret_length(const holdfast_secret* secret) { return secret == nullptr ? 0 : secret->bytes.size() - 1; }
void holdfast_secret_free(holdfast_secret* secret) { delete secret; }

holdfast_status holdfast_envelope_new(holdfast_envelope** out, const char* id, const void* key, size_t length, holdfast_error** err) {
  clear(out);
  return guard("envelope", err, [&] {
    Out result(out);
    result.make(std::vector{envelope_key(id, key, length)});
  });
}

holdfast_status holdfast_envelope_add_key(holdfast_envelope* envelope, const char* id, const void* key, size_t length,
                                          holdfast_error** err) {
  return guard("envelope", err, [&] {
    std::vector<EnvelopeKey> keys = required(envelope, "envelope").keys;
    keys.push_back(envelope_key(id, key, length));
    *envelope = holdfast_envelope{std::move(keys)};
  });
}

holdfast_status holdfast_envelope_seal(char** out, const holdfast_envelope* envelope, const void* secret, size_t length,
                                       const char* purpose, holdfast_error** err) {
  clear(out);
  return guard("envelope", err, [&] {
    required(out, "out");
    const ByteView bytes = bytes_given(secret, length, "secret");
    *out = copy_text(required(envelope, "envelope").envelope.seal(bytes, text_or_empty(purpose, "purpose")));
  });
}

holdfast_status holdfast_envelope_open(holdfast_secret** out, const holdfast_envelope* envelope, const char* sealed, const char* purpose,
                                       holdfast_error** err) {
  clear(out);
  return guard("envelope", err, [&] {
    required(out, "out");
    *out = lend_secret(required(envelope, "envelope").envelope.open(required_text(sealed, "sealed"), text_or_empty(purpose, "purpose")));
  });
}

holdfast_status holdfast_envelope_is_current(int32_t* out, const holdfast_envelope* envelope, const char* sealed, holdfast_error** err) {
  return guard("envelope", err, [&] {
    required(out, "out") = 0;
    *out = required(envelope, "envelope").envelope.is_current(required_text(sealed, "sealed")) ? 1 : 0;
  });
}

holdfast_status holdfast_envelope_rotate(char** out, const holdfast_envelope* envelope, const char* sealed, const char* purpose,
                                         holdfast_error** err) {
  clear(out);
  return guard("envelope", err, [&] {
    required(out, "out");
    *out = copy_text(required(envelope, "envelope").envelope.rotate(required_text(sealed, "sealed"), text_or_empty(purpose, "purpose")));
  });
}

void holdfast_envelope_free(holdfast_envelope* envelope) { delete envelope; }

holdfast_status holdfast_fernet_new(holdfast_fernet** out, const char* key, holdfast_error** err) {
  clear(out);
  return guard("envelope", err, [&] {
    Out result(out);
    result.make(std::vector{Secret(required_text(key, "key"))});
  });
}

holdfast_status holdfast_fernet_add_key(holdfast_fernet* fernet, const char* key, holdfast_error** err) {
  return guard("envelope", err, [&] {
    std::vector<Secret> keys = required(fernet, "fernet").keys;
    keys.emplace_back(required_text(key, "key"));
    *fernet = holdfast_fernet{std::move(keys)};
  });
}

holdfast_status holdfast_fernet_seal(char** out, const holdfast_fernet* fernet, const void* secret, size_t length, int64_t now,
                                     holdfast_error** err) {
  clear(out);
  return guard("envelope", err, [&] {
    required(out, "out");
    *out = copy_text(required(fernet, "fernet").fernet.seal(bytes_given(secret, length, "secret"), time_of(now)));
  });
}

holdfast_status holdfast_fernet_open(holdfast_secret** out, const holdfast_fernet* fernet, const char* token, int64_t ttl, int64_t now,
                                     holdfast_error** err) {
  clear(out);
  return guard("envelope", err, [&] {
    required(out, "out");
    std::optional<Fernet::Age> age;
    if (ttl >= 0) age = {.ttl = std::chrono::seconds(ttl), .now = time_of(now)};
    *out = lend_secret(required(fernet, "fernet").fernet.open(required_text(token, "token"), age));
  });
}

void holdfast_fernet_free(holdfast_fernet* fernet) { delete fernet; }
