#include "util/status.h"

#include <arny/sys/engine.h>

#include "util/utf8.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE_BYTES 1024 /* with the NUL: a path and what is wrong with it fit, and no thread pays much */

static _Thread_local char sentence[SENTENCE_BYTES];

#define TEXT(number)   #number
#define TEXT_OF(macro) TEXT(macro)

const char *arny_version(void)
{
    return TEXT_OF(ARNY_VERSION_MAJOR) "." TEXT_OF(ARNY_VERSION_MINOR) "." TEXT_OF(ARNY_VERSION_PATCH);
}

const char *arny_last_error(void)
{
    return sentence;
}

const char *arny_status_name(int status)
{
    switch (status) {
    case ARNY_OK: return "ok";
    case ARNY_E_ARGUMENT: return "argument";
    case ARNY_E_NOT_FOUND: return "not-found";
    case ARNY_E_DATA: return "data";
    case ARNY_E_MEMORY: return "memory";
    case ARNY_E_BUDGET: return "budget";
    case ARNY_E_IO: return "io";
    case ARNY_E_WRITE: return "write";
    case ARNY_E_UNSUPPORTED: return "unsupported";
    case ARNY_E_CANCELLED: return "cancelled";
    case ARNY_E_CONTEXT: return "context";
    case ARNY_E_BUSY: return "busy";
    case ARNY_E_ENGINE: return "engine";
    case ARNY_E_END: return "end";
    default: return "unknown";
    }
}

const char *arny_status_remedy(int status)
{
    switch (status) {
    case ARNY_E_ARGUMENT: return "Correct the call: the message names what is wrong in it.";
    case ARNY_E_NOT_FOUND: return "Look whether the path is right and the file has been copied or downloaded.";
    case ARNY_E_DATA: return "Correct the text or the file where the message says, or get the file again.";
    case ARNY_E_MEMORY: return "Close what is not needed, set a smaller budget, and ask again.";
    case ARNY_E_BUDGET: return "Give the team a larger budget, shorter contexts, or fewer pinned agents.";
    case ARNY_E_IO: return "Look whether the file can be read and its disk is well.";
    case ARNY_E_WRITE: return "Free space on the disk, or name a folder that can be written.";
    case ARNY_E_UNSUPPORTED: return "Use a build of the library that has it, or another file.";
    case ARNY_E_CANCELLED: return "Nothing is wrong: ask again when it is wanted.";
    case ARNY_E_CONTEXT: return "Shorten the message, or give the agent a longer context.";
    case ARNY_E_BUSY: return "Wait for what is running, or cancel it.";
    case ARNY_E_ENGINE: return "Look into the log (arny_set_log) for the engine's own words.";
    case ARNY_E_END: return "Nothing is wrong: all events were read.";
    default: return "";
    }
}

/* Formatted apart and copied, because an argument may be the sentence that stands there. The four bytes of
 * room let the cut see whether it falls into a character. */
AR_PRINTF(2, 0) static int record(int status, const char *format, va_list args, const char *tail)
{
    char text[SENTENCE_BYTES + 4];
    int wanted = vsnprintf(text, sizeof text, format, args);
    size_t length, tail_length = strlen(tail), room;

    if (wanted < 0)
        snprintf(text, sizeof text, "%s", arny_status_name(status));
    length = strlen(text);
    if (tail_length > 0) {
        room = sizeof text - 1 - length;
        if (tail_length > room)
            tail_length = room;
        memcpy(text + length, tail, tail_length);
        length += tail_length;
        text[length] = '\0';
    }
    length = ar_utf8_cut(text, length, SENTENCE_BYTES - 1);
    text[length] = '\0';
    ar_utf8_line(text);
    memcpy(sentence, text, length + 1);
    return status;
}

int ar_fail(int status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    record(status, format, args, "");
    va_end(args);
    return status;
}

int ar_fail_in(int status, const char *format, ...)
{
    char tail[SENTENCE_BYTES + 2] = "";
    va_list args;

    if (sentence[0] != '\0')
        snprintf(tail, sizeof tail, ": %s", sentence);
    va_start(args, format);
    record(status, format, args, tail);
    va_end(args);
    return status;
}

int arny_engine_fail(int status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    record(status, format, args, "");
    va_end(args);
    return status;
}

int ar_no_memory(void)
{
    return ar_fail(ARNY_E_MEMORY, "the system gave no memory; close what is not needed, or take a smaller model");
}
