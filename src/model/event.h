/* model/event.h - making events: empty ones, copies, JSON. The public part is in arny/event.h. */
#ifndef AR_MODEL_EVENT_H
#define AR_MODEL_EVENT_H

#include "model/answer.h"
#include <arny/event.h>

arny_event ar_event(int type); /* its size and type, everything else absent */

/* A copy with its own strings, for arny_event_free. */
int ar_event_copy(arny_event **out, const arny_event *event);

/* How a call ended: an error event with this thread's last sentence, or, for status 0, a done event.
 * start_ms: ar_now_ms() of the call; prefill_ms: how long that took. */
arny_event ar_event_end(int status, const ar_answer *answer, double start_ms, size_t kept, size_t prefilled,
                        double prefill_ms);

#endif
