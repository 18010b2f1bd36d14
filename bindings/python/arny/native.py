"""The C interface of Arny for ctypes. Written by bindings/generate.py from include/arny/*.h, which say what all of it means. Do not edit."""
# pylint: disable=invalid-name,too-many-lines,too-few-public-methods
from ctypes import (CFUNCTYPE, POINTER, Structure, c_char, c_char_p, c_double, c_float, c_int, c_int8, c_int32, c_int64, c_size_t,
                    c_uint8, c_uint32, c_uint64, c_void_p)

# enum arny_status
ARNY_OK = 0
ARNY_E_ARGUMENT = -1
ARNY_E_NOT_FOUND = -2
ARNY_E_DATA = -3
ARNY_E_MEMORY = -4
ARNY_E_BUDGET = -5
ARNY_E_IO = -6
ARNY_E_WRITE = -7
ARNY_E_UNSUPPORTED = -8
ARNY_E_CANCELLED = -9
ARNY_E_CONTEXT = -10
ARNY_E_BUSY = -11
ARNY_E_ENGINE = -12
ARNY_E_END = -13

# enum arny_log_level
ARNY_LOG_ERROR = 0
ARNY_LOG_WARN = 1
ARNY_LOG_INFO = 2
ARNY_LOG_DEBUG = 3

# enum arny_event_type
ARNY_EVENT_ROUTED = 1
ARNY_EVENT_LOADING = 2
ARNY_EVENT_READY = 3
ARNY_EVENT_TOKEN = 4
ARNY_EVENT_DONE = 5
ARNY_EVENT_ERROR = 6
ARNY_EVENT_DROPPED = 7
ARNY_EVENT_SAFETY = 8

# enum arny_from
ARNY_FROM_HOT = 1
ARNY_FROM_PARKED = 2
ARNY_FROM_CLOSED = 3

# enum arny_reason
ARNY_REASON_STOP = 1
ARNY_REASON_LENGTH = 2
ARNY_REASON_CANCELLED = 3
ARNY_REASON_CONTEXT = 4
ARNY_REASON_SAFETY = 5

# enum arny_state
ARNY_STATE_CLOSED = 0
ARNY_STATE_PARKED = 1
ARNY_STATE_OPEN = 2

# enum arny_pressure
ARNY_PRESSURE_NONE = 0
ARNY_PRESSURE_LOW = 1
ARNY_PRESSURE_CRITICAL = 2

# enum arny_persist
ARNY_PERSIST_TEAM = 0
ARNY_PERSIST_NONE = 1
ARNY_PERSIST_MEMORY = 2
ARNY_PERSIST_DISK = 3

arny_log_callback = CFUNCTYPE(None, c_int, c_char_p, c_void_p)
arny_progress_callback = CFUNCTYPE(c_int, c_double, c_void_p)
arny_dart_post = CFUNCTYPE(c_int8, c_int64, c_void_p)


class arny_allocator(Structure):
    _fields_ = [
        ("resize", CFUNCTYPE(c_void_p, c_void_p, c_size_t, c_void_p)),
        ("release", CFUNCTYPE(None, c_void_p, c_void_p)),
        ("user_data", c_void_p),
    ]


class arny_cipher(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("overhead", c_size_t),
        ("seal", CFUNCTYPE(c_int, c_void_p, POINTER(c_size_t), c_void_p, c_size_t, c_void_p, c_size_t, c_void_p)),
        ("open", CFUNCTYPE(c_int, c_void_p, POINTER(c_size_t), c_void_p, c_size_t, c_void_p, c_size_t, c_void_p)),
        ("user_data", c_void_p),
    ]


class arny_score(Structure):
    _fields_ = [
        ("agent", c_char_p),
        ("p", c_double),
    ]


class arny_event(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("type", c_int32),
        ("agent", c_char_p),
        ("confidence", c_double),
        ("scores", POINTER(arny_score)),
        ("scores_count", c_size_t),
        ("ms", c_double),
        ("model", c_char_p),
        ("progress", c_double),
        ("from_", c_int32),
        ("restored_tokens", c_int64),
        ("prefill_tokens", c_int64),
        ("id", c_int32),
        ("text", c_char_p),
        ("text_len", c_size_t),
        ("reason", c_int32),
        ("prompt_tokens", c_int64),
        ("tokens", c_int64),
        ("ttft_ms", c_double),
        ("prefill_tps", c_double),
        ("decode_tps", c_double),
        ("rss", c_int64),
        ("anon", c_int64),
        ("written", c_int64),
        ("dropped_turns", c_int64),
        ("status", c_int32),
        ("message", c_char_p),
    ]


arny_event_callback = CFUNCTYPE(c_int, POINTER(arny_event), c_void_p)
arny_event_receiver = CFUNCTYPE(None, POINTER(arny_event), c_void_p)


class arny_sampling(Structure):
    _fields_ = [
        ("temperature", c_float),
        ("top_k", c_int32),
        ("top_p", c_float),
        ("min_p", c_float),
        ("repeat_penalty", c_float),
        ("repeat_last", c_int32),
        ("seed", c_uint64),
    ]


class arny_model_options(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("engine", c_char_p),
        ("tokenizer", c_char_p),
        ("adapter", c_char_p),
        ("chat", c_char_p),
        ("context", c_int32),
        ("batch", c_int32),
        ("threads", c_int32),
        ("gpu_layers", c_int32),
        ("repack", c_int32),
        ("progress", arny_progress_callback),
        ("progress_data", c_void_p),
    ]


class arny_request(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("prompt", c_char_p),
        ("system", c_char_p),
        ("raw", c_int32),
        ("max_tokens", c_int32),
        ("sampling", POINTER(arny_sampling)),
        ("stop", POINTER(c_char_p)),
        ("stop_count", c_size_t),
        ("ignore_eos", c_int32),
    ]


class arny_team_options(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("engine", c_char_p),
        ("budget", c_int64),
        ("threads", c_int32),
        ("language", c_char_p),
        ("state", c_char_p),
        ("key", POINTER(c_uint8)),
        ("cipher", POINTER(arny_cipher)),
        ("watch", c_int32),
    ]


class arny_agent_estimate(Structure):
    _fields_ = [
        ("agent", c_char_p),
        ("weights", c_int64),
        ("kv", c_int64),
        ("compute", c_int64),
        ("adapter", c_int64),
    ]


class arny_team_estimate(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("peak", c_int64),
        ("budget", c_int64),
        ("fits", c_int32),
    ]


class arny_agent_memory(Structure):
    _fields_ = [
        ("agent", c_char_p),
        ("model", c_char_p),
        ("state", c_int32),
        ("weights", c_int64),
        ("context", c_int64),
        ("snapshot", c_int64),
        ("context_tokens", c_int64),
        ("resident", c_int64),
    ]


class arny_memory(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("rss", c_int64),
        ("anon", c_int64),
        ("peak", c_int64),
        ("budget", c_int64),
        ("file", c_int64),
        ("left", c_int64),
    ]


class arny_session_options(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("persist", c_int32),
    ]


class arny_ask_options(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("agent", c_char_p),
        ("max_tokens", c_int32),
        ("sampling", POINTER(arny_sampling)),
    ]


class arny_turn(Structure):
    _fields_ = [
        ("agent", c_char_p),
        ("user", c_char_p),
        ("reply", c_char_p),
    ]


class arny_train_options(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("data", POINTER(c_char_p)),
        ("data_count", c_size_t),
        ("calibration", POINTER(c_char_p)),
        ("calibration_count", c_size_t),
        ("out", c_char_p),
        ("cache", c_char_p),
        ("progress", arny_progress_callback),
        ("user_data", c_void_p),
    ]


class arny_training(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("messages", c_int64),
        ("turns", c_int64),
        ("dangers", c_int64),
        ("accuracy", c_double),
        ("strength", c_double),
        ("temperature", c_double),
        ("spelling", c_double),
        ("turn_accuracy", c_double),
        ("alarm", c_double),
        ("danger_recall", c_double),
        ("danger_false", c_double),
    ]


class arny_outcome(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("text", c_char_p),
        ("agent", c_char_p),
        ("decided", c_char_p),
        ("confidence", c_double),
        ("danger", c_double),
        ("is_danger", c_int32),
        ("source", c_char_p),
        ("kind", c_char_p),
        ("lang", c_char_p),
        ("file", c_char_p),
        ("line", c_int64),
        ("tokens", c_int64),
        ("ms", c_double),
    ]


class arny_eval_options(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("data", POINTER(c_char_p)),
        ("data_count", c_size_t),
        ("each", CFUNCTYPE(c_int, POINTER(arny_outcome), c_void_p)),
        ("progress", arny_progress_callback),
        ("user_data", c_void_p),
    ]


class arny_share(Structure):
    _fields_ = [
        ("hits", c_int64),
        ("count", c_int64),
        ("low", c_double),
        ("high", c_double),
    ]


class arny_eval_figures(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("right", arny_share),
        ("none", arny_share),
        ("turns", arny_share),
        ("danger", arny_share),
        ("alarms", arny_share),
        ("ece", c_double),
        ("ece_low", c_double),
        ("ece_high", c_double),
        ("p50_ms", c_double),
        ("p99_ms", c_double),
    ]


class arny_slice(Structure):
    _fields_ = [
        ("by", c_char_p),
        ("name", c_char_p),
        ("right", arny_share),
    ]


class arny_bin(Structure):
    _fields_ = [
        ("count", c_int64),
        ("confidence", c_double),
        ("accuracy", c_double),
    ]


class arny_file_info(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("kind", c_char * 16),
        ("architecture", c_char * 64),
        ("name", c_char * 128),
        ("quantization", c_char * 32),
        ("chat", c_char * 32),
        ("bytes", c_int64),
        ("tensors", c_int64),
        ("parameters", c_int64),
        ("context", c_int64),
        ("embedding", c_int64),
        ("layers", c_int64),
        ("heads", c_int64),
        ("kv_heads", c_int64),
        ("vocabulary", c_int64),
        ("weights", c_int64),
        ("tokens", c_int64),
        ("sealed", c_int32),
    ]


FUNCTIONS = {  # name: (result, parameters)
    "arny_last_error": (c_char_p, ()),
    "arny_status_name": (c_char_p, (c_int,)),
    "arny_status_remedy": (c_char_p, (c_int,)),
    "arny_version": (c_char_p, ()),
    "arny_engines": (c_char_p, ()),
    "arny_set_log": (None, (arny_log_callback, c_int, c_void_p)),
    "arny_set_allocator": (c_int, (POINTER(arny_allocator),)),
    "arny_set_cache": (c_int, (c_char_p,)),
    "arny_stream_next": (c_int, (POINTER(POINTER(arny_event)), c_void_p, c_int)),
    "arny_stream_cancel": (None, (c_void_p,)),
    "arny_stream_free": (None, (c_void_p,)),
    "arny_event_free": (None, (POINTER(arny_event),)),
    "arny_event_name": (c_char_p, (c_int,)),
    "arny_event_json": (c_int, (c_char_p, c_size_t, POINTER(c_size_t), POINTER(arny_event))),
    "arny_sampling_default": (None, (POINTER(arny_sampling),)),
    "arny_model_open": (c_int, (POINTER(c_void_p), c_char_p, POINTER(arny_model_options))),
    "arny_model_generate": (c_int, (c_void_p, POINTER(arny_request), arny_event_callback, c_void_p)),
    "arny_model_start": (c_int, (POINTER(c_void_p), c_void_p, POINTER(arny_request))),
    "arny_model_post": (c_int, (POINTER(c_void_p), c_void_p, POINTER(arny_request), arny_event_receiver, c_void_p)),
    "arny_model_cancel": (None, (c_void_p,)),
    "arny_model_count_tokens": (c_int, (POINTER(c_size_t), c_void_p, c_char_p)),
    "arny_model_score": (c_int, (POINTER(c_double), POINTER(c_size_t), c_void_p, c_char_p)),
    "arny_model_free": (None, (c_void_p,)),
    "arny_model_drop": (None, (c_void_p,)),
    "arny_chat_templates": (c_char_p, ()),
    "arny_team_open": (c_int, (POINTER(c_void_p), c_char_p, POINTER(arny_team_options))),
    "arny_team_open_model": (c_int, (POINTER(c_void_p), c_char_p, POINTER(arny_model_options), c_char_p)),
    "arny_team_warm": (c_int, (c_void_p, arny_progress_callback, c_void_p)),
    "arny_team_free": (None, (c_void_p,)),
    "arny_team_drop": (None, (c_void_p,)),
    "arny_team_agent_count": (c_size_t, (c_void_p,)),
    "arny_team_agent_name": (c_char_p, (c_void_p, c_size_t)),
    "arny_team_agent_description": (c_char_p, (c_void_p, c_size_t)),
    "arny_team_plan": (c_char_p, (c_void_p,)),
    "arny_team_engine": (c_char_p, (c_void_p,)),
    "arny_team_budget": (c_int64, (c_void_p,)),
    "arny_team_route_turns": (c_int, (POINTER(c_void_p), c_void_p, POINTER(c_char_p), c_size_t)),
    "arny_team_route": (c_int, (POINTER(c_void_p), c_void_p, c_char_p)),
    "arny_decision_agent": (c_char_p, (c_void_p,)),
    "arny_decision_confidence": (c_double, (c_void_p,)),
    "arny_decision_count": (c_size_t, (c_void_p,)),
    "arny_decision_scores": (POINTER(arny_score), (c_void_p,)),
    "arny_decision_danger": (c_double, (c_void_p,)),
    "arny_decision_ms": (c_double, (c_void_p,)),
    "arny_decision_free": (None, (c_void_p,)),
    "arny_team_estimate_memory": (c_int, (POINTER(arny_team_estimate), POINTER(arny_agent_estimate), c_size_t, POINTER(c_size_t), c_void_p)),
    "arny_team_memory": (c_int, (POINTER(arny_memory), POINTER(arny_agent_memory), c_size_t, POINTER(c_size_t), c_void_p)),
    "arny_team_pressure": (c_int, (c_void_p, c_int)),
    "arny_team_suspend": (c_int, (c_void_p,)),
    "arny_team_expect": (c_int, (c_void_p, c_char_p)),
    "arny_agent_pin": (c_int, (c_void_p, c_char_p, c_int)),
    "arny_agent_preload": (c_int, (c_void_p, c_char_p, arny_progress_callback, c_void_p)),
    "arny_agent_unload": (c_int, (c_void_p, c_char_p)),
    "arny_session_open": (c_int, (POINTER(c_void_p), c_void_p, c_char_p)),
    "arny_session_open_with": (c_int, (POINTER(c_void_p), c_void_p, c_char_p, POINTER(arny_session_options))),
    "arny_session_free": (None, (c_void_p,)),
    "arny_session_drop": (None, (c_void_p,)),
    "arny_session_name": (c_char_p, (c_void_p,)),
    "arny_session_ask": (c_int, (c_void_p, c_char_p, POINTER(arny_ask_options), arny_event_callback, c_void_p)),
    "arny_session_start": (c_int, (POINTER(c_void_p), c_void_p, c_char_p, POINTER(arny_ask_options))),
    "arny_session_post": (c_int, (POINTER(c_void_p), c_void_p, c_char_p, POINTER(arny_ask_options), arny_event_receiver, c_void_p)),
    "arny_session_cancel": (None, (c_void_p,)),
    "arny_session_use": (c_int, (c_void_p, c_char_p)),
    "arny_session_agent": (c_char_p, (c_void_p,)),
    "arny_session_turn_count": (c_size_t, (c_void_p,)),
    "arny_session_turn": (c_int, (POINTER(arny_turn), c_void_p, c_size_t)),
    "arny_session_each_turn": (c_int, (c_void_p, CFUNCTYPE(c_int, POINTER(arny_turn), c_void_p), c_void_p)),
    "arny_session_clear": (c_int, (c_void_p,)),
    "arny_session_forget": (c_int, (c_void_p, c_char_p)),
    "arny_session_each": (c_int, (c_void_p, CFUNCTYPE(c_int, c_char_p, c_void_p), c_void_p)),
    "arny_gateway_train": (c_int, (POINTER(arny_training), c_void_p, POINTER(arny_train_options))),
    "arny_gateway_eval": (c_int, (POINTER(c_void_p), c_void_p, POINTER(arny_eval_options))),
    "arny_report_free": (None, (c_void_p,)),
    "arny_report_figures": (POINTER(arny_eval_figures), (c_void_p,)),
    "arny_report_label_count": (c_size_t, (c_void_p,)),
    "arny_report_label": (c_char_p, (c_void_p, c_size_t)),
    "arny_report_confusion": (c_int64, (c_void_p, c_size_t, c_size_t)),
    "arny_report_bin_count": (c_size_t, (c_void_p,)),
    "arny_report_bin": (POINTER(arny_bin), (c_void_p, c_size_t)),
    "arny_report_slice_count": (c_size_t, (c_void_p,)),
    "arny_report_slice": (POINTER(arny_slice), (c_void_p, c_size_t)),
    "arny_file_inspect": (c_int, (POINTER(arny_file_info), c_char_p)),
    "arny_file_quantize": (c_int, (c_char_p, c_char_p, c_char_p, c_int32, arny_progress_callback, c_void_p)),
    "arny_file_merge": (c_int, (c_char_p, c_char_p, c_char_p, arny_progress_callback, c_void_p)),
    "arny_dart_port_new": (c_int, (POINTER(c_void_p), c_int64, arny_dart_post)),
    "arny_dart_port_free": (None, (c_void_p,)),
    "arny_dart_receive": (None, (POINTER(arny_event), c_void_p)),
}
STRUCTS = {
    "arny_allocator": arny_allocator,
    "arny_cipher": arny_cipher,
    "arny_score": arny_score,
    "arny_event": arny_event,
    "arny_sampling": arny_sampling,
    "arny_model_options": arny_model_options,
    "arny_request": arny_request,
    "arny_team_options": arny_team_options,
    "arny_agent_estimate": arny_agent_estimate,
    "arny_team_estimate": arny_team_estimate,
    "arny_agent_memory": arny_agent_memory,
    "arny_memory": arny_memory,
    "arny_session_options": arny_session_options,
    "arny_ask_options": arny_ask_options,
    "arny_turn": arny_turn,
    "arny_train_options": arny_train_options,
    "arny_training": arny_training,
    "arny_outcome": arny_outcome,
    "arny_eval_options": arny_eval_options,
    "arny_share": arny_share,
    "arny_eval_figures": arny_eval_figures,
    "arny_slice": arny_slice,
    "arny_bin": arny_bin,
    "arny_file_info": arny_file_info,
}
