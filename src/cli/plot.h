/* cli/plot.h - a gateway's report as an SVG that any browser shows. */
#ifndef CLI_PLOT_H
#define CLI_PLOT_H

#include <arny/arny.h>

/* Writes the reliability diagram, the confusion matrix and the slices. 0, or an exit code after a message. */
int plot_report(const char *path, const arny_report *report, const char *title);

#endif
