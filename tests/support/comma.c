#include "comma.h"
#include "tmp.h"
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Few machines have such a locale installed: it is made here. localedef warns, and exits with 1, and makes it. */
int test_comma_begin(void)
{
    char command[512];
    const char *folder = test_tmpdir();
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1", folder);
    int exit_code = system(command); /* NOLINT(cert-env33-c) */
    setenv("LOCPATH", folder, 1);
    return exit_code >= 0 && setlocale(LC_NUMERIC, "de_DE.UTF-8") && strcmp(localeconv()->decimal_point, ",") == 0;
}

void test_comma_end(void)
{
    setlocale(LC_NUMERIC, "C");
}
