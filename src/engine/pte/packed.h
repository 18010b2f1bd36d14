/*
 * engine/pte/packed.h - the weights of a .pte in the layout that XNNPACK computes with, in a file that is made once.
 *
 * Packing takes a third of a second for 100 MB, and its result would be anonymous memory. In a file it is made once, is
 * mapped by all who use it, and its pages can be given back. XNNPACK writes and reads that file (backends/xnnpack/runtime/
 * XNNWeightsCache.cpp of ExecuTorch) but checks of it no more than the bounds; so a record lies beside it: which .pte, which
 * runtime and which processor it was made for, and its digest. What does not match is made anew.
 *
 *     CACHE/packed/PATH-FILE.xnn         PATH: of the .pte, by hash; FILE: its inode, size and time, by hash
 *     CACHE/packed/PATH-FILE.xnn.ok      the record
 *     CACHE/packed/PATH-FILE.xnn.lock    held while one is made, or opened
 */
#ifndef AR_ENGINE_PTE_PACKED_H
#define AR_ENGINE_PTE_PACKED_H

#include "util/digest.h"
#include "util/fs.h"
#include <arny/sys/engine.h>

typedef struct ar_packed {
    char *path; /* NULL: there is none, and weights are packed into memory */
    ar_file_id file;
    int good;             /* 1: it is there, and is what was made of this .pte */
    int digested;         /* 1: the next is known */
    ar_digest pte_digest; /* of the .pte */
    int lock;             /* -1: not held */
} ar_packed;

/* Finds the file's place and holds it until ar_packed_leave; packed->good says whether there is something to use. Where none can be
 * kept (no cache folder, a path that is too long) packed->path is NULL and the log says why. ARNY_E_CANCELLED while another process
 * had it; ARNY_E_MEMORY. */
int ar_packed_enter(ar_packed *packed, const char *pte_path, const ar_file_id *pte, const arny_engine_cancel *cancel);

/* 1: there is a file that a record says was made of this .pte. Reads the record alone. */
int ar_packed_is_there(const char *pte_path, const ar_file_id *pte);

/* The digest of the .pte, which is read when no record knows it. */
int ar_packed_digest(ar_packed *packed, const char *pte_path);

/* Has it made, unless it is good. On a full or read-only disk packed->path becomes NULL. Fails only when `make` does. `weights`:
 * bytes to expect. */
typedef int (*ar_packed_maker)(const char *path, void *data);
int ar_packed_make(ar_packed *packed, const char *pte_path, const ar_file_id *pte, int64_t weights,
                   ar_packed_maker make, void *data);

/* Once it was loaded: others may go on. */
void ar_packed_leave(ar_packed *packed);
void ar_packed_free(ar_packed *packed);

#endif
