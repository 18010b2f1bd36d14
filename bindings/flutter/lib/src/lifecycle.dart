import 'dart:async';
import 'dart:io';

import 'package:arny/arny.dart';
import 'package:flutter/services.dart';
import 'package:flutter/widgets.dart';

import 'channel.dart';

/// Tells a team what happens to the app: memory warnings, and the way to the background. Back in the foreground nothing
/// needs to be done: the next message brings back what it needs.
///
/// For a team of `package:arny`. What the channel has open hears of it on the native side.
final class ArnyLifecycle with WidgetsBindingObserver {
  /// [sessions]: whose answers are cancelled on the way to the background, when [cancel] says so. On iOS that must be,
  /// because the app is stopped some seconds later, and killed if it still holds a lock on a file; on Android an answer
  /// may end.
  ArnyLifecycle(this.team,
      {this.sessions = const [], ArnyChannel? channel, bool? cancel, this.onError})
      : _channel = channel ?? ArnyChannel(),
        _cancel = cancel ?? Platform.isIOS;

  final Team team;
  final List<Session> sessions;

  /// Hears what goes wrong here, where nobody waits for it.
  final void Function(Object error)? onError;
  final ArnyChannel _channel;
  final bool _cancel;
  bool _asleep = false;

  void attach() => WidgetsBinding.instance.addObserver(this);

  void detach() => WidgetsBinding.instance.removeObserver(this);

  @override
  void didHaveMemoryPressure() =>
      unawaited(_told(() => team.pressure(Pressure.critical)));

  @override
  void didChangeAppLifecycleState(AppLifecycleState state) {
    switch (state) {
      case AppLifecycleState.hidden || AppLifecycleState.paused:
        if (!_asleep) unawaited(_told(sleep)); // first hidden, then paused
        _asleep = true;
      case AppLifecycleState.resumed:
        _asleep = false;
      case AppLifecycleState.inactive || AppLifecycleState.detached:
    }
  }

  /// Writes what is kept, and gives memory and locks back. iOS is asked for the seconds that this takes.
  Future<void> sleep() async {
    if (_cancel) {
      for (final session in sessions) {
        if (!session.isClosed) session.cancel();
      }
    }
    await _hold(true);
    try {
      await team.suspend();
    } finally {
      await _hold(false);
    }
  }

  Future<void> _hold(bool hold) async {
    try {
      await _channel.invoke<void>('holdBackground', {'hold': hold});
    } on MissingPluginException {
      // A desktop, or a test: nobody stops the process.
    }
  }

  Future<void> _told(Future<void> Function() work) async {
    if (team.isClosed) return;
    try {
      await work();
    } catch (error) {
      onError?.call(error);
    }
  }
}
