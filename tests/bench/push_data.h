/* The data that both programs push: blocks that compress by about half and never repeat. */
#ifndef HOLDFAST_TESTS_BENCH_PUSH_DATA_H
#define HOLDFAST_TESTS_BENCH_PUSH_DATA_H

#include <stddef.h>
#include <stdint.h>

#define PUSH_BLOCK 65536

/* Fills a block from a state, and returns the state for the next block: xorshift, every other byte a letter. */
static uint64_t fill_block(unsigned char* block, uint64_t state) {
  size_t i;
  for (i = 0; i < PUSH_BLOCK; i += 4) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    block[i] = (unsigned char)state;
    block[i + 1] = 'a';
    block[i + 2] = (unsigned char)('a' + ((state >> 8) & 7));
    block[i + 3] = (unsigned char)(state >> 16);
  }
  return state;
}

#endif
