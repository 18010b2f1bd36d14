import 'dart:async';
import 'dart:ffi';

import 'errors.dart';
import 'library.dart';

/// Something of the library that has an owner: closed once, and not while a call is inside.
final class Handle implements Finalizable {
  Handle(this._what, this._address, String drop, this._free)
      : _finalizer = _finalizers[drop] ??=
            NativeFinalizer(native.library.lookup(drop)) {
    _finalizer.attach(this, Pointer<Void>.fromAddress(_address), detach: this);
  }

  static final Map<String, NativeFinalizer> _finalizers = {};

  final String _what;
  final int _address;
  final NativeFinalizer _finalizer;
  final void Function(int address) _free;
  final Completer<void> _gone = Completer<void>();
  int _users = 0;
  bool _closed = false;

  bool get isClosed => _closed;

  /// Calls [work], which does not wait, with the address.
  T use<T>(T Function(int address) work) {
    _enter();
    try {
      return work(_address);
    } finally {
      _leave();
    }
  }

  /// Calls [work] with the address, which stays good until its future is complete.
  Future<T> useLater<T>(Future<T> Function(int address) work) async {
    _enter();
    try {
      return await work(_address);
    } finally {
      _leave();
    }
  }

  /// Later calls are refused at once; it is freed, in the background, when the last one that is inside is out.
  Future<void> close() {
    if (!_closed) {
      _closed = true;
      if (_users == 0) _freeLater();
    }
    return _gone.future;
  }

  void _enter() {
    if (_closed) throw ArnyArgumentException('the $_what is closed');
    _users++;
  }

  void _leave() {
    _users--;
    if (_closed && _users == 0) _freeLater();
  }

  void _freeLater() {
    _finalizer.detach(this);
    _gone.complete(_inBackground(_free, _address));
  }

  // Static, so that what is sent to the helper isolate holds nothing else.
  static Future<void> _inBackground(void Function(int) free, int address) =>
      inBackground(() => free(address));
}
