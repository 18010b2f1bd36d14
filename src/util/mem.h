/* util/mem.h - every allocation of the library goes through here: the application's hook, and injected faults. */
#ifndef AR_UTIL_MEM_H
#define AR_UTIL_MEM_H

#include <stddef.h>

/* All return NULL when there is no memory, and have then recorded ARNY_E_MEMORY's sentence. */
void *ar_alloc(size_t bytes);
void *ar_calloc(size_t count, size_t bytes); /* zeroed; the product is checked */
void *ar_resize(void *pointer, size_t count, size_t bytes);
char *ar_strdup(const char *text); /* NULL gives NULL, without an error */
char *ar_strndup(const char *text, size_t bytes);
char *ar_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
void ar_free(void *pointer); /* NULL is fine */

/* What was freed goes back to the system now: the C library keeps tens of MB for later (glibc does, up to twice the largest block
 * that was freed), which a budget of bytes cannot have. */
void ar_mem_trim(void);

#endif
