import 'dart:ffi';
import 'dart:io';
import 'dart:isolate';

import 'errors.dart';
import 'heap.dart';
import 'native.dart';

/// The library as a whole.
abstract final class Arny {
  /// Where the shared library is. Set it before the first other call; else it is found as `$ARNY_LIBRARY`, in the app (where Flutter's
  /// plugin or the build hook put it), or by its name on the system.
  static String? libraryPath;

  /// "0.1.0".
  static String get version => decodeText(native.arny_version())!;

  /// The engines of this build: "gguf", "pte", "fake".
  static List<String> get engines =>
      decodeText(native.arny_engines())!.split(' ');

  /// The folder of what can be made anew, such as the packed weights of a .pte; "": none. Before the first other call.
  static void setCache(String folder) => withHeap((heap) =>
      check(native.arny_set_cache(heap.text(folder, 'the folder'))));

  /// Names of the chat templates that `chat` of a model takes.
  static List<String> get chatTemplates =>
      decodeText(native.arny_chat_templates())!.split(' ');
}

/// This isolate's way into the library.
final ArnyLibrary native = ArnyLibrary(_open());

DynamicLibrary _open() {
  final tried = <String>[];
  for (final open in _ways()) {
    try {
      return open();
    } on ArgumentError catch (error) {
      tried.add('${error.message ?? error}');
    }
  }
  throw UnsupportedError(
      "Arny's library was not found: add package arny_flutter to the app, install the library, or set Arny.libraryPath or "
      '\$ARNY_LIBRARY.\n  ${tried.join('\n  ')}');
}

Iterable<DynamicLibrary Function()> _ways() sync* {
  final named = Arny.libraryPath ?? Platform.environment['ARNY_LIBRARY'];
  if (named != null) {
    yield () => DynamicLibrary.open(named);
    return;
  }
  yield _ofHook;
  if (Platform.isIOS || Platform.isMacOS) {
    yield () => DynamicLibrary.open('arny.framework/arny');
    yield () => DynamicLibrary.open('libarny.dylib');
    yield () => DynamicLibrary.process()..lookup<Void>('arny_version');
  } else if (Platform.isWindows) {
    yield () => DynamicLibrary.open('arny.dll');
  } else {
    yield () => DynamicLibrary.open('libarny.so');
    yield () => DynamicLibrary.open('libarny.so.0');
  }
}

// ---- the library that hook/build.dart has put into the app: known by one of its functions ------------------------

@Native<Pointer<Char> Function()>(
    symbol: 'arny_version', assetId: 'package:arny/arny')
external Pointer<Char> _versionOfAsset();

final class _Place extends Struct {
  external Pointer<Char> file;
  external Pointer<Void> base;
  external Pointer<Char> name;
  external Pointer<Void> at;
}

DynamicLibrary _ofHook() {
  if (Platform.isWindows) throw ArgumentError('no dladdr');
  return DynamicLibrary.open(
      fileOf(Native.addressOf<NativeFunction<Pointer<Char> Function()>>(
              _versionOfAsset)
          .cast()));
}

/// The file that a function was loaded from.
String fileOf(Pointer<Void> function) {
  final dladdr = DynamicLibrary.process().lookupFunction<
      Int Function(Pointer<Void>, Pointer<_Place>),
      int Function(Pointer<Void>, Pointer<_Place>)>('dladdr');
  return withHeap((heap) {
    final place = heap.bytes<_Place>(sizeOf<_Place>());
    if (dladdr(function, place) == 0) throw ArgumentError('no file');
    return decodeText(place.ref.file)!;
  });
}

// ---- what takes longer than a moment ------------------------------------------------------------------------------

/// Calls [work], which may wait, in a helper isolate. It and its result must be sendable: addresses, not pointers.
Future<T> inBackground<T>(T Function() work) {
  final path = Arny.libraryPath;
  return Isolate.run(() {
    Arny.libraryPath = path;
    return work();
  });
}
