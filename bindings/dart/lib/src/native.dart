// The C interface of Arny. Written by bindings/generate.py from include/arny/*.h, which say what all of it means. Do not edit.
// ignore_for_file: camel_case_types, constant_identifier_names, non_constant_identifier_names
// ignore_for_file: lines_longer_than_80_chars
import 'dart:ffi';

// enum arny_status
const int ARNY_OK = 0;
const int ARNY_E_ARGUMENT = -1;
const int ARNY_E_NOT_FOUND = -2;
const int ARNY_E_DATA = -3;
const int ARNY_E_MEMORY = -4;
const int ARNY_E_BUDGET = -5;
const int ARNY_E_IO = -6;
const int ARNY_E_WRITE = -7;
const int ARNY_E_UNSUPPORTED = -8;
const int ARNY_E_CANCELLED = -9;
const int ARNY_E_CONTEXT = -10;
const int ARNY_E_BUSY = -11;
const int ARNY_E_ENGINE = -12;
const int ARNY_E_END = -13;

// enum arny_log_level
const int ARNY_LOG_ERROR = 0;
const int ARNY_LOG_WARN = 1;
const int ARNY_LOG_INFO = 2;
const int ARNY_LOG_DEBUG = 3;

// enum arny_event_type
const int ARNY_EVENT_ROUTED = 1;
const int ARNY_EVENT_LOADING = 2;
const int ARNY_EVENT_READY = 3;
const int ARNY_EVENT_TOKEN = 4;
const int ARNY_EVENT_DONE = 5;
const int ARNY_EVENT_ERROR = 6;
const int ARNY_EVENT_DROPPED = 7;
const int ARNY_EVENT_SAFETY = 8;

// enum arny_from
const int ARNY_FROM_HOT = 1;
const int ARNY_FROM_PARKED = 2;
const int ARNY_FROM_CLOSED = 3;

// enum arny_reason
const int ARNY_REASON_STOP = 1;
const int ARNY_REASON_LENGTH = 2;
const int ARNY_REASON_CANCELLED = 3;
const int ARNY_REASON_CONTEXT = 4;
const int ARNY_REASON_SAFETY = 5;

// enum arny_state
const int ARNY_STATE_CLOSED = 0;
const int ARNY_STATE_PARKED = 1;
const int ARNY_STATE_OPEN = 2;

// enum arny_pressure
const int ARNY_PRESSURE_NONE = 0;
const int ARNY_PRESSURE_LOW = 1;
const int ARNY_PRESSURE_CRITICAL = 2;

// enum arny_persist
const int ARNY_PERSIST_TEAM = 0;
const int ARNY_PERSIST_NONE = 1;
const int ARNY_PERSIST_MEMORY = 2;
const int ARNY_PERSIST_DISK = 3;

final class arny_stream extends Opaque {}
final class arny_model extends Opaque {}
final class arny_team extends Opaque {}
final class arny_decision extends Opaque {}
final class arny_session extends Opaque {}
final class arny_report extends Opaque {}
final class arny_dart_port extends Opaque {}

typedef arny_log_callback = Void Function(Int, Pointer<Char>, Pointer<Void>);
typedef arny_event_callback = Int Function(Pointer<arny_event>, Pointer<Void>);
typedef arny_event_receiver = Void Function(Pointer<arny_event>, Pointer<Void>);
typedef arny_progress_callback = Int Function(Double, Pointer<Void>);
typedef arny_dart_post = Int8 Function(Int64, Pointer<Void>);

final class arny_allocator extends Struct {
  external Pointer<NativeFunction<Pointer<Void> Function(Pointer<Void>, Size, Pointer<Void>)>> resize;
  external Pointer<NativeFunction<Void Function(Pointer<Void>, Pointer<Void>)>> release;
  external Pointer<Void> user_data;
}

final class arny_cipher extends Struct {
  @Uint32()
  external int size;
  @Size()
  external int overhead;
  external Pointer<NativeFunction<Int Function(Pointer<Void>, Pointer<Size>, Pointer<Void>, Size, Pointer<Void>, Size, Pointer<Void>)>> seal;
  external Pointer<NativeFunction<Int Function(Pointer<Void>, Pointer<Size>, Pointer<Void>, Size, Pointer<Void>, Size, Pointer<Void>)>> open;
  external Pointer<Void> user_data;
}

final class arny_score extends Struct {
  external Pointer<Char> agent;
  @Double()
  external double p;
}

final class arny_event extends Struct {
  @Uint32()
  external int size;
  @Int32()
  external int type;
  external Pointer<Char> agent;
  @Double()
  external double confidence;
  external Pointer<arny_score> scores;
  @Size()
  external int scores_count;
  @Double()
  external double ms;
  external Pointer<Char> model;
  @Double()
  external double progress;
  @Int32()
  external int from;
  @Int64()
  external int restored_tokens;
  @Int64()
  external int prefill_tokens;
  @Int32()
  external int id;
  external Pointer<Char> text;
  @Size()
  external int text_len;
  @Int32()
  external int reason;
  @Int64()
  external int prompt_tokens;
  @Int64()
  external int tokens;
  @Double()
  external double ttft_ms;
  @Double()
  external double prefill_tps;
  @Double()
  external double decode_tps;
  @Int64()
  external int rss;
  @Int64()
  external int anon;
  @Int64()
  external int written;
  @Int64()
  external int dropped_turns;
  @Int32()
  external int status;
  external Pointer<Char> message;
}

final class arny_sampling extends Struct {
  @Float()
  external double temperature;
  @Int32()
  external int top_k;
  @Float()
  external double top_p;
  @Float()
  external double min_p;
  @Float()
  external double repeat_penalty;
  @Int32()
  external int repeat_last;
  @Uint64()
  external int seed;
}

final class arny_model_options extends Struct {
  @Uint32()
  external int size;
  external Pointer<Char> engine;
  external Pointer<Char> tokenizer;
  external Pointer<Char> adapter;
  external Pointer<Char> chat;
  @Int32()
  external int context;
  @Int32()
  external int batch;
  @Int32()
  external int threads;
  @Int32()
  external int gpu_layers;
  @Int32()
  external int repack;
  external Pointer<NativeFunction<arny_progress_callback>> progress;
  external Pointer<Void> progress_data;
}

final class arny_request extends Struct {
  @Uint32()
  external int size;
  external Pointer<Char> prompt;
  external Pointer<Char> system;
  @Int32()
  external int raw;
  @Int32()
  external int max_tokens;
  external Pointer<arny_sampling> sampling;
  external Pointer<Pointer<Char>> stop;
  @Size()
  external int stop_count;
  @Int32()
  external int ignore_eos;
}

final class arny_team_options extends Struct {
  @Uint32()
  external int size;
  external Pointer<Char> engine;
  @Int64()
  external int budget;
  @Int32()
  external int threads;
  external Pointer<Char> language;
  external Pointer<Char> state;
  external Pointer<Uint8> key;
  external Pointer<arny_cipher> cipher;
  @Int32()
  external int watch;
}

final class arny_agent_estimate extends Struct {
  external Pointer<Char> agent;
  @Int64()
  external int weights;
  @Int64()
  external int kv;
  @Int64()
  external int compute;
  @Int64()
  external int adapter;
}

final class arny_team_estimate extends Struct {
  @Uint32()
  external int size;
  @Int64()
  external int peak;
  @Int64()
  external int budget;
  @Int32()
  external int fits;
}

final class arny_agent_memory extends Struct {
  external Pointer<Char> agent;
  external Pointer<Char> model;
  @Int32()
  external int state;
  @Int64()
  external int weights;
  @Int64()
  external int context;
  @Int64()
  external int snapshot;
  @Int64()
  external int context_tokens;
  @Int64()
  external int resident;
}

final class arny_memory extends Struct {
  @Uint32()
  external int size;
  @Int64()
  external int rss;
  @Int64()
  external int anon;
  @Int64()
  external int peak;
  @Int64()
  external int budget;
  @Int64()
  external int file;
  @Int64()
  external int left;
}

final class arny_session_options extends Struct {
  @Uint32()
  external int size;
  @Int32()
  external int persist;
}

final class arny_ask_options extends Struct {
  @Uint32()
  external int size;
  external Pointer<Char> agent;
  @Int32()
  external int max_tokens;
  external Pointer<arny_sampling> sampling;
}

final class arny_turn extends Struct {
  external Pointer<Char> agent;
  external Pointer<Char> user;
  external Pointer<Char> reply;
}

final class arny_train_options extends Struct {
  @Uint32()
  external int size;
  external Pointer<Pointer<Char>> data;
  @Size()
  external int data_count;
  external Pointer<Pointer<Char>> calibration;
  @Size()
  external int calibration_count;
  external Pointer<Char> out;
  external Pointer<Char> cache;
  external Pointer<NativeFunction<arny_progress_callback>> progress;
  external Pointer<Void> user_data;
}

final class arny_training extends Struct {
  @Uint32()
  external int size;
  @Int64()
  external int messages;
  @Int64()
  external int turns;
  @Int64()
  external int dangers;
  @Double()
  external double accuracy;
  @Double()
  external double strength;
  @Double()
  external double temperature;
  @Double()
  external double spelling;
  @Double()
  external double turn_accuracy;
  @Double()
  external double alarm;
  @Double()
  external double danger_recall;
  @Double()
  external double danger_false;
}

final class arny_outcome extends Struct {
  @Uint32()
  external int size;
  external Pointer<Char> text;
  external Pointer<Char> agent;
  external Pointer<Char> decided;
  @Double()
  external double confidence;
  @Double()
  external double danger;
  @Int32()
  external int is_danger;
  external Pointer<Char> source;
  external Pointer<Char> kind;
  external Pointer<Char> lang;
  external Pointer<Char> file;
  @Int64()
  external int line;
  @Int64()
  external int tokens;
  @Double()
  external double ms;
}

final class arny_eval_options extends Struct {
  @Uint32()
  external int size;
  external Pointer<Pointer<Char>> data;
  @Size()
  external int data_count;
  external Pointer<NativeFunction<Int Function(Pointer<arny_outcome>, Pointer<Void>)>> each;
  external Pointer<NativeFunction<arny_progress_callback>> progress;
  external Pointer<Void> user_data;
}

final class arny_share extends Struct {
  @Int64()
  external int hits;
  @Int64()
  external int count;
  @Double()
  external double low;
  @Double()
  external double high;
}

final class arny_eval_figures extends Struct {
  @Uint32()
  external int size;
  external arny_share right;
  external arny_share none;
  external arny_share turns;
  external arny_share danger;
  external arny_share alarms;
  @Double()
  external double ece;
  @Double()
  external double ece_low;
  @Double()
  external double ece_high;
  @Double()
  external double p50_ms;
  @Double()
  external double p99_ms;
}

final class arny_slice extends Struct {
  external Pointer<Char> by;
  external Pointer<Char> name;
  external arny_share right;
}

final class arny_bin extends Struct {
  @Int64()
  external int count;
  @Double()
  external double confidence;
  @Double()
  external double accuracy;
}

final class arny_file_info extends Struct {
  @Uint32()
  external int size;
  @Array(16)
  external Array<Char> kind;
  @Array(64)
  external Array<Char> architecture;
  @Array(128)
  external Array<Char> name;
  @Array(32)
  external Array<Char> quantization;
  @Array(32)
  external Array<Char> chat;
  @Int64()
  external int bytes;
  @Int64()
  external int tensors;
  @Int64()
  external int parameters;
  @Int64()
  external int context;
  @Int64()
  external int embedding;
  @Int64()
  external int layers;
  @Int64()
  external int heads;
  @Int64()
  external int kv_heads;
  @Int64()
  external int vocabulary;
  @Int64()
  external int weights;
  @Int64()
  external int tokens;
  @Int32()
  external int sealed;
}

/// The functions of one library.
final class ArnyLibrary {
  ArnyLibrary(this.library);

  final DynamicLibrary library;

  late final Pointer<Char> Function() arny_last_error =
      library.lookupFunction<Pointer<Char> Function(), Pointer<Char> Function()>('arny_last_error');
  late final Pointer<Char> Function(int) arny_status_name =
      library.lookupFunction<Pointer<Char> Function(Int), Pointer<Char> Function(int)>('arny_status_name');
  late final Pointer<Char> Function(int) arny_status_remedy =
      library.lookupFunction<Pointer<Char> Function(Int), Pointer<Char> Function(int)>('arny_status_remedy');
  late final Pointer<Char> Function() arny_version =
      library.lookupFunction<Pointer<Char> Function(), Pointer<Char> Function()>('arny_version');
  late final Pointer<Char> Function() arny_engines =
      library.lookupFunction<Pointer<Char> Function(), Pointer<Char> Function()>('arny_engines');
  late final void Function(Pointer<NativeFunction<arny_log_callback>>, int, Pointer<Void>) arny_set_log =
      library.lookupFunction<Void Function(Pointer<NativeFunction<arny_log_callback>>, Int, Pointer<Void>), void Function(Pointer<NativeFunction<arny_log_callback>>, int, Pointer<Void>)>('arny_set_log');
  late final int Function(Pointer<arny_allocator>) arny_set_allocator =
      library.lookupFunction<Int Function(Pointer<arny_allocator>), int Function(Pointer<arny_allocator>)>('arny_set_allocator');
  late final int Function(Pointer<Char>) arny_set_cache =
      library.lookupFunction<Int Function(Pointer<Char>), int Function(Pointer<Char>)>('arny_set_cache');
  late final int Function(Pointer<Pointer<arny_event>>, Pointer<arny_stream>, int) arny_stream_next =
      library.lookupFunction<Int Function(Pointer<Pointer<arny_event>>, Pointer<arny_stream>, Int), int Function(Pointer<Pointer<arny_event>>, Pointer<arny_stream>, int)>('arny_stream_next');
  late final void Function(Pointer<arny_stream>) arny_stream_cancel =
      library.lookupFunction<Void Function(Pointer<arny_stream>), void Function(Pointer<arny_stream>)>('arny_stream_cancel');
  late final void Function(Pointer<arny_stream>) arny_stream_free =
      library.lookupFunction<Void Function(Pointer<arny_stream>), void Function(Pointer<arny_stream>)>('arny_stream_free');
  late final void Function(Pointer<arny_event>) arny_event_free =
      library.lookupFunction<Void Function(Pointer<arny_event>), void Function(Pointer<arny_event>)>('arny_event_free');
  late final Pointer<Char> Function(int) arny_event_name =
      library.lookupFunction<Pointer<Char> Function(Int), Pointer<Char> Function(int)>('arny_event_name');
  late final int Function(Pointer<Char>, int, Pointer<Size>, Pointer<arny_event>) arny_event_json =
      library.lookupFunction<Int Function(Pointer<Char>, Size, Pointer<Size>, Pointer<arny_event>), int Function(Pointer<Char>, int, Pointer<Size>, Pointer<arny_event>)>('arny_event_json');
  late final void Function(Pointer<arny_sampling>) arny_sampling_default =
      library.lookupFunction<Void Function(Pointer<arny_sampling>), void Function(Pointer<arny_sampling>)>('arny_sampling_default');
  late final int Function(Pointer<Pointer<arny_model>>, Pointer<Char>, Pointer<arny_model_options>) arny_model_open =
      library.lookupFunction<Int Function(Pointer<Pointer<arny_model>>, Pointer<Char>, Pointer<arny_model_options>), int Function(Pointer<Pointer<arny_model>>, Pointer<Char>, Pointer<arny_model_options>)>('arny_model_open');
  late final int Function(Pointer<arny_model>, Pointer<arny_request>, Pointer<NativeFunction<arny_event_callback>>, Pointer<Void>) arny_model_generate =
      library.lookupFunction<Int Function(Pointer<arny_model>, Pointer<arny_request>, Pointer<NativeFunction<arny_event_callback>>, Pointer<Void>), int Function(Pointer<arny_model>, Pointer<arny_request>, Pointer<NativeFunction<arny_event_callback>>, Pointer<Void>)>('arny_model_generate');
  late final int Function(Pointer<Pointer<arny_stream>>, Pointer<arny_model>, Pointer<arny_request>) arny_model_start =
      library.lookupFunction<Int Function(Pointer<Pointer<arny_stream>>, Pointer<arny_model>, Pointer<arny_request>), int Function(Pointer<Pointer<arny_stream>>, Pointer<arny_model>, Pointer<arny_request>)>('arny_model_start');
  late final int Function(Pointer<Pointer<arny_stream>>, Pointer<arny_model>, Pointer<arny_request>, Pointer<NativeFunction<arny_event_receiver>>, Pointer<Void>) arny_model_post =
      library.lookupFunction<Int Function(Pointer<Pointer<arny_stream>>, Pointer<arny_model>, Pointer<arny_request>, Pointer<NativeFunction<arny_event_receiver>>, Pointer<Void>), int Function(Pointer<Pointer<arny_stream>>, Pointer<arny_model>, Pointer<arny_request>, Pointer<NativeFunction<arny_event_receiver>>, Pointer<Void>)>('arny_model_post');
  late final void Function(Pointer<arny_model>) arny_model_cancel =
      library.lookupFunction<Void Function(Pointer<arny_model>), void Function(Pointer<arny_model>)>('arny_model_cancel');
  late final int Function(Pointer<Size>, Pointer<arny_model>, Pointer<Char>) arny_model_count_tokens =
      library.lookupFunction<Int Function(Pointer<Size>, Pointer<arny_model>, Pointer<Char>), int Function(Pointer<Size>, Pointer<arny_model>, Pointer<Char>)>('arny_model_count_tokens');
  late final int Function(Pointer<Double>, Pointer<Size>, Pointer<arny_model>, Pointer<Char>) arny_model_score =
      library.lookupFunction<Int Function(Pointer<Double>, Pointer<Size>, Pointer<arny_model>, Pointer<Char>), int Function(Pointer<Double>, Pointer<Size>, Pointer<arny_model>, Pointer<Char>)>('arny_model_score');
  late final void Function(Pointer<arny_model>) arny_model_free =
      library.lookupFunction<Void Function(Pointer<arny_model>), void Function(Pointer<arny_model>)>('arny_model_free');
  late final void Function(Pointer<arny_model>) arny_model_drop =
      library.lookupFunction<Void Function(Pointer<arny_model>), void Function(Pointer<arny_model>)>('arny_model_drop');
  late final Pointer<Char> Function() arny_chat_templates =
      library.lookupFunction<Pointer<Char> Function(), Pointer<Char> Function()>('arny_chat_templates');
  late final int Function(Pointer<Pointer<arny_team>>, Pointer<Char>, Pointer<arny_team_options>) arny_team_open =
      library.lookupFunction<Int Function(Pointer<Pointer<arny_team>>, Pointer<Char>, Pointer<arny_team_options>), int Function(Pointer<Pointer<arny_team>>, Pointer<Char>, Pointer<arny_team_options>)>('arny_team_open');
  late final int Function(Pointer<Pointer<arny_team>>, Pointer<Char>, Pointer<arny_model_options>, Pointer<Char>) arny_team_open_model =
      library.lookupFunction<Int Function(Pointer<Pointer<arny_team>>, Pointer<Char>, Pointer<arny_model_options>, Pointer<Char>), int Function(Pointer<Pointer<arny_team>>, Pointer<Char>, Pointer<arny_model_options>, Pointer<Char>)>('arny_team_open_model');
  late final int Function(Pointer<arny_team>, Pointer<NativeFunction<arny_progress_callback>>, Pointer<Void>) arny_team_warm =
      library.lookupFunction<Int Function(Pointer<arny_team>, Pointer<NativeFunction<arny_progress_callback>>, Pointer<Void>), int Function(Pointer<arny_team>, Pointer<NativeFunction<arny_progress_callback>>, Pointer<Void>)>('arny_team_warm');
  late final void Function(Pointer<arny_team>) arny_team_free =
      library.lookupFunction<Void Function(Pointer<arny_team>), void Function(Pointer<arny_team>)>('arny_team_free');
  late final void Function(Pointer<arny_team>) arny_team_drop =
      library.lookupFunction<Void Function(Pointer<arny_team>), void Function(Pointer<arny_team>)>('arny_team_drop');
  late final int Function(Pointer<arny_team>) arny_team_agent_count =
      library.lookupFunction<Size Function(Pointer<arny_team>), int Function(Pointer<arny_team>)>('arny_team_agent_count');
  late final Pointer<Char> Function(Pointer<arny_team>, int) arny_team_agent_name =
      library.lookupFunction<Pointer<Char> Function(Pointer<arny_team>, Size), Pointer<Char> Function(Pointer<arny_team>, int)>('arny_team_agent_name');
  late final Pointer<Char> Function(Pointer<arny_team>, int) arny_team_agent_description =
      library.lookupFunction<Pointer<Char> Function(Pointer<arny_team>, Size), Pointer<Char> Function(Pointer<arny_team>, int)>('arny_team_agent_description');
  late final Pointer<Char> Function(Pointer<arny_team>) arny_team_plan =
      library.lookupFunction<Pointer<Char> Function(Pointer<arny_team>), Pointer<Char> Function(Pointer<arny_team>)>('arny_team_plan');
  late final Pointer<Char> Function(Pointer<arny_team>) arny_team_engine =
      library.lookupFunction<Pointer<Char> Function(Pointer<arny_team>), Pointer<Char> Function(Pointer<arny_team>)>('arny_team_engine');
  late final int Function(Pointer<arny_team>) arny_team_budget =
      library.lookupFunction<Int64 Function(Pointer<arny_team>), int Function(Pointer<arny_team>)>('arny_team_budget');
  late final int Function(Pointer<Pointer<arny_decision>>, Pointer<arny_team>, Pointer<Pointer<Char>>, int) arny_team_route_turns =
      library.lookupFunction<Int Function(Pointer<Pointer<arny_decision>>, Pointer<arny_team>, Pointer<Pointer<Char>>, Size), int Function(Pointer<Pointer<arny_decision>>, Pointer<arny_team>, Pointer<Pointer<Char>>, int)>('arny_team_route_turns');
  late final int Function(Pointer<Pointer<arny_decision>>, Pointer<arny_team>, Pointer<Char>) arny_team_route =
      library.lookupFunction<Int Function(Pointer<Pointer<arny_decision>>, Pointer<arny_team>, Pointer<Char>), int Function(Pointer<Pointer<arny_decision>>, Pointer<arny_team>, Pointer<Char>)>('arny_team_route');
  late final Pointer<Char> Function(Pointer<arny_decision>) arny_decision_agent =
      library.lookupFunction<Pointer<Char> Function(Pointer<arny_decision>), Pointer<Char> Function(Pointer<arny_decision>)>('arny_decision_agent');
  late final double Function(Pointer<arny_decision>) arny_decision_confidence =
      library.lookupFunction<Double Function(Pointer<arny_decision>), double Function(Pointer<arny_decision>)>('arny_decision_confidence');
  late final int Function(Pointer<arny_decision>) arny_decision_count =
      library.lookupFunction<Size Function(Pointer<arny_decision>), int Function(Pointer<arny_decision>)>('arny_decision_count');
  late final Pointer<arny_score> Function(Pointer<arny_decision>) arny_decision_scores =
      library.lookupFunction<Pointer<arny_score> Function(Pointer<arny_decision>), Pointer<arny_score> Function(Pointer<arny_decision>)>('arny_decision_scores');
  late final double Function(Pointer<arny_decision>) arny_decision_danger =
      library.lookupFunction<Double Function(Pointer<arny_decision>), double Function(Pointer<arny_decision>)>('arny_decision_danger');
  late final double Function(Pointer<arny_decision>) arny_decision_ms =
      library.lookupFunction<Double Function(Pointer<arny_decision>), double Function(Pointer<arny_decision>)>('arny_decision_ms');
  late final void Function(Pointer<arny_decision>) arny_decision_free =
      library.lookupFunction<Void Function(Pointer<arny_decision>), void Function(Pointer<arny_decision>)>('arny_decision_free');
  late final int Function(Pointer<arny_team_estimate>, Pointer<arny_agent_estimate>, int, Pointer<Size>, Pointer<arny_team>) arny_team_estimate_memory =
      library.lookupFunction<Int Function(Pointer<arny_team_estimate>, Pointer<arny_agent_estimate>, Size, Pointer<Size>, Pointer<arny_team>), int Function(Pointer<arny_team_estimate>, Pointer<arny_agent_estimate>, int, Pointer<Size>, Pointer<arny_team>)>('arny_team_estimate_memory');
  late final int Function(Pointer<arny_memory>, Pointer<arny_agent_memory>, int, Pointer<Size>, Pointer<arny_team>) arny_team_memory =
      library.lookupFunction<Int Function(Pointer<arny_memory>, Pointer<arny_agent_memory>, Size, Pointer<Size>, Pointer<arny_team>), int Function(Pointer<arny_memory>, Pointer<arny_agent_memory>, int, Pointer<Size>, Pointer<arny_team>)>('arny_team_memory');
  late final int Function(Pointer<arny_team>, int) arny_team_pressure =
      library.lookupFunction<Int Function(Pointer<arny_team>, Int), int Function(Pointer<arny_team>, int)>('arny_team_pressure');
  late final int Function(Pointer<arny_team>) arny_team_suspend =
      library.lookupFunction<Int Function(Pointer<arny_team>), int Function(Pointer<arny_team>)>('arny_team_suspend');
  late final int Function(Pointer<arny_team>, Pointer<Char>) arny_team_expect =
      library.lookupFunction<Int Function(Pointer<arny_team>, Pointer<Char>), int Function(Pointer<arny_team>, Pointer<Char>)>('arny_team_expect');
  late final int Function(Pointer<arny_team>, Pointer<Char>, int) arny_agent_pin =
      library.lookupFunction<Int Function(Pointer<arny_team>, Pointer<Char>, Int), int Function(Pointer<arny_team>, Pointer<Char>, int)>('arny_agent_pin');
  late final int Function(Pointer<arny_team>, Pointer<Char>, Pointer<NativeFunction<arny_progress_callback>>, Pointer<Void>) arny_agent_preload =
      library.lookupFunction<Int Function(Pointer<arny_team>, Pointer<Char>, Pointer<NativeFunction<arny_progress_callback>>, Pointer<Void>), int Function(Pointer<arny_team>, Pointer<Char>, Pointer<NativeFunction<arny_progress_callback>>, Pointer<Void>)>('arny_agent_preload');
  late final int Function(Pointer<arny_team>, Pointer<Char>) arny_agent_unload =
      library.lookupFunction<Int Function(Pointer<arny_team>, Pointer<Char>), int Function(Pointer<arny_team>, Pointer<Char>)>('arny_agent_unload');
  late final int Function(Pointer<Pointer<arny_session>>, Pointer<arny_team>, Pointer<Char>) arny_session_open =
      library.lookupFunction<Int Function(Pointer<Pointer<arny_session>>, Pointer<arny_team>, Pointer<Char>), int Function(Pointer<Pointer<arny_session>>, Pointer<arny_team>, Pointer<Char>)>('arny_session_open');
  late final int Function(Pointer<Pointer<arny_session>>, Pointer<arny_team>, Pointer<Char>, Pointer<arny_session_options>) arny_session_open_with =
      library.lookupFunction<Int Function(Pointer<Pointer<arny_session>>, Pointer<arny_team>, Pointer<Char>, Pointer<arny_session_options>), int Function(Pointer<Pointer<arny_session>>, Pointer<arny_team>, Pointer<Char>, Pointer<arny_session_options>)>('arny_session_open_with');
  late final void Function(Pointer<arny_session>) arny_session_free =
      library.lookupFunction<Void Function(Pointer<arny_session>), void Function(Pointer<arny_session>)>('arny_session_free');
  late final void Function(Pointer<arny_session>) arny_session_drop =
      library.lookupFunction<Void Function(Pointer<arny_session>), void Function(Pointer<arny_session>)>('arny_session_drop');
  late final Pointer<Char> Function(Pointer<arny_session>) arny_session_name =
      library.lookupFunction<Pointer<Char> Function(Pointer<arny_session>), Pointer<Char> Function(Pointer<arny_session>)>('arny_session_name');
  late final int Function(Pointer<arny_session>, Pointer<Char>, Pointer<arny_ask_options>, Pointer<NativeFunction<arny_event_callback>>, Pointer<Void>) arny_session_ask =
      library.lookupFunction<Int Function(Pointer<arny_session>, Pointer<Char>, Pointer<arny_ask_options>, Pointer<NativeFunction<arny_event_callback>>, Pointer<Void>), int Function(Pointer<arny_session>, Pointer<Char>, Pointer<arny_ask_options>, Pointer<NativeFunction<arny_event_callback>>, Pointer<Void>)>('arny_session_ask');
  late final int Function(Pointer<Pointer<arny_stream>>, Pointer<arny_session>, Pointer<Char>, Pointer<arny_ask_options>) arny_session_start =
      library.lookupFunction<Int Function(Pointer<Pointer<arny_stream>>, Pointer<arny_session>, Pointer<Char>, Pointer<arny_ask_options>), int Function(Pointer<Pointer<arny_stream>>, Pointer<arny_session>, Pointer<Char>, Pointer<arny_ask_options>)>('arny_session_start');
  late final int Function(Pointer<Pointer<arny_stream>>, Pointer<arny_session>, Pointer<Char>, Pointer<arny_ask_options>, Pointer<NativeFunction<arny_event_receiver>>, Pointer<Void>) arny_session_post =
      library.lookupFunction<Int Function(Pointer<Pointer<arny_stream>>, Pointer<arny_session>, Pointer<Char>, Pointer<arny_ask_options>, Pointer<NativeFunction<arny_event_receiver>>, Pointer<Void>), int Function(Pointer<Pointer<arny_stream>>, Pointer<arny_session>, Pointer<Char>, Pointer<arny_ask_options>, Pointer<NativeFunction<arny_event_receiver>>, Pointer<Void>)>('arny_session_post');
  late final void Function(Pointer<arny_session>) arny_session_cancel =
      library.lookupFunction<Void Function(Pointer<arny_session>), void Function(Pointer<arny_session>)>('arny_session_cancel');
  late final int Function(Pointer<arny_session>, Pointer<Char>) arny_session_use =
      library.lookupFunction<Int Function(Pointer<arny_session>, Pointer<Char>), int Function(Pointer<arny_session>, Pointer<Char>)>('arny_session_use');
  late final Pointer<Char> Function(Pointer<arny_session>) arny_session_agent =
      library.lookupFunction<Pointer<Char> Function(Pointer<arny_session>), Pointer<Char> Function(Pointer<arny_session>)>('arny_session_agent');
  late final int Function(Pointer<arny_session>) arny_session_turn_count =
      library.lookupFunction<Size Function(Pointer<arny_session>), int Function(Pointer<arny_session>)>('arny_session_turn_count');
  late final int Function(Pointer<arny_turn>, Pointer<arny_session>, int) arny_session_turn =
      library.lookupFunction<Int Function(Pointer<arny_turn>, Pointer<arny_session>, Size), int Function(Pointer<arny_turn>, Pointer<arny_session>, int)>('arny_session_turn');
  late final int Function(Pointer<arny_session>, Pointer<NativeFunction<Int Function(Pointer<arny_turn>, Pointer<Void>)>>, Pointer<Void>) arny_session_each_turn =
      library.lookupFunction<Int Function(Pointer<arny_session>, Pointer<NativeFunction<Int Function(Pointer<arny_turn>, Pointer<Void>)>>, Pointer<Void>), int Function(Pointer<arny_session>, Pointer<NativeFunction<Int Function(Pointer<arny_turn>, Pointer<Void>)>>, Pointer<Void>)>('arny_session_each_turn');
  late final int Function(Pointer<arny_session>) arny_session_clear =
      library.lookupFunction<Int Function(Pointer<arny_session>), int Function(Pointer<arny_session>)>('arny_session_clear');
  late final int Function(Pointer<arny_team>, Pointer<Char>) arny_session_forget =
      library.lookupFunction<Int Function(Pointer<arny_team>, Pointer<Char>), int Function(Pointer<arny_team>, Pointer<Char>)>('arny_session_forget');
  late final int Function(Pointer<arny_team>, Pointer<NativeFunction<Int Function(Pointer<Char>, Pointer<Void>)>>, Pointer<Void>) arny_session_each =
      library.lookupFunction<Int Function(Pointer<arny_team>, Pointer<NativeFunction<Int Function(Pointer<Char>, Pointer<Void>)>>, Pointer<Void>), int Function(Pointer<arny_team>, Pointer<NativeFunction<Int Function(Pointer<Char>, Pointer<Void>)>>, Pointer<Void>)>('arny_session_each');
  late final int Function(Pointer<arny_training>, Pointer<arny_team>, Pointer<arny_train_options>) arny_gateway_train =
      library.lookupFunction<Int Function(Pointer<arny_training>, Pointer<arny_team>, Pointer<arny_train_options>), int Function(Pointer<arny_training>, Pointer<arny_team>, Pointer<arny_train_options>)>('arny_gateway_train');
  late final int Function(Pointer<Pointer<arny_report>>, Pointer<arny_team>, Pointer<arny_eval_options>) arny_gateway_eval =
      library.lookupFunction<Int Function(Pointer<Pointer<arny_report>>, Pointer<arny_team>, Pointer<arny_eval_options>), int Function(Pointer<Pointer<arny_report>>, Pointer<arny_team>, Pointer<arny_eval_options>)>('arny_gateway_eval');
  late final void Function(Pointer<arny_report>) arny_report_free =
      library.lookupFunction<Void Function(Pointer<arny_report>), void Function(Pointer<arny_report>)>('arny_report_free');
  late final Pointer<arny_eval_figures> Function(Pointer<arny_report>) arny_report_figures =
      library.lookupFunction<Pointer<arny_eval_figures> Function(Pointer<arny_report>), Pointer<arny_eval_figures> Function(Pointer<arny_report>)>('arny_report_figures');
  late final int Function(Pointer<arny_report>) arny_report_label_count =
      library.lookupFunction<Size Function(Pointer<arny_report>), int Function(Pointer<arny_report>)>('arny_report_label_count');
  late final Pointer<Char> Function(Pointer<arny_report>, int) arny_report_label =
      library.lookupFunction<Pointer<Char> Function(Pointer<arny_report>, Size), Pointer<Char> Function(Pointer<arny_report>, int)>('arny_report_label');
  late final int Function(Pointer<arny_report>, int, int) arny_report_confusion =
      library.lookupFunction<Int64 Function(Pointer<arny_report>, Size, Size), int Function(Pointer<arny_report>, int, int)>('arny_report_confusion');
  late final int Function(Pointer<arny_report>) arny_report_bin_count =
      library.lookupFunction<Size Function(Pointer<arny_report>), int Function(Pointer<arny_report>)>('arny_report_bin_count');
  late final Pointer<arny_bin> Function(Pointer<arny_report>, int) arny_report_bin =
      library.lookupFunction<Pointer<arny_bin> Function(Pointer<arny_report>, Size), Pointer<arny_bin> Function(Pointer<arny_report>, int)>('arny_report_bin');
  late final int Function(Pointer<arny_report>) arny_report_slice_count =
      library.lookupFunction<Size Function(Pointer<arny_report>), int Function(Pointer<arny_report>)>('arny_report_slice_count');
  late final Pointer<arny_slice> Function(Pointer<arny_report>, int) arny_report_slice =
      library.lookupFunction<Pointer<arny_slice> Function(Pointer<arny_report>, Size), Pointer<arny_slice> Function(Pointer<arny_report>, int)>('arny_report_slice');
  late final int Function(Pointer<arny_file_info>, Pointer<Char>) arny_file_inspect =
      library.lookupFunction<Int Function(Pointer<arny_file_info>, Pointer<Char>), int Function(Pointer<arny_file_info>, Pointer<Char>)>('arny_file_inspect');
  late final int Function(Pointer<Char>, Pointer<Char>, Pointer<Char>, int, Pointer<NativeFunction<arny_progress_callback>>, Pointer<Void>) arny_file_quantize =
      library.lookupFunction<Int Function(Pointer<Char>, Pointer<Char>, Pointer<Char>, Int32, Pointer<NativeFunction<arny_progress_callback>>, Pointer<Void>), int Function(Pointer<Char>, Pointer<Char>, Pointer<Char>, int, Pointer<NativeFunction<arny_progress_callback>>, Pointer<Void>)>('arny_file_quantize');
  late final int Function(Pointer<Char>, Pointer<Char>, Pointer<Char>, Pointer<NativeFunction<arny_progress_callback>>, Pointer<Void>) arny_file_merge =
      library.lookupFunction<Int Function(Pointer<Char>, Pointer<Char>, Pointer<Char>, Pointer<NativeFunction<arny_progress_callback>>, Pointer<Void>), int Function(Pointer<Char>, Pointer<Char>, Pointer<Char>, Pointer<NativeFunction<arny_progress_callback>>, Pointer<Void>)>('arny_file_merge');
  late final int Function(Pointer<Pointer<arny_dart_port>>, int, Pointer<NativeFunction<arny_dart_post>>) arny_dart_port_new =
      library.lookupFunction<Int Function(Pointer<Pointer<arny_dart_port>>, Int64, Pointer<NativeFunction<arny_dart_post>>), int Function(Pointer<Pointer<arny_dart_port>>, int, Pointer<NativeFunction<arny_dart_post>>)>('arny_dart_port_new');
  late final void Function(Pointer<arny_dart_port>) arny_dart_port_free =
      library.lookupFunction<Void Function(Pointer<arny_dart_port>), void Function(Pointer<arny_dart_port>)>('arny_dart_port_free');
  late final void Function(Pointer<arny_event>, Pointer<Void>) arny_dart_receive =
      library.lookupFunction<Void Function(Pointer<arny_event>, Pointer<Void>), void Function(Pointer<arny_event>, Pointer<Void>)>('arny_dart_receive');

  /// Each of them by name: a look-up fails where the library lacks it.
  late final Map<String, Function Function()> all = {
    'arny_last_error': () => arny_last_error,
    'arny_status_name': () => arny_status_name,
    'arny_status_remedy': () => arny_status_remedy,
    'arny_version': () => arny_version,
    'arny_engines': () => arny_engines,
    'arny_set_log': () => arny_set_log,
    'arny_set_allocator': () => arny_set_allocator,
    'arny_set_cache': () => arny_set_cache,
    'arny_stream_next': () => arny_stream_next,
    'arny_stream_cancel': () => arny_stream_cancel,
    'arny_stream_free': () => arny_stream_free,
    'arny_event_free': () => arny_event_free,
    'arny_event_name': () => arny_event_name,
    'arny_event_json': () => arny_event_json,
    'arny_sampling_default': () => arny_sampling_default,
    'arny_model_open': () => arny_model_open,
    'arny_model_generate': () => arny_model_generate,
    'arny_model_start': () => arny_model_start,
    'arny_model_post': () => arny_model_post,
    'arny_model_cancel': () => arny_model_cancel,
    'arny_model_count_tokens': () => arny_model_count_tokens,
    'arny_model_score': () => arny_model_score,
    'arny_model_free': () => arny_model_free,
    'arny_model_drop': () => arny_model_drop,
    'arny_chat_templates': () => arny_chat_templates,
    'arny_team_open': () => arny_team_open,
    'arny_team_open_model': () => arny_team_open_model,
    'arny_team_warm': () => arny_team_warm,
    'arny_team_free': () => arny_team_free,
    'arny_team_drop': () => arny_team_drop,
    'arny_team_agent_count': () => arny_team_agent_count,
    'arny_team_agent_name': () => arny_team_agent_name,
    'arny_team_agent_description': () => arny_team_agent_description,
    'arny_team_plan': () => arny_team_plan,
    'arny_team_engine': () => arny_team_engine,
    'arny_team_budget': () => arny_team_budget,
    'arny_team_route_turns': () => arny_team_route_turns,
    'arny_team_route': () => arny_team_route,
    'arny_decision_agent': () => arny_decision_agent,
    'arny_decision_confidence': () => arny_decision_confidence,
    'arny_decision_count': () => arny_decision_count,
    'arny_decision_scores': () => arny_decision_scores,
    'arny_decision_danger': () => arny_decision_danger,
    'arny_decision_ms': () => arny_decision_ms,
    'arny_decision_free': () => arny_decision_free,
    'arny_team_estimate_memory': () => arny_team_estimate_memory,
    'arny_team_memory': () => arny_team_memory,
    'arny_team_pressure': () => arny_team_pressure,
    'arny_team_suspend': () => arny_team_suspend,
    'arny_team_expect': () => arny_team_expect,
    'arny_agent_pin': () => arny_agent_pin,
    'arny_agent_preload': () => arny_agent_preload,
    'arny_agent_unload': () => arny_agent_unload,
    'arny_session_open': () => arny_session_open,
    'arny_session_open_with': () => arny_session_open_with,
    'arny_session_free': () => arny_session_free,
    'arny_session_drop': () => arny_session_drop,
    'arny_session_name': () => arny_session_name,
    'arny_session_ask': () => arny_session_ask,
    'arny_session_start': () => arny_session_start,
    'arny_session_post': () => arny_session_post,
    'arny_session_cancel': () => arny_session_cancel,
    'arny_session_use': () => arny_session_use,
    'arny_session_agent': () => arny_session_agent,
    'arny_session_turn_count': () => arny_session_turn_count,
    'arny_session_turn': () => arny_session_turn,
    'arny_session_each_turn': () => arny_session_each_turn,
    'arny_session_clear': () => arny_session_clear,
    'arny_session_forget': () => arny_session_forget,
    'arny_session_each': () => arny_session_each,
    'arny_gateway_train': () => arny_gateway_train,
    'arny_gateway_eval': () => arny_gateway_eval,
    'arny_report_free': () => arny_report_free,
    'arny_report_figures': () => arny_report_figures,
    'arny_report_label_count': () => arny_report_label_count,
    'arny_report_label': () => arny_report_label,
    'arny_report_confusion': () => arny_report_confusion,
    'arny_report_bin_count': () => arny_report_bin_count,
    'arny_report_bin': () => arny_report_bin,
    'arny_report_slice_count': () => arny_report_slice_count,
    'arny_report_slice': () => arny_report_slice,
    'arny_file_inspect': () => arny_file_inspect,
    'arny_file_quantize': () => arny_file_quantize,
    'arny_file_merge': () => arny_file_merge,
    'arny_dart_port_new': () => arny_dart_port_new,
    'arny_dart_port_free': () => arny_dart_port_free,
    'arny_dart_receive': () => arny_dart_receive,
  };
}

/// Bytes of each struct.
final Map<String, int> sizes = {
  'arny_allocator': sizeOf<arny_allocator>(),
  'arny_cipher': sizeOf<arny_cipher>(),
  'arny_score': sizeOf<arny_score>(),
  'arny_event': sizeOf<arny_event>(),
  'arny_sampling': sizeOf<arny_sampling>(),
  'arny_model_options': sizeOf<arny_model_options>(),
  'arny_request': sizeOf<arny_request>(),
  'arny_team_options': sizeOf<arny_team_options>(),
  'arny_agent_estimate': sizeOf<arny_agent_estimate>(),
  'arny_team_estimate': sizeOf<arny_team_estimate>(),
  'arny_agent_memory': sizeOf<arny_agent_memory>(),
  'arny_memory': sizeOf<arny_memory>(),
  'arny_session_options': sizeOf<arny_session_options>(),
  'arny_ask_options': sizeOf<arny_ask_options>(),
  'arny_turn': sizeOf<arny_turn>(),
  'arny_train_options': sizeOf<arny_train_options>(),
  'arny_training': sizeOf<arny_training>(),
  'arny_outcome': sizeOf<arny_outcome>(),
  'arny_eval_options': sizeOf<arny_eval_options>(),
  'arny_share': sizeOf<arny_share>(),
  'arny_eval_figures': sizeOf<arny_eval_figures>(),
  'arny_slice': sizeOf<arny_slice>(),
  'arny_bin': sizeOf<arny_bin>(),
  'arny_file_info': sizeOf<arny_file_info>(),
};
