/* util/cache.h - the folder of what can be made anew. */
#ifndef AR_UTIL_CACHE_H
#define AR_UTIL_CACHE_H

/* "FOLDER/name", owned, ar_free; the folder is made when it is not there. *out is NULL, and the result ARNY_OK, when there is to be none.
 * ARNY_E_WRITE: it cannot be made; ARNY_E_MEMORY. */
int ar_cache_file(char **out, const char *name);

#endif
