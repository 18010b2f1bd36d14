/* engine/fake/fake_reply.c - see fake_reply.h. */
#include "engine/fake/fake_reply.h"

#include "engine/fake/fake.h"
#include "engine/fake/fake_vocab.h"

#include <math.h>
#include <string.h>

#define NOWHERE   ((size_t)-1)
#define WORDS_MAX 96 /* bytes: 12 words of 3 syllables of 2 letters, spaces, a full stop: 84 */

/* ---- finding -------------------------------------------------------------------------------------------------- */

/* Where `needle` occurs last in text[0 .. bytes), or NOWHERE. */
static size_t find_last(const char *text, size_t bytes, const char *needle)
{
    size_t length = strlen(needle);
    if (length > bytes)
        return NOWHERE;
    for (size_t at = bytes - length + 1; at-- > 0;)
        if (text[at] == needle[0] && memcmp(text + at, needle, length) == 0)
            return at;
    return NOWHERE;
}

static size_t find_first(const char *text, size_t bytes, const char *needle)
{
    size_t length = strlen(needle);
    for (size_t at = 0; at + length <= bytes; at++)
        if (text[at] == needle[0] && memcmp(text + at, needle, length) == 0)
            return at;
    return NOWHERE;
}

/* The same, at the beginning of a line. */
static size_t find_last_line(const char *text, size_t bytes, const char *word)
{
    for (;;) {
        size_t at = find_last(text, bytes, word);
        if (at == NOWHERE || at == 0 || text[at - 1] == '\n')
            return at;
        bytes = at + strlen(word) - 1;
    }
}

static size_t find_first_line(const char *text, size_t bytes, const char *word)
{
    for (size_t from = 0;;) {
        size_t at = find_first(text + from, bytes - from, word);
        if (at == NOWHERE || from + at == 0 || text[from + at - 1] == '\n')
            return at == NOWHERE ? NOWHERE : from + at;
        from += at + 1;
    }
}

/* Moves *at behind `needle` if it occurs later than *at: of several forms, the last one counts. */
static int later(size_t *at, size_t found, const char *needle)
{
    if (found == NOWHERE || (*at != NOWHERE && found + strlen(needle) <= *at))
        return 0;
    *at = found + strlen(needle);
    return 1;
}

/* ---- the scene ------------------------------------------------------------------------------------------------ */

static void find_reply(ar_fake_scene *out, const char *text, size_t bytes, size_t prompt_bytes)
{
    static const char *const openings[] = {AR_FAKE_MARK "<|im_start|>assistant\n",
                                           AR_FAKE_MARK "<start_of_turn>model\n"};
    static const char *const words[] = {"Agent:", "Assistant:"};
    size_t at = NOWHERE;
    for (size_t i = 0; i < 2; i++)
        later(&at, find_last(text, bytes, openings[i]), openings[i]);
    for (size_t i = 0; i < 2 && (at == NOWHERE || out->spaced); i++)
        if (later(&at, find_last_line(text, bytes, words[i]), words[i]))
            out->spaced = 1;
    out->reply_at = at == NOWHERE ? prompt_bytes : at;
}

static void find_asked(ar_fake_scene *out, const char *text)
{
    static const char *const forms[][2] = {{AR_FAKE_MARK "<|im_start|>user\n", AR_FAKE_MARK "<|im_end|>"},
                                           {AR_FAKE_MARK "<start_of_turn>user\n", AR_FAKE_MARK "<end_of_turn>"}};
    static const char *const words[] = {"Message:", "User:"};
    size_t limit = out->reply_at, at = NOWHERE;
    const char *close = NULL;
    for (size_t i = 0; i < 2; i++)
        if (later(&at, find_last(text, limit, forms[i][0]), forms[i][0]))
            close = forms[i][1];
    for (size_t i = 0; i < 2 && !close; i++)
        later(&at, find_last_line(text, limit, words[i]), words[i]);
    if (at == NOWHERE)
        at = 0;
    out->asked = text + at;
    out->asked_bytes = limit - at;
    size_t end = close ? find_first(out->asked, out->asked_bytes, close) : NOWHERE;
    if (end != NOWHERE)
        out->asked_bytes = end;
}

/* A gateway's prompt has its message in a line of its own. */
static void narrow_to_message(ar_fake_scene *out)
{
    size_t at = find_last_line(out->asked, out->asked_bytes, "Message:");
    if (at == NOWHERE)
        return;
    out->asked += at;
    out->asked_bytes -= at;
    size_t end = find_first_line(out->asked, out->asked_bytes, "Agent:");
    if (end == NOWHERE)
        end = find_first(out->asked, out->asked_bytes, "\n");
    if (end != NOWHERE)
        out->asked_bytes = end;
}

void ar_fake_scene_find(ar_fake_scene *out, const char *text, size_t bytes, size_t prompt_bytes)
{
    static const char json[] = "{\"agent\": \"";
    memset(out, 0, sizeof *out);
    find_reply(out, text, bytes, prompt_bytes);
    find_asked(out, text);
    narrow_to_message(out);
    out->said = text + out->reply_at;
    out->said_bytes = bytes - out->reply_at;
    size_t space = out->spaced && out->said_bytes && out->said[0] == ' ';
    if (out->said_bytes - space >= sizeof json - 1 && memcmp(out->said + space, json, sizeof json - 1) == 0) {
        out->json = 1;
        out->spaced = 0;
        out->said += space + sizeof json - 1;
        out->said_bytes -= space + sizeof json - 1;
    } else if (out->said_bytes && !space) {
        out->spaced = 0; /* somebody began without the space; that is as good */
    }
}

/* ---- rules ---------------------------------------------------------------------------------------------------- */

static int contains(const char *text, size_t bytes, const char *lower)
{
    size_t length = strlen(lower);
    for (size_t at = 0; at + length <= bytes; at++) {
        size_t i = 0;
        while (i < length &&
               (text[at + i] >= 'A' && text[at + i] <= 'Z' ? text[at + i] + 32 : text[at + i]) == lower[i])
            i++;
        if (i == length)
            return 1;
    }
    return 0;
}

static const ar_fake_rule *match(const ar_fake_file *file, const ar_fake_scene *scene)
{
    for (size_t i = 0; i < file->rule_count; i++)
        if (contains(scene->asked, scene->asked_bytes, file->rules[i].when))
            return &file->rules[i];
    return NULL;
}

const ar_fake_rule *ar_fake_rule_find(const ar_fake_file *model, const ar_fake_file *adapter,
                                      const ar_fake_scene *scene)
{
    const ar_fake_rule *rule = adapter ? match(adapter, scene) : NULL;
    if (!rule)
        rule = match(model, scene);
    if (!rule && model->fallback.count)
        rule = &model->fallback;
    return rule;
}

/* Pseudo-words: syllables of a consonant and a vowel. */
static size_t make_words(char out[WORDS_MAX], uint64_t seed)
{
    static const char consonants[] = "bdfgklmnprstvz", vowels[] = "aeiou";
    size_t bytes = 0;
    uint64_t words = 3 + seed % 10;
    for (uint64_t w = 0; w < words; w++) {
        if (w)
            out[bytes++] = ' ';
        uint64_t hash = ar_fake_mix(seed + w + 1);
        for (uint64_t s = 0; s < 1 + hash % 3; s++) {
            uint64_t bits = hash >> (8 + 12 * s);
            out[bytes++] = consonants[bits % (sizeof consonants - 1)];
            out[bytes++] = vowels[(bits >> 6) % (sizeof vowels - 1)];
        }
    }
    out[bytes++] = '.';
    return bytes;
}

/* ---- the next token ------------------------------------------------------------------------------------------- */

/* The byte at `index` of everything that a text makes: the space, the text, the end of JSON; -1 behind it. */
static int byte_at(const ar_fake_text *text, const ar_fake_scene *scene, size_t index)
{
    static const char tail[] = "\"}";
    if (scene->spaced && index-- == 0)
        return ' ';
    if (index < text->bytes)
        return (unsigned char)text->text[index];
    index -= text->bytes;
    return scene->json && index < sizeof tail - 1 ? tail[index] : -1;
}

static int fits(const ar_fake_text *text, const ar_fake_scene *scene)
{
    for (size_t i = 0; i < scene->said_bytes; i++)
        if (byte_at(text, scene, i) != (unsigned char)scene->said[i])
            return 0;
    return 1;
}

static void add_next(double *p, const ar_fake_text *text, const ar_fake_scene *scene, double mass)
{
    int byte = byte_at(text, scene, scene->said_bytes);
    int spaced = scene->spaced && scene->said_bytes == 0;
    int second = spaced ? byte_at(text, scene, 1) : -1;
    if (spaced && second >= 0) {
        p[' '] += 0.7 * mass;
        p[second] += 0.3 * mass;
    } else if (byte >= 0) {
        p[byte] += mass;
    } else {
        p[AR_FAKE_IM_END] += 0.98 * mass;
        p[AR_FAKE_EOT] += 0.005 * mass;
        p[AR_FAKE_END_OF_TURN] += 0.005 * mass;
        p['\n'] += 0.01 * mass;
    }
}

static void add_rule(double *p, const ar_fake_rule *rule, const ar_fake_scene *scene)
{
    double sum = 0;
    size_t best = 0;
    for (size_t i = 0; i < rule->count; i++) {
        if (fits(&rule->texts[i], scene))
            sum += rule->texts[i].weight;
        if (rule->texts[i].weight > rule->texts[best].weight)
            best = i;
    }
    for (size_t i = 0; i < rule->count && sum > 0; i++)
        if (fits(&rule->texts[i], scene))
            add_next(p, &rule->texts[i], scene, rule->sure * rule->texts[i].weight / sum);
    if (sum <= 0)
        add_next(p, &rule->texts[best], scene, rule->sure);
}

void ar_fake_predict(float *out, const ar_fake_rule *rule, const ar_fake_scene *scene, uint64_t words, uint64_t noise)
{
    double p[AR_FAKE_VOCABULARY] = {0}, noises[AR_FAKE_VOCABULARY], sum = 0;
    char made[WORDS_MAX];
    ar_fake_text text = {made, 0, 1};
    ar_fake_rule own = {NULL, &text, 1, 0.9};
    if (!rule) {
        text.bytes = make_words(made, words);
        rule = &own;
    }
    add_rule(p, rule, scene);
    for (uint64_t i = 0; i < AR_FAKE_VOCABULARY; i++) {
        noises[i] = 0.5 + (double)(ar_fake_mix(noise + i) >> 11) / 9007199254740992.0; /* 2^53 */
        sum += noises[i];
    }
    for (int i = 0; i < AR_FAKE_VOCABULARY; i++)
        out[i] = (float)log(p[i] + (1 - rule->sure) * noises[i] / sum);
}
