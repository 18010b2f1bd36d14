/* cli/plot.c - see plot.h. Plain SVG: no script, no font of its own, readable on white and on dark. */
#include "plot.h"
#include "error.h"
#include "human.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define WIDTH       960
#define SIDE        320 /* of the diagram's square */
#define LEFT        70
#define TOP         90
#define GAP         60
#define ROW         20
#define LABELS_MOST 12 /* a matrix of more agents is not readable */

static void put_text(FILE *out, double x, double y, const char *anchor, const char *style, const char *text)
{
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">", x, y, anchor, style);
    for (; *text; text++) {
        if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '>')
            fputs("&gt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else
            fputc(*text, out);
    }
    fputs("</text>\n", out);
}

/* ---- reliability --------------------------------------------------------------------------------------------------- */

static void put_axes(FILE *out, double x, double y)
{
    char tick[16];
    fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\" class=\"frame\"/>\n", x, y, SIDE, SIDE);
    for (int i = 0; i <= 5; i++) {
        double at = SIDE * i / 5.0;
        snprintf(tick, sizeof tick, "%d %%", 20 * i);
        fprintf(out, "<path d=\"M%.1f %.1fV%.1fM%.1f %.1fH%.1f\" class=\"grid\"/>\n", x + at, y, y + SIDE, x, y + at,
                x + SIDE);
        put_text(out, x + at, y + SIDE + 18, "middle", "small", tick);
        put_text(out, x - 8, y + SIDE - at + 4, "end", "small", tick);
    }
    put_text(out, x + SIDE / 2.0, y + SIDE + 38, "middle", "small", "what the gateway said (confidence)");
    fprintf(out,
            "<text transform=\"translate(%.1f %.1f) rotate(-90)\" text-anchor=\"middle\" class=\"small\">"
            "how often it was right</text>\n",
            x - 48, y + SIDE / 2.0);
    fprintf(out, "<path d=\"M%.1f %.1fL%.1f %.1f\" class=\"ideal\"/>\n", x, y + SIDE, x + SIDE, y);
}

static void put_reliability(FILE *out, const arny_report *report, double x, double y)
{
    char line[96];
    const char *join = "M";
    put_axes(out, x, y);
    fputs("<path class=\"curve\" d=\"", out);
    for (size_t i = 0; i < arny_report_bin_count(report); i++) {
        const arny_bin *bin = arny_report_bin(report, i);
        if (bin->count == 0)
            continue;
        fprintf(out, "%s%.1f %.1f", join, x + SIDE * bin->confidence, y + SIDE * (1 - bin->accuracy));
        join = "L";
    }
    fputs("\"/>\n", out);
    for (size_t i = 0; i < arny_report_bin_count(report); i++) {
        const arny_bin *bin = arny_report_bin(report, i);
        if (bin->count > 0)
            fprintf(out,
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" class=\"dot\"><title>%lld messages: said %.1f %%, right "
                    "%.1f %%</title></circle>\n",
                    x + SIDE * bin->confidence, y + SIDE * (1 - bin->accuracy), (long long)bin->count,
                    100 * bin->confidence, 100 * bin->accuracy);
    }
    const arny_eval_figures *f = arny_report_figures(report);
    snprintf(line, sizeof line, "calibration error %.3f (%.3f to %.3f), 15 bins of equal mass", f->ece, f->ece_low,
             f->ece_high);
    put_text(out, x, y - 12, "start", "small", line);
}

/* ---- confusion ----------------------------------------------------------------------------------------------------- */

static void put_confusion(FILE *out, const arny_report *report, double x, double y)
{
    size_t labels = arny_report_label_count(report);
    double cell = labels ? (double)SIDE / (double)labels : 0;
    put_text(out, x, y - 12, "start", "small", "rows: who should answer; columns: who was named");
    for (size_t row = 0; row < labels; row++) {
        int64_t total = 0;
        for (size_t column = 0; column < labels; column++)
            total += arny_report_confusion(report, row, column);
        put_text(out, x - 8, y + cell * ((double)row + 0.5) + 4, "end", "small", arny_report_label(report, row));
        put_text(out, x + cell * ((double)row + 0.5), y + SIDE + 18, "middle", "small", arny_report_label(report, row));
        for (size_t column = 0; column < labels; column++) {
            char number[32];
            int64_t count = arny_report_confusion(report, row, column);
            double share = total ? (double)count / (double)total : 0;
            fprintf(out,
                    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"%s\" fill-opacity=\"%.3f\"/>\n",
                    x + cell * (double)column, y + cell * (double)row, cell - 2, cell - 2,
                    row == column ? "good" : "bad", 0.06 + 0.94 * share);
            snprintf(number, sizeof number, "%lld", (long long)count);
            put_text(out, x + cell * ((double)column + 0.5), y + cell * ((double)row + 0.5) + 4, "middle", "small",
                     number);
        }
    }
}

/* ---- slices -------------------------------------------------------------------------------------------------------- */

static void put_slice(FILE *out, const arny_slice *slice, double x, double y)
{
    char line[96];
    double width = 300, share = slice->right.count ? (double)slice->right.hits / (double)slice->right.count : 0;
    put_text(out, x + 150, y + 14, "end", "small", human_pair(line, 68, slice->by, slice->name));
    fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"12\" class=\"good\" fill-opacity=\"0.75\"/>\n",
            x + 160, y + 4, width * share);
    fprintf(out, "<path d=\"M%.1f %.1fH%.1f\" class=\"interval\"/>\n", x + 160 + width * slice->right.low, y + 10,
            x + 160 + width * slice->right.high);
    snprintf(line, sizeof line, "%.1f %% of %lld", 100 * share, (long long)slice->right.count);
    put_text(out, x + 170 + width, y + 14, "start", "small", line);
}

int plot_report(const char *path, const arny_report *report, const char *title)
{
    char line[160];
    size_t slices = arny_report_slice_count(report);
    int height = TOP + SIDE + 90 + (int)slices * ROW;
    const arny_eval_figures *f = arny_report_figures(report);
    FILE *out = fopen(path, "w");
    if (!out) {
        error_line("%s: cannot be written: %s", path, strerror(errno));
        return CLI_CANT_CREATE;
    }
    fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n", WIDTH,
            height, WIDTH, height);
    fputs(
        "<style>text{font-family:system-ui,sans-serif;fill:#333}.big{font-size:20px;font-weight:600}.small{font-size:12px}"
        ".frame{fill:none;stroke:#888}.grid{stroke:#ccc;stroke-width:.5}.ideal{stroke:#888;stroke-dasharray:5 4}"
        ".curve{fill:none;stroke:#2563eb;stroke-width:2}.dot{fill:#2563eb}.good{fill:#2563eb}.bad{fill:#dc2626}"
        ".interval{stroke:#111;stroke-width:1.5}</style>\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        out);
    put_text(out, LEFT, 32, "start", "big", title);
    snprintf(line, sizeof line, "%lld messages, %.1f %% right (%.1f to %.1f), median %.1f ms",
             (long long)f->right.count, f->right.count ? 100.0 * (double)f->right.hits / (double)f->right.count : 0,
             100 * f->right.low, 100 * f->right.high, f->p50_ms);
    put_text(out, LEFT, 54, "start", "small", line);
    put_reliability(out, report, LEFT, TOP);
    if (arny_report_label_count(report) <= LABELS_MOST)
        put_confusion(out, report, LEFT + SIDE + GAP + 120, TOP);
    for (size_t i = 0; i < slices; i++)
        put_slice(out, arny_report_slice(report, i), LEFT, TOP + SIDE + 60 + (double)i * ROW);
    fputs("</svg>\n", out);
    int failed = ferror(out) != 0;
    failed |= fclose(out) != 0;
    if (failed) {
        error_line("%s: could not be written: %s", path, strerror(errno));
        return CLI_CANT_CREATE;
    }
    return CLI_OK;
}
