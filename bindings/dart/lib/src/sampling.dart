import 'dart:ffi';

import 'errors.dart';
import 'heap.dart';
import 'native.dart';

/// How tokens are chosen: see `arny_sampling` in arny/model.h.
final class Sampling {
  const Sampling({
    this.temperature = 0.7,
    this.topK = 40,
    this.topP = 0.95,
    this.minP = 0.05,
    this.repeatPenalty = 1,
    this.repeatLast = 64,
    this.seed = 0,
  });

  /// The most probable token each time.
  static const greedy = Sampling(temperature: 0, topK: 0, topP: 1, minP: 0);

  final double temperature;
  final int topK;
  final double topP;
  final double minP;
  final double repeatPenalty;
  final int repeatLast;

  /// The same seed gives the same text; 0: a new one each time.
  final int seed;
}

/// In the memory of a call; null for null: the defaults.
Pointer<arny_sampling> fillSampling(Heap heap, Sampling? sampling) {
  if (sampling == null) return nullptr;
  final out = heap.bytes<arny_sampling>(sizeOf<arny_sampling>());
  out.ref
    ..temperature = sampling.temperature
    ..top_k = int32(sampling.topK, 'topK')
    ..top_p = sampling.topP
    ..min_p = sampling.minP
    ..repeat_penalty = sampling.repeatPenalty
    ..repeat_last = int32(sampling.repeatLast, 'repeatLast')
    ..seed = sampling.seed;
  return out;
}

/// C would cut what is too large.
int int32(int value, String what) {
  if (value < -0x80000000 || value > 0x7fffffff) {
    throw ArnyArgumentException(
        '$what is $value: a number of 32 bits expected');
  }
  return value;
}
