import 'dart:convert';
import 'dart:ffi';
import 'dart:io';
import 'dart:typed_data';

import 'errors.dart';

// Memory that C reads. The C library's own allocator is part of every system that Dart runs on.
final DynamicLibrary _c = Platform.isWindows
    ? DynamicLibrary.open('ucrtbase.dll')
    : DynamicLibrary.process();
final Pointer<Void> Function(int, int) _calloc = _c.lookupFunction<
    Pointer<Void> Function(Size, Size),
    Pointer<Void> Function(int, int)>('calloc');
final void Function(Pointer<Void>) _free = _c.lookupFunction<
    Void Function(Pointer<Void>), void Function(Pointer<Void>)>('free');

/// Memory that lives as long as a call.
final class Heap {
  final List<Pointer<Void>> _blocks = [];

  /// Zeroed memory.
  Pointer<T> bytes<T extends NativeType>(int count) {
    final block = _calloc(1, count);
    if (block == nullptr) {
      throw const ArnyMemoryException('there is no memory');
    }
    _blocks.add(block);
    return block.cast();
  }

  /// A C string; null for null. What is no text reaches the library, which refuses it; only a NUL cannot.
  Pointer<Char> text(String? value, String what) {
    if (value == null) return nullptr;
    final nul = value.indexOf('\u0000');
    if (nul >= 0) {
      throw ArnyArgumentException(
          '$what has a NUL at character $nul: a C string cannot hold it');
    }
    final encoded = encodeText(value);
    final copy = bytes<Uint8>(encoded.length + 1);
    copy.asTypedList(encoded.length).setAll(0, encoded);
    return copy.cast();
  }

  /// An array of C strings; null for none.
  Pointer<Pointer<Char>> texts(List<String> values, String what) {
    if (values.isEmpty) return nullptr;
    final array =
        bytes<Pointer<Char>>(values.length * sizeOf<Pointer<Void>>());
    for (var i = 0; i < values.length; i++) {
      (array + i).value = text(values[i], what);
    }
    return array;
  }

  void free() {
    _blocks
      ..forEach(_free)
      ..clear();
  }
}

/// Calls [work] with memory that is freed when it is over.
T withHeap<T>(T Function(Heap heap) work) {
  final heap = Heap();
  try {
    return work(heap);
  } finally {
    heap.free();
  }
}

/// UTF-8, with lone surrogates as the three bytes that they would be, so that they are refused and not replaced.
Uint8List encodeText(String value) {
  if (!_hasLoneSurrogate(value)) return utf8.encode(value);
  final out = BytesBuilder();
  var start = 0;
  for (var i = 0; i < value.length; i++) {
    final unit = value.codeUnitAt(i);
    if (_isPair(value, i)) {
      i++;
    } else if (unit & 0xf800 == 0xd800) {
      out
        ..add(utf8.encode(value.substring(start, i)))
        ..add([
          0xe0 | unit >> 12,
          0x80 | unit >> 6 & 0x3f,
          0x80 | unit & 0x3f,
        ]);
      start = i + 1;
    }
  }
  out.add(utf8.encode(value.substring(start)));
  return out.takeBytes();
}

bool _isPair(String value, int i) =>
    value.codeUnitAt(i) & 0xfc00 == 0xd800 &&
    i + 1 < value.length &&
    value.codeUnitAt(i + 1) & 0xfc00 == 0xdc00;

bool _hasLoneSurrogate(String value) {
  for (var i = 0; i < value.length; i++) {
    if (value.codeUnitAt(i) & 0xf800 != 0xd800) continue;
    if (!_isPair(value, i)) return true;
    i++;
  }
  return false;
}

/// A C string, of [length] bytes where that is known; null for null.
String? decodeText(Pointer<Char> text, [int? length]) {
  if (text == nullptr) return null;
  final bytes = text.cast<Uint8>();
  var count = length ?? 0;
  if (length == null) {
    while (bytes[count] != 0) {
      count++;
    }
  }
  return utf8.decode(bytes.asTypedList(count), allowMalformed: true);
}

/// A C string in an array of a struct.
String decodeArray(Array<Char> array, int most) {
  final bytes = <int>[];
  for (var i = 0; i < most && array[i] != 0; i++) {
    bytes.add(array[i] & 0xff);
  }
  return utf8.decode(bytes, allowMalformed: true);
}
