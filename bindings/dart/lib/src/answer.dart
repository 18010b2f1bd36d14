import 'dart:async';
import 'dart:ffi';
import 'dart:isolate';

import 'errors.dart';
import 'events.dart';
import 'heap.dart';
import 'library.dart';
import 'native.dart';

/// Starts an answer whose events go to the receiver; a status.
typedef Post = int Function(
    Heap heap,
    Pointer<Pointer<arny_stream>> out,
    Pointer<NativeFunction<arny_event_receiver>> receiver,
    Pointer<Void> data);

final Pointer<NativeFunction<arny_event_receiver>> _receiver =
    native.library.lookup('arny_dart_receive');

/// A stream that starts the answer when it is listened to. Whoever cancels the subscription cancels the answer; the future of that is
/// complete when the library has stopped.
Stream<ArnyEvent> answer(Post post) => _Answer(post)._controller.stream;

final class _Answer implements Finalizable {
  _Answer(this._post) {
    _controller = StreamController<ArnyEvent>(
        onListen: _start, onCancel: _cancel, sync: true);
  }

  // An isolate that dies takes its answers along.
  static final NativeFinalizer _finalizer =
      NativeFinalizer(native.library.lookup('arny_stream_free'));

  final Post _post;
  final Completer<void> _over = Completer<void>();
  late final StreamController<ArnyEvent> _controller;
  late final RawReceivePort _port;
  Pointer<arny_stream> _stream = nullptr;
  bool _heard = true;

  void _start() {
    _port = RawReceivePort(_take, 'an answer');
    try {
      withHeap(_begin);
      _finalizer.attach(this, _stream.cast(), detach: this);
    } catch (error, trace) {
      _end();
      _controller.addError(error, trace);
      unawaited(_controller.close());
    }
  }

  void _begin(Heap heap) {
    final out = heap.bytes<Pointer<arny_stream>>(sizeOf<Pointer<Void>>());
    final port = heap.bytes<Pointer<arny_dart_port>>(sizeOf<Pointer<Void>>());
    check(native.arny_dart_port_new(
        port, _port.sendPort.nativePort, NativeApi.postCObject.cast()));
    try {
      check(_post(heap, out, _receiver, port.value.cast()));
    } catch (_) {
      native.arny_dart_port_free(port.value);
      rethrow;
    }
    _stream = out.value;
  }

  Future<void> _cancel() {
    _heard = false;
    if (_stream != nullptr) native.arny_stream_cancel(_stream);
    return _over.future;
  }

  void _take(int address) {
    final event = Pointer<arny_event>.fromAddress(address);
    if (event == nullptr) {
      _finish(const ArnyMemoryException('there was no memory for an event'));
      return;
    }
    final type = event.ref.type;
    if (type == ARNY_EVENT_ERROR) {
      final error = exceptionOf(
          event.ref.status, decodeText(event.ref.message) ?? '');
      native.arny_event_free(event);
      _finish(error);
      return;
    }
    final taken = _heard ? eventOf(event.ref) : null;
    native.arny_event_free(event);
    if (type == ARNY_EVENT_DONE) {
      _finish(null, taken);
    } else if (taken != null) {
      _controller.add(taken);
    }
  }

  // Nothing comes after it: the stream's thread ends now.
  void _finish(Object? error, [ArnyEvent? last]) {
    _finalizer.detach(this);
    native.arny_stream_free(_stream);
    _stream = nullptr;
    _end();
    if (!_heard) return;
    if (last != null) _controller.add(last);
    if (error != null) _controller.addError(error);
    unawaited(_controller.close());
  }

  void _end() {
    _port.close();
    if (!_over.isCompleted) _over.complete();
  }
}

/// What many want of an answer: its text.
extension AnswerText on Stream<ArnyEvent> {
  /// The text of the tokens, as they come.
  Stream<String> get texts =>
      where((event) => event is Token).map((event) => (event as Token).text);

  /// The whole text.
  Future<String> get text => texts.join();
}
