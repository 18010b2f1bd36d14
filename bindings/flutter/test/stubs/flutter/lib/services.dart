// As much of Flutter's services as the package names, with a native side that tests play.
import 'dart:async';

class PlatformException implements Exception {
  PlatformException({required this.code, this.message, this.details});

  final String code;
  final String? message;
  final Object? details;

  @override
  String toString() => 'PlatformException($code, $message, $details)';
}

class MissingPluginException implements Exception {
  MissingPluginException([this.message]);

  final String? message;
}

/// The native side: what is asked for by each method of a channel.
typedef Native = FutureOr<Object?> Function(String method, Object? arguments);

final Map<String, Native> natives = {};

/// Who listens to an event channel, by its name.
final Map<String, void Function(Object? event)> listeners = {};

class MethodChannel {
  const MethodChannel(this.name);

  final String name;

  Future<T?> invokeMethod<T>(String method, [Object? arguments]) async {
    await Future<void>.delayed(Duration.zero);
    final native = natives[name];
    if (native == null) throw MissingPluginException('$method on $name');
    return await native(method, arguments) as T?;
  }
}

class EventChannel {
  const EventChannel(this.name);

  final String name;

  Stream<Object?> receiveBroadcastStream([Object? arguments]) {
    late final StreamController<Object?> controller;
    return (controller = StreamController<Object?>.broadcast(
            onListen: () => listeners[name] = controller.add,
            onCancel: () => listeners.remove(name)))
        .stream;
  }
}
