#include "c_transform.h"

#include <stdlib.h>
#include <string.h>

enum { TRAILER = 8, AT_ONCE = 1000 }; /* the most bytes of one call: the library calls again */

typedef struct stream {
  int* open_streams;
  int decode;
  uint64_t hash;
  unsigned char held[TRAILER]; /* decoding: the last bytes seen, which may be the hash; encoding: the hash */
  size_t held_length, given;
} stream;

static void add_to_hash(stream* s, unsigned char byte) { s->hash = (s->hash ^ byte) * UINT64_C(1099511628211); }

static void put_hash(const stream* s, unsigned char* out) {
  int i;
  for (i = 0; i < TRAILER; ++i) out[i] = (unsigned char)(s->hash >> (8 * i));
}

static holdfast_status open_stream(void* user_data, int32_t direction, void** stream_out, holdfast_error** err) {
  stream* s = (stream*)calloc(1, sizeof *s);
  if (s == NULL) return holdfast_error_set(err, HOLDFAST_E_OUT_OF_MEMORY, "no memory for a stream");
  s->open_streams = (int*)user_data;
  ++*s->open_streams;
  s->decode = direction == HOLDFAST_DECODE;
  s->hash = UINT64_C(14695981039346656037);
  *stream_out = s;
  return HOLDFAST_OK;
}

static void close_stream(void* user_data) {
  stream* s = (stream*)user_data;
  if (s == NULL) return;
  --*s->open_streams;
  free(s);
}

static size_t encode(stream* s, const unsigned char* in, size_t in_length, unsigned char* out, size_t out_capacity) {
  size_t i, length = in_length < out_capacity ? in_length : out_capacity;
  if (length > AT_ONCE) length = AT_ONCE;
  for (i = 0; i < length; ++i) {
    add_to_hash(s, in[i]);
    out[i] = in[i] ^ 0x5a;
  }
  return length;
}

/* Outputs one byte for each input byte, once it holds more than the hash. */
static size_t decode(stream* s, const unsigned char* in, size_t in_length, unsigned char* out, size_t out_capacity, size_t* made) {
  size_t used = 0;
  while (used < in_length && (s->held_length < TRAILER || *made < out_capacity)) {
    if (s->held_length == TRAILER) {
      out[*made] = s->held[0] ^ 0x5a;
      add_to_hash(s, out[(*made)++]);
      memmove(s->held, s->held + 1, TRAILER - 1);
      --s->held_length;
    }
    s->held[s->held_length++] = in[used++];
  }
  return used;
}

static holdfast_status process(void* user_data, int32_t op, const void* in, size_t in_length, size_t* in_used_out, void* out,
                               size_t out_capacity, size_t* out_used_out, int32_t* done_out, holdfast_error** err) {
  stream* s = (stream*)user_data;
  unsigned char hash[TRAILER];
  if (s->decode) {
    *in_used_out = decode(s, (const unsigned char*)in, in_length, (unsigned char*)out, out_capacity, out_used_out);
  } else {
    *in_used_out = *out_used_out = encode(s, (const unsigned char*)in, in_length, (unsigned char*)out, out_capacity);
  }
  if (op != HOLDFAST_OP_END || *in_used_out < in_length) return HOLDFAST_OK;
  put_hash(s, hash);
  if (s->decode) {
    if (s->held_length < TRAILER || memcmp(hash, s->held, TRAILER) != 0)
      return holdfast_error_set(err, HOLDFAST_E_CORRUPT, "the hash differs");
    *done_out = 1;
    return HOLDFAST_OK;
  }
  while (s->given < TRAILER && *out_used_out < out_capacity) ((unsigned char*)out)[(*out_used_out)++] = hash[s->given++];
  *done_out = s->given == TRAILER;
  return HOLDFAST_OK;
}

holdfast_transform_driver c_transform(int* open_streams) {
  holdfast_transform_driver driver;
  memset(&driver, 0, sizeof driver);
  driver.struct_size = sizeof driver;
  driver.user_data = open_streams;
  driver.name = "c-xor";
  driver.suffix = ".xor";
  driver.open = open_stream;
  driver.process = process;
  driver.close = close_stream;
  return driver;
}
