import 'dart:ffi';

import 'errors.dart';
import 'heap.dart';
import 'library.dart';
import 'native.dart';
import 'sampling.dart';

/// What a file is, as its header says: see `arny_file_info` in arny/file.h.
final class FileInfo {
  const FileInfo(
      {required this.kind,
      required this.architecture,
      required this.name,
      required this.quantization,
      required this.chat,
      required this.bytes,
      required this.parameters,
      required this.context,
      required this.embedding,
      required this.layers,
      required this.vocabulary,
      required this.weights,
      required this.sealed});

  final String kind;
  final String architecture;
  final String name;
  final String quantization;
  final String chat;
  final int bytes;
  final int parameters;
  final int context;
  final int embedding;
  final int layers;
  final int vocabulary;
  final int weights;
  final bool sealed;
}

/// Checks a model file, or a team's folder, from its first to its last byte, and says what it is. Runs nothing.
Future<FileInfo> inspect(String path) => inBackground(() => withHeap((heap) {
      final info = heap.bytes<arny_file_info>(sizeOf<arny_file_info>());
      info.ref.size = sizeOf<arny_file_info>();
      check(native.arny_file_inspect(info, heap.text(path, 'the path')));
      final i = info.ref;
      return FileInfo(
          kind: decodeArray(i.kind, 16),
          architecture: decodeArray(i.architecture, 64),
          name: decodeArray(i.name, 128),
          quantization: decodeArray(i.quantization, 32),
          chat: decodeArray(i.chat, 32),
          bytes: i.bytes,
          parameters: i.parameters,
          context: i.context,
          embedding: i.embedding,
          layers: i.layers,
          vocabulary: i.vocabulary,
          weights: i.weights,
          sealed: i.sealed != 0);
    }));

/// Writes a model with other weight types: "q4_0", "q8_0", "q4_k_m", "f16", ...
Future<void> quantize(String from, String to, String type,
        {int threads = 0}) =>
    inBackground(() => withHeap((heap) => check(native.arny_file_quantize(
        heap.text(from, 'the path'),
        heap.text(to, 'the path'),
        heap.text(type, 'type'),
        int32(threads, 'threads'),
        nullptr,
        nullptr))));

/// Writes a model with a LoRA adapter in it.
Future<void> merge(String base, String adapter, String to) =>
    inBackground(() => withHeap((heap) => check(native.arny_file_merge(
        heap.text(base, 'the path'),
        heap.text(adapter, 'the path'),
        heap.text(to, 'the path'),
        nullptr,
        nullptr))));
