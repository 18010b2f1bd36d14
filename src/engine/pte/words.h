/* engine/pte/words.h - vocabularies, one for all models that name the same file: it takes 10 MB, and 60 ms to read. */
#ifndef AR_ENGINE_PTE_WORDS_H
#define AR_ENGINE_PTE_WORDS_H

#include <arny/sys/engine.h>

typedef struct ar_words {
    const arny_engine *engine; /* that reads it */
    arny_engine_model *model;  /* never changes, so any thread may ask it */
} ar_words;

/* Opens the file, or finds it open; ar_words_close when it is not needed any more. [any thread] */
int ar_words_open(ar_words *out, const char *path, const arny_engine_cancel *cancel);
void ar_words_close(ar_words *words); /* one that was not opened is fine */

#endif
