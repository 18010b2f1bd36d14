/* util/clock.h - the one clock. */
#ifndef AR_UTIL_CLOCK_H
#define AR_UTIL_CLOCK_H

double ar_now_ms(void); /* monotonic, milliseconds */

#endif
