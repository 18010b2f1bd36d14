/*
 * cli/json.h - writes one line of JSON to standard output, piece by piece:
 *
 *     json_object(NULL); json_text("agent", "math"); json_number("ms", 12.5, 3); json_end(); json_line();
 *
 * or to a file, between json_to(file) and json_to(NULL). Who opened it asks ferror.
 *
 * key: NULL in an array or at the top. Commas see to themselves.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <arny/event.h>
#include <stdint.h>
#include <stdio.h>

void json_to(FILE *file);
void json_object(const char *key);
void json_end(void);                               /* of an object */
void json_text(const char *key, const char *text); /* NULL: null; bytes that are not UTF-8 become U+FFFD */
void json_integer(const char *key, int64_t value);
void json_number(const char *key, double value, int decimals);
void json_bool(const char *key, int value);
int json_line(void); /* ends the line and flushes; 0, or -1 when it could not be written */

/* The event as arny_event_json writes it, on a line of its own. 0, or -1 when it could not be written. */
int json_event(const arny_event *event);

#endif
