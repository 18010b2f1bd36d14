/* cli/suggest.h - "did you mean": the name that is nearest to a word. */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

/* One of the NULL-terminated names, or NULL when none is near. The word ends at its end or at '='. */
const char *suggest(const char *word, const char *const *names);

#endif
