/* util/log.h - lines for the application's log hook. Never the text of a conversation. */
#ifndef AR_UTIL_LOG_H
#define AR_UTIL_LOG_H

#include <arny/common.h>

void ar_log(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
int ar_log_wants(int level); /* 1 when a line of that level would be heard */

#endif
