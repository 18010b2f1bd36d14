/* memory/owner.h - whose conversation a timeline holds. */
#ifndef AR_MEMORY_OWNER_H
#define AR_MEMORY_OWNER_H

#include "util/digest.h"

enum ar_keep {
    AR_KEEP_NOTHING, /* KV that loses its context is gone */
    AR_KEEP_MEMORY,
    AR_KEEP_DISK
};

typedef struct ar_owner {
    uint64_t id;     /* 0: nobody, as for the gateway */
    int keep;        /* enum ar_keep */
    ar_digest whose; /* what its files are found by, in any process */
} ar_owner;

#endif
