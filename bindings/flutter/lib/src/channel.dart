import 'dart:async';
import 'dart:math';
import 'dart:typed_data';

import 'package:arny/arny.dart';
import 'package:flutter/services.dart';

import 'events.dart';
import 'power.dart';

/// The channel to the native side of the plugin, for one model or one team that is open there. What it refuses is a
/// [PlatformException]: `code` is the short name of an [ArnyException] ("argument", "not-found", ...), `details` what
/// helps.
final class ArnyChannel {
  ArnyChannel([this.name = defaultName]) : _methods = MethodChannel(name);

  /// As in the guide. An app with another one tells the native side too: see README.md.
  static const String defaultName = 'com.example.app/executorch';

  // A channel has one listener on the native side: streams of the same name share it.
  static final Map<String, Stream<Map<Object?, Object?>>> _shared = {};

  // Answers of an isolate that is gone (hot restart) may still have an event on its way: their ids are others.
  static int _lastId = Random().nextInt(1 << 30);

  final String name;
  final MethodChannel _methods;

  Future<T?> invoke<T>(String method, [Map<String, Object?>? arguments]) =>
      _methods.invokeMethod<T>(method, arguments);

  /// All events, as they come: token, loading, memory, power, ... See docs/flutter.md.
  Stream<Map<Object?, Object?>> get events =>
      _shared[name] ??= EventChannel('$name/events')
          .receiveBroadcastStream()
          .where((event) => event is Map)
          .cast<Map<Object?, Object?>>();

  /// An answer of what is open. It begins when the stream is listened to; cancelling the subscription cancels it.
  Stream<ArnyEvent> answer(String prompt,
      {int maxTokens = 512, double temperature = 0.7}) {
    final id = ++_lastId;
    StreamSubscription<Map<Object?, Object?>>? listening;
    late final StreamController<ArnyEvent> controller;

    Future<void> end() async {
      final subscription = listening;
      listening = null;
      await subscription?.cancel();
      await controller.close();
    }

    void fail(Object error, [StackTrace? trace]) {
      controller.addError(error, trace);
      unawaited(end());
    }

    void take(Map<Object?, Object?> fields) {
      if (fields['id'] != id) return;
      if (fields['type'] == 'error') {
        fail(PlatformException(
            code: '${fields['code']}',
            message: fields['message'] as String?,
            details: fields['remedy']));
        return;
      }
      final event = eventOf(fields);
      if (event != null) controller.add(event);
      if (event is Done) unawaited(end());
    }

    Future<void> start() async {
      listening = events.listen(take, onError: fail);
      try {
        await invoke<bool>('startText', {
          'id': id,
          'prompt': prompt,
          'maxTokens': maxTokens,
          'temperature': temperature,
        });
      } catch (error, trace) {
        fail(error, trace);
      }
    }

    controller = StreamController<ArnyEvent>(
        onListen: () => unawaited(start()),
        onPause: () => listening?.pause(),
        onResume: () => listening?.resume(),
        onCancel: () async {
          if (listening == null) return; // it has ended
          await invoke<void>('cancelText', {'id': id});
          await listening?.cancel();
          listening = null;
        });
    return controller.stream;
  }

  /// The share of a model's file that is open, 0 to 1, while it is being opened.
  Stream<Loading> get loading => events
      .where((fields) => fields['type'] == 'loading')
      .map((fields) => eventOf(fields)! as Loading);

  /// What is in memory: told after each answer, and after a memory warning.
  Stream<Memory> get memories =>
      events.where((fields) => fields['type'] == 'memory').map(memoryOf);

  /// What is in memory now; null: no team is open.
  Future<Memory?> memory() async {
    final fields = await invoke<Map<Object?, Object?>>('memory');
    return fields == null ? null : memoryOf(fields);
  }

  /// Battery saver and heat: once when it is listened to, then at each change. Hints, see [PowerState].
  Stream<PowerState> get power => events
      .where((fields) => fields['type'] == 'power')
      .map(PowerState.of);

  /// 32 bytes that encrypt sessions. They are kept by the system's keystore, stay on this device, and are made at the
  /// first call. [reset]: new ones; what was encrypted with the old ones is lost.
  Future<Uint8List> sessionKey({bool reset = false}) async =>
      (await invoke<Uint8List>('sessionKey', {'reset': reset}))!;

  /// The app's own folders: "support" for what is kept, "cache" for what may be lost.
  Future<Map<String, String>> folders() async =>
      (await invoke<Map<Object?, Object?>>('folders'))!.cast();

  /// Stops what is being answered.
  Future<void> cancel() => invoke<void>('cancelText');
}
