/*
 * arny/common.h - what every other header shares: linkage, status codes, the last error, and the hooks
 * through which an application takes over logging and memory.
 *
 * Conventions of the whole library
 *   - A function that can fail returns int: 0 (ARNY_OK), or one of the negative arny_status codes. The thread
 *     that called can then read arny_last_error(): one sentence that says what is wrong, where, and what would
 *     be right. A message is for people, a code is for programs.
 *   - Out parameters come first. A `T **out` is owned by the caller, who gives it back with T's own _free; a
 *     pointer that is returned is borrowed and lives as long as the handle it came from. On failure *out is NULL.
 *   - Every _free and _close takes NULL.
 *   - Strings are UTF-8 and end with a NUL byte; sizes are bytes, times are milliseconds, unless the name says
 *     otherwise.
 *   - Option structs begin with `size`. Set them up with their _INIT macro or, from a language without macros,
 *     zero them and set `size` to the bytes of the struct. A zero in any other field means "the default".
 *   - A callback gets the caller's `user_data` last, and returns 0 to go on or anything else to stop.
 *   - The library never exits, prints, or installs a signal handler.
 */
#ifndef ARNY_COMMON_H
#define ARNY_COMMON_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) && defined(ARNY_SHARED)
#ifdef ARNY_BUILD
#define ARNY_API __declspec(dllexport)
#else
#define ARNY_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define ARNY_API __attribute__((visibility("default")))
#else
#define ARNY_API
#endif

#define ARNY_VERSION_MAJOR 0
#define ARNY_VERSION_MINOR 1
#define ARNY_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/* The outcome of a call. Codes are stable: a program may compare them, and store them. */
enum arny_status {
    ARNY_OK = 0,
    ARNY_E_ARGUMENT = -1,    /* the caller's mistake: NULL, out of range, a name that does not exist */
    ARNY_E_NOT_FOUND = -2,   /* no such file or folder */
    ARNY_E_DATA = -3,        /* a file, a message or a team that is not what it should be */
    ARNY_E_MEMORY = -4,      /* the system gave no memory */
    ARNY_E_BUDGET = -5,      /* it would not fit the team's byte budget now */
    ARNY_E_IO = -6,          /* reading failed */
    ARNY_E_WRITE = -7,       /* creating, writing, syncing or renaming failed */
    ARNY_E_UNSUPPORTED = -8, /* this build or this engine cannot do it */
    ARNY_E_CANCELLED = -9,   /* stopped by a cancel, or by a callback that returned non-zero */
    ARNY_E_CONTEXT = -10,    /* the text is longer than the context of the model */
    ARNY_E_BUSY = -11,       /* the handle is in use in a way that cannot be queued */
    ARNY_E_ENGINE = -12,     /* the engine under us failed; the log has its words */
    ARNY_E_END = -13         /* nothing more to read: the regular end of a stream */
};

/* The status of the last failed call of this thread as a sentence, or "" when none has failed yet. Borrowed:
 * valid until this thread's next failing call. Never NULL. */
ARNY_API const char *arny_last_error(void);

/* The code's short name, as events and --json use it: "ok", "argument", "not-found", "data", "memory", "budget",
 * "io", "write", "unsupported", "cancelled", "context", "busy", "engine", "end"; "unknown" for any other number.
 * Borrowed for ever. Any thread. */
ARNY_API const char *arny_status_name(int status);

/* What helps against such an error in general, as a sentence for whoever writes the application; "" for ARNY_OK and other numbers.
 * Borrowed for ever. Any thread. */
ARNY_API const char *arny_status_remedy(int status);

/* "0.1.0". Borrowed for ever. */
ARNY_API const char *arny_version(void);

/* The engines of this build by name, separated by spaces: "gguf pte fake". Borrowed for ever. */
ARNY_API const char *arny_engines(void);

/* ---- hooks: set them before the first other call, from one thread ------------------------------------------ */

enum arny_log_level { ARNY_LOG_ERROR = 0, ARNY_LOG_WARN = 1, ARNY_LOG_INFO = 2, ARNY_LOG_DEBUG = 3 };

/* Receives one line without a newline. May be called on any thread, also while an engine computes: be quick.
 * The text of conversations is never logged. */
typedef void (*arny_log_callback)(int level, const char *line, void *user_data);

/* Sends messages up to `level` to `callback`; NULL (the default) drops them all. */
ARNY_API void arny_set_log(arny_log_callback callback, int level, void *user_data);

/* The library's own allocations (the engines' tensors are not among them). `resize` follows realloc: NULL means
 * allocate. Returning NULL makes the call that needed it fail with ARNY_E_MEMORY and leaves every handle usable. */
typedef struct arny_allocator {
    void *(*resize)(void *pointer, size_t bytes, void *user_data);
    void (*release)(void *pointer, void *user_data);
    void *user_data;
} arny_allocator;

/* Takes a copy of *allocator; NULL goes back to realloc and free. ARNY_E_ARGUMENT when a function is missing. */
ARNY_API int arny_set_allocator(const arny_allocator *allocator);

/* The folder of what can be made anew: for each .pte its weights, packed for this processor (as large as the file), so that it opens in
 * a tenth of the time and they are pages of a file. Shared by processes; whatever is in it may be deleted when none runs. NULL (the
 * default): $ARNY_CACHE, else $XDG_CACHE_HOME/arny, else ~/.cache/arny; "": none, they are packed into memory each time. Copied;
 * ARNY_E_ARGUMENT: too long. */
ARNY_API int arny_set_cache(const char *folder);

/* Encrypts what is kept on disk, where the application has a better way than the library's own (AES-256-GCM with
 * arny_team_options.key). Both functions write at most *written bytes to out, set *written to how many there are, and return 0;
 * anything else is a failure. `beside` is not encrypted, but must be authenticated: open fails when it is not what seal was given.
 * Called on any thread of the library, one call at a time a team. */
typedef struct arny_cipher {
    uint32_t size;
    size_t overhead; /* sealed data are at most so many bytes longer */
    int (*seal)(void *out, size_t *written, const void *beside, size_t beside_bytes, const void *data, size_t bytes,
                void *user_data);
    int (*open)(void *out, size_t *written, const void *beside, size_t beside_bytes, const void *data, size_t bytes,
                void *user_data);
    void *user_data;
} arny_cipher;
#define ARNY_CIPHER_INIT                \
    {                                   \
        sizeof(arny_cipher), 0, 0, 0, 0 \
    }

#ifdef __cplusplus
}
#endif
#endif
