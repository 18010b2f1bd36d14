/* fuzz_head.c - any bytes as a gateway's head: refused with a sentence, or read; what is read is written as it was. */
#include "gateway/head.h"
#include "util/hash.h"
#include "util/status.h"
#include <stdlib.h>
#include <string.h>

#define SUM_BYTES 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void try_head(const uint8_t *data, size_t bytes)
{
    ar_head *head;
    int status = ar_head_parse(&head, data, bytes, "input");
    if (status == ARNY_OK ? head == NULL : arny_last_error()[0] == 0)
        abort();
    if (status)
        return;
    ar_buf again = AR_BUF_INIT(SIZE_MAX);
    if (ar_head_write(&again, head) != ARNY_OK || again.len != bytes || memcmp(again.ptr, data, bytes) != 0)
        abort();
    ar_buf_free(&again);
    ar_head_free(head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    try_head(data, bytes);
    if (bytes <= SUM_BYTES)
        return 0;
    /* Once more with the checksum that belongs to it: behind that wait the other checks. */
    uint8_t *copy = malloc(bytes);
    if (!copy)
        return 0;
    memcpy(copy, data, bytes - SUM_BYTES);
    uint64_t sum = ar_hash(AR_HASH_BEGIN, data, bytes - SUM_BYTES);
    for (size_t i = 0; i < SUM_BYTES; i++)
        copy[bytes - SUM_BYTES + i] = (uint8_t)(sum >> (8 * i));
    try_head(copy, bytes);
    free(copy);
    return 0;
}
