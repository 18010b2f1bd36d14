import 'dart:io';
import 'dart:isolate';
import 'dart:typed_data';

/// SHA-256 (FIPS 180-4) of what is added, in hexadecimal digits.
final class Sha256 {
  static final Uint32List _k = _roots(64, 1 / 3);

  final Uint32List _state = _roots(8, 1 / 2);
  final Uint32List _w = Uint32List(64);
  final Uint8List _block = Uint8List(64);
  int _filled = 0;
  int _length = 0;

  /// The first 32 bits of the fractional parts of roots of the first primes, as the standard defines its constants.
  static Uint32List _roots(int count, double power) {
    final out = Uint32List(count);
    var candidate = 2;
    for (var i = 0; i < count; candidate++) {
      var prime = true;
      for (var d = 2; d * d <= candidate; d++) {
        if (candidate % d == 0) prime = false;
      }
      if (prime) out[i++] = _fraction(candidate, power == 1 / 2 ? 2 : 3);
    }
    return out;
  }

  /// floor(root * 2^32) mod 2^32, by bisection over exact integers: doubles have too few digits for cubes.
  static int _fraction(int prime, int degree) {
    final target = BigInt.from(prime) << (32 * degree);
    var low = BigInt.zero, high = BigInt.one << 40;
    while (high - low > BigInt.one) {
      final middle = (low + high) >> 1;
      if (middle.pow(degree) <= target) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return (low & BigInt.from(0xffffffff)).toInt();
  }

  void add(List<int> bytes) {
    _length += bytes.length;
    var at = 0;
    while (at < bytes.length) {
      final take = bytes.length - at < 64 - _filled
          ? bytes.length - at
          : 64 - _filled;
      _block.setRange(_filled, _filled + take, bytes, at);
      _filled += take;
      at += take;
      if (_filled == 64) _compress();
    }
  }

  /// The digest; nothing may be added after it.
  String close() {
    final bits = _length * 8;
    add([0x80]);
    while (_filled != 56) {
      add([0]);
    }
    final end = ByteData(8)
      ..setUint32(0, bits ~/ 0x100000000)
      ..setUint32(4, bits & 0xffffffff);
    add(end.buffer.asUint8List());
    return [for (final word in _state) word.toRadixString(16).padLeft(8, '0')]
        .join();
  }

  void _compress() {
    final words = ByteData.sublistView(_block);
    for (var t = 0; t < 16; t++) {
      _w[t] = words.getUint32(4 * t);
    }
    for (var t = 16; t < 64; t++) {
      final x = _w[t - 15], y = _w[t - 2];
      _w[t] = _w[t - 16] +
          (_turn(x, 7) ^ _turn(x, 18) ^ (x >>> 3)) +
          _w[t - 7] +
          (_turn(y, 17) ^ _turn(y, 19) ^ (y >>> 10));
    }
    var a = _state[0], b = _state[1], c = _state[2], d = _state[3];
    var e = _state[4], f = _state[5], g = _state[6], h = _state[7];
    for (var t = 0; t < 64; t++) {
      final first = h +
          (_turn(e, 6) ^ _turn(e, 11) ^ _turn(e, 25)) +
          ((e & f) ^ (~e & g & 0xffffffff)) +
          _k[t] +
          _w[t];
      final second = (_turn(a, 2) ^ _turn(a, 13) ^ _turn(a, 22)) +
          ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = (d + first) & 0xffffffff;
      d = c;
      c = b;
      b = a;
      a = (first + second) & 0xffffffff;
    }
    _state[0] += a;
    _state[1] += b;
    _state[2] += c;
    _state[3] += d;
    _state[4] += e;
    _state[5] += f;
    _state[6] += g;
    _state[7] += h;
    _filled = 0;
  }

  static int _turn(int word, int by) =>
      ((word >>> by) | (word << (32 - by))) & 0xffffffff;
}

/// Of a file, which is read in pieces, in an isolate of its own: a gigabyte takes seconds.
Future<String> digestOf(String path) => Isolate.run(() {
      final digest = Sha256();
      final file = File(path).openSync();
      try {
        final piece = Uint8List(1 << 20);
        for (var read = 0; (read = file.readIntoSync(piece)) > 0;) {
          digest.add(Uint8List.sublistView(piece, 0, read));
        }
      } finally {
        file.closeSync();
      }
      return digest.close();
    });
