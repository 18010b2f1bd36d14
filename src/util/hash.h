/* util/hash.h - a fingerprint of bytes against accidents, not against people: those get a digest (util/digest.h). */
#ifndef AR_UTIL_HASH_H
#define AR_UTIL_HASH_H

#include <stddef.h>
#include <stdint.h>

#define AR_HASH_BEGIN 0xcbf29ce484222325u

/* FNV-1a with 64 bits (Fowler, Noll and Vo), going on from `hash`. */
uint64_t ar_hash(uint64_t hash, const void *data, size_t bytes);

#endif
