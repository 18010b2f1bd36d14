/* cli/progress.c - see progress.h. */
#include "progress.h"
#include "human.h"
#include "out.h"

#include <stdio.h>

#define BAR_CELLS   24
#define REDRAW_MS   50
#define QUIET_MS    150  /* what is done sooner needs no line */
#define ETA_FROM_MS 1000 /* before that it is a guess */

static int begun, shown; /* begun: the clock runs; shown: there is a line */
static double started_ms, drawn_ms;

static void draw_bar(const char *label, double progress, double now_ms)
{
    char bar[BAR_CELLS + 1];
    int cells = (int)(progress * BAR_CELLS + 0.5);
    double elapsed = now_ms - started_ms;
    for (int i = 0; i < BAR_CELLS; i++)
        bar[i] = i < cells ? '#' : '.';
    bar[BAR_CELLS] = 0;
    fprintf(stderr, "\r\033[K%s%.34s [%s] %3.0f %%", out_style(stderr, OUT_DIM), label, bar, progress * 100);
    if (progress > 0 && progress < 1 && elapsed > ETA_FROM_MS)
        fprintf(stderr, "  %.0f s left", elapsed * (1 - progress) / progress / 1000 + 0.5);
    fputs(out_style(stderr, OUT_PLAIN), stderr);
    fflush(stderr);
}

void progress_show(const char *label, double progress)
{
    double now_ms = human_now_ms();
    if (!out_is_terminal(stderr))
        return;
    progress = progress < 0 ? 0 : progress > 1 ? 1 : progress;
    if (!begun) {
        begun = 1;
        started_ms = now_ms;
    }
    if (now_ms - started_ms < QUIET_MS || (shown && now_ms - drawn_ms < REDRAW_MS))
        return;
    out_flush();
    shown = 1;
    drawn_ms = now_ms;
    draw_bar(label, progress, now_ms);
}

void progress_end(void)
{
    begun = 0;
    if (!shown)
        return;
    shown = 0;
    fputs("\r\033[K", stderr);
    fflush(stderr);
}
