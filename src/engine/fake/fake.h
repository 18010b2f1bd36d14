/*
 * engine/fake/fake.h - the deterministic engine, as tests see it. All logic above the engines is tested on it.
 *
 * A model is a text file:
 *
 *     #arny-fake 1
 *     { "say": [ { "when": "solve", "say": "x = 5" } ], "step_us": 200 }
 *
 * Keys, all optional (fake_file.c checks them):
 *     name, architecture ("fake"), chat_template (chatml; "": none), context (4096), embedding (8), add_bos (true),
 *     exact_state (false)
 *     weights (1 MB, bytes it pretends to map), parked (0, of them, what stays while it is parked),
 *     opening (0, beside them until it is open), allocate (false: really allocate them), kv_bytes (64, a position)
 *     open_ms, prefill_us (a token), step_us: how long things take
 *     say: rules, see fake_reply.h; default: what it says when no rule matches
 *     fail: {"open": CODE, "context": CODE, "prefill_at": N, "step_at": N, "score_at": N, "restore": true,
 *            "save": true, "embed": true, "park": true}: CODE is a name of arny_status_name(); N counts the calls of a model from 1,
 *            and that one call fails with ARNY_E_ENGINE (a prefill after half of its tokens)
 *
 * An adapter is the same with "#arny-fake-adapter 1" and the keys base (the architecture it fits) and say: its rules
 * come before the model's.
 */
#ifndef AR_ENGINE_FAKE_FAKE_H
#define AR_ENGINE_FAKE_FAKE_H

/* The vocabulary: 256 bytes, then: */
enum ar_fake_token {
    AR_FAKE_BOS = 256,     /* <|bos|>         control */
    AR_FAKE_IM_START,      /* <|im_start|>    control */
    AR_FAKE_IM_END,        /* <|im_end|>      control, end; the eos */
    AR_FAKE_EOT,           /* <|eot|>         control, end */
    AR_FAKE_START_OF_TURN, /* <start_of_turn> control */
    AR_FAKE_END_OF_TURN,   /* <end_of_turn>   control, end */
    AR_FAKE_TOOL,          /* <tool>          user-defined */
    AR_FAKE_WORD,          /* [FAKE]          user-defined */
    AR_FAKE_NEWLINES,      /* two newlines    user-defined */
    AR_FAKE_UNKNOWN,       /* <unk>           unknown */
    AR_FAKE_VOCABULARY     /* how many there are */
};

/* What all fake models of the process did since the last reset. */
typedef struct ar_fake_counts {
    long models;      /* open now */
    long contexts;    /* open now */
    long models_peak; /* most models open at once */
    long opens;       /* model_open that succeeded */
    long prefills;    /* calls of prefill */
    long prefilled;   /* tokens that prefill computed */
    long steps;       /* calls of step that computed */
    long scored;      /* tokens that score computed */
    long restores;    /* state_restore that succeeded */
    long parks;       /* model_park that succeeded */
    long resumes;     /* model_resume that succeeded */
    long bytes;       /* weights that are open, of parked ones what they keep, and contexts, now */
    long bytes_peak;  /* most of them at once */
} ar_fake_counts;

void ar_fake_counts_get(ar_fake_counts *out); /* [any thread] */
/* Sets the totals to 0 and the peaks to what is open; what is open stays counted. [any thread] */
void ar_fake_counts_reset(void);

#endif
