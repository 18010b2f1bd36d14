import 'dart:ffi';

import 'answer.dart';
import 'errors.dart';
import 'events.dart';
import 'handle.dart';
import 'heap.dart';
import 'library.dart';
import 'native.dart';
import 'sampling.dart';

export 'answer.dart' show AnswerText;

/// One model, no team.
final class Model {
  Model._(this.path, int address)
      : _handle = Handle('model', address, 'arny_model_drop', _free);

  final String path;
  final Handle _handle;

  bool get isClosed => _handle.isClosed;

  /// Opens a model file. Options as in `arny_model_options`; a 0 is the default.
  static Future<Model> open(
    String path, {
    String? engine,
    String? tokenizer,
    String? adapter,
    String? chat,
    int context = 0,
    int batch = 0,
    int threads = 0,
    int gpuLayers = 0,
    bool repack = false,
  }) async {
    final address = await inBackground(() => withHeap((heap) {
          final out = heap.bytes<Pointer<arny_model>>(sizeOf<Pointer<Void>>());
          final options =
              heap.bytes<arny_model_options>(sizeOf<arny_model_options>());
          options.ref
            ..size = sizeOf<arny_model_options>()
            ..engine = heap.text(engine, 'engine')
            ..tokenizer = heap.text(tokenizer, 'tokenizer')
            ..adapter = heap.text(adapter, 'adapter')
            ..chat = heap.text(chat, 'chat')
            ..context = int32(context, 'context')
            ..batch = int32(batch, 'batch')
            ..threads = int32(threads, 'threads')
            ..gpu_layers = int32(gpuLayers, 'gpuLayers')
            ..repack = repack ? 1 : 0;
          check(native.arny_model_open(
              out, heap.text(path, 'the path'), options));
          return out.value.address;
        }));
    return Model._(path, address);
  }

  /// The answer to a prompt. [raw]: the prompt as it stands, without a chat template; special tokens are parsed.
  Stream<ArnyEvent> generate(
    String prompt, {
    String? system,
    bool raw = false,
    int maxTokens = 0,
    Sampling? sampling,
    List<String> stop = const [],
  }) =>
      answer((heap, out, receiver, data) => _handle.use((address) {
            final request = heap.bytes<arny_request>(sizeOf<arny_request>());
            request.ref
              ..size = sizeOf<arny_request>()
              ..prompt = heap.text(prompt, 'the prompt')
              ..system = heap.text(system, 'the system message')
              ..raw = raw ? 1 : 0
              ..max_tokens = int32(maxTokens, 'maxTokens')
              ..sampling = fillSampling(heap, sampling)
              ..stop = heap.texts(stop, 'a stop string')
              ..stop_count = stop.length;
            return native.arny_model_post(
                out, Pointer.fromAddress(address), request, receiver, data);
          }));

  /// Stops what is running or waiting, if anything is.
  void cancel() => _handle.use((address) =>
      native.arny_model_cancel(Pointer<arny_model>.fromAddress(address)));

  /// The number of tokens of a text.
  Future<int> countTokens(String text) =>
      _handle.useLater((address) => _count(address, text));

  static Future<int> _count(int address, String text) =>
      inBackground(() => withHeap((heap) {
            final count = heap.bytes<Size>(sizeOf<Size>());
            check(native.arny_model_count_tokens(count,
                Pointer.fromAddress(address), heap.text(text, 'the text')));
            return count.value;
          }));

  /// Cancels what is running, and frees the model.
  Future<void> close() {
    if (!isClosed) cancel();
    return _handle.close();
  }

  static void _free(int address) =>
      native.arny_model_free(Pointer<arny_model>.fromAddress(address));
}
