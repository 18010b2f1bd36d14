/* engine/registry.h - which engines there are, and which one a file belongs to. */
#ifndef AR_ENGINE_REGISTRY_H
#define AR_ENGINE_REGISTRY_H

#include <arny/sys/engine.h>

/* The engine whose files begin like this one. ARNY_E_NOT_FOUND, ARNY_E_IO; ARNY_E_DATA when the file is empty or
 * no engine knows it (the sentence says what it looks like: text, a zip, a PyTorch checkpoint, ..., and what would be
 * right); ARNY_E_UNSUPPORTED when it is of an engine that this build does not have. */
int ar_engine_for_file(const arny_engine **out, const char *path);

/* Checks the file with the engine's own bounded check; `engine` NULL: the one it belongs to. *out and *engine_out may
 * be NULL. When an engine is named and the file is another's, ARNY_E_DATA; when there is no such engine,
 * ARNY_E_UNSUPPORTED. */
int ar_engine_check_file(arny_file_info *out, const arny_engine **engine_out, const char *engine, const char *path);

extern const arny_engine ar_engine_fake;
#ifdef ARNY_HAVE_GGUF
extern const arny_engine ar_engine_gguf;
#endif
#ifdef ARNY_HAVE_PTE
extern const arny_engine ar_engine_pte;
#endif

#endif
