import 'dart:async';
import 'dart:convert';
import 'dart:io';
import 'dart:typed_data';

import 'package:arny/arny.dart';

import 'channel.dart';
import 'digest.dart';

/// Where assets come from.
abstract interface class AssetSource {
  /// The file that is the asset; null: it is none (Android, where it is a part of the app's package).
  Future<String?> path(String asset);

  /// At most [length] bytes from [offset] on; none: the asset ends there.
  Future<Uint8List> read(String asset, int offset, int length);

  /// The folder for what is kept.
  Future<String> support();
}

/// The app's own assets, which the native side reads in pieces: `rootBundle` would hold a whole model in memory.
final class AppAssets implements AssetSource {
  AppAssets([ArnyChannel? channel]) : _channel = channel ?? ArnyChannel();

  final ArnyChannel _channel;

  @override
  Future<String?> path(String asset) =>
      _channel.invoke<String>('assetPath', {'asset': asset});

  @override
  Future<Uint8List> read(String asset, int offset, int length) async =>
      (await _channel.invoke<Uint8List>('readAsset',
          {'asset': asset, 'offset': offset, 'length': length}))!;

  @override
  Future<String> support() async => (await _channel.folders())['support']!;
}

/// Model files that come with the app.
///
/// A folder of assets has a manifest.json, which `dart run arny_flutter:manifest FOLDER` writes:
///
/// ```json
/// {"files": [{"name": "team.json", "size": 812, "sha256": "..."},
///            {"name": "math.gguf", "size": 91726336, "sha256": "..."}]}
/// ```
///
/// On iOS an asset is a file, and used where it is. On Android it is a part of the app's package; the library maps
/// files by their paths, and cannot map by a file descriptor and an offset, so each is copied out once. A copy that was
/// interrupted goes on where it was, and gets its name when its size and SHA-256 are right.
///
/// Models that are downloaded have a place of their own, [downloads]: this class does not touch it. Write them there as
/// `NAME.part`, check them with [digest], and rename them.
final class ArnyAssets {
  ArnyAssets({AssetSource? source}) : _source = source ?? AppAssets();

  static const int _piece = 1 << 20;

  // Two calls for the same folder are one.
  static final Map<String, Future<String>> _copying = {};

  final AssetSource _source;

  /// The folder of downloads. The native side looks there too, for models with relative paths.
  Future<String> downloads() async =>
      (await Directory('${await _source.support()}/downloads')
              .create(recursive: true))
          .path;

  /// SHA-256 of a file, in hexadecimal digits.
  static Future<String> digest(String path) => digestOf(path);

  /// A folder with these files, for `Team.open`. [into]: where they are copied to, if they must be; without it
  /// support's "models", where the native side looks for relative paths. That folder belongs to the assets: what no
  /// manifest lists any more is deleted.
  ///
  /// Throws [ArnyDataException] where the assets are not what the manifest says, [ArnyWriteException] where there is no
  /// room: what was copied stays, and the next call goes on from there.
  Future<String> folder(String assets,
      {String? into,
      void Function(String file, double share)? onProgress}) async {
    final target = into ?? '${await _source.support()}/models';
    return _copying[target] ??= _folder(assets, target, onProgress)
        .whenComplete(() {
      _copying.remove(target); // not returned: it would wait for itself
    });
  }

  Future<String> _folder(String assets, String target,
      void Function(String file, double share)? onProgress) async {
    final files = await _manifest('$assets/manifest.json');
    final here = await _source.path('$assets/manifest.json');
    if (here != null) return _inPlace(File(here).parent.path, files);
    await Directory(target).create(recursive: true);
    for (final file in files) {
      await _copy('$assets/${file.name}', '$target/${file.name}', file,
          (share) => onProgress?.call(file.name, share));
    }
    await _clean(target, files);
    return target;
  }

  /// The bundle is signed: sizes are enough.
  Future<String> _inPlace(String folder, List<_Entry> files) async {
    for (final file in files) {
      final found = File('$folder/${file.name}');
      if (!found.existsSync() || found.lengthSync() != file.size) {
        throw ArnyDataException(
            '${found.path} is not the file of ${file.size} bytes that the manifest lists');
      }
    }
    return folder;
  }

  Future<List<_Entry>> _manifest(String asset) async {
    final bytes = BytesBuilder(copy: false);
    for (Uint8List piece;
        (piece = await _source.read(asset, bytes.length, _piece)).isNotEmpty;) {
      bytes.add(piece);
    }
    try {
      final json = jsonDecode(utf8.decode(bytes.takeBytes()));
      return [
        for (final file in (json as Map<String, Object?>)['files']! as List)
          _Entry.of(file as Map<String, Object?>)
      ];
    } on FormatException catch (error) {
      throw ArnyDataException('$asset: ${error.message}');
    } on TypeError {
      throw ArnyDataException(
          '$asset: {"files": [{"name": ..., "size": ..., "sha256": ...}]} expected');
    }
  }

  Future<void> _copy(String asset, String path, _Entry file,
      void Function(double share) told) async {
    // The digest that the file had when it got its name: a file of an older app may have the same size.
    final stamp = File('$path.sha256');
    final whole = File(path);
    if (whole.existsSync() &&
        whole.lengthSync() == file.size &&
        stamp.existsSync() &&
        stamp.readAsStringSync() == file.digest) {
      told(1);
      return;
    }
    final part = File('$path.part');
    await part.parent.create(recursive: true);
    if (part.existsSync() && part.lengthSync() > file.size) part.deleteSync();
    await _append(asset, part, file, told);
    final found = await digestOf(part.path);
    if (found != file.digest) {
      part.deleteSync(); // it may be of another version of the app: the next call begins anew
      throw ArnyDataException(
          '$asset has the SHA-256 $found: ${file.digest} expected, as the manifest says');
    }
    if (stamp.existsSync()) stamp.deleteSync();
    part.renameSync(path);
    stamp.writeAsStringSync(file.digest, flush: true);
  }

  Future<void> _append(String asset, File part, _Entry file,
      void Function(double share) told) async {
    RandomAccessFile? out;
    var at = 0;
    try {
      out = await part.open(mode: FileMode.append);
      at = await out.length();
      while (at < file.size) {
        final left = file.size - at;
        final piece =
            await _source.read(asset, at, left < _piece ? left : _piece);
        if (piece.isEmpty) {
          throw ArnyDataException(
              '$asset ends after $at bytes: ${file.size} expected, as the manifest says');
        }
        await out.writeFrom(piece);
        at += piece.length;
        told(at / file.size);
      }
      await out.flush();
    } on FileSystemException catch (error) {
      const noSpace = 28; // ENOSPC
      throw ArnyWriteException(error.osError?.errorCode == noSpace
          ? '${part.path}: the disk is full after $at of ${file.size} bytes: make room, and try again'
          : '${part.path}: ${error.osError?.message ?? error.message}');
    } finally {
      try {
        await out?.close();
      } on FileSystemException {
        // It could not be written either; that was told.
      }
    }
    if ((await _source.read(asset, file.size, 1)).isNotEmpty) {
      throw ArnyDataException(
          '$asset is longer than the ${file.size} bytes that the manifest lists');
    }
  }

  /// What an older version of the app had copied would take room for ever.
  Future<void> _clean(String target, List<_Entry> files) async {
    final known = {
      for (final file in files) ...[
        '$target/${file.name}',
        '$target/${file.name}.sha256'
      ]
    };
    await for (final found in Directory(target).list(recursive: true)) {
      if (found is File && !known.contains(found.path)) await found.delete();
    }
  }
}

final class _Entry {
  _Entry(this.name, this.size, this.digest);

  factory _Entry.of(Map<String, Object?> json) {
    final name = json['name']! as String;
    final digest = (json['sha256']! as String).toLowerCase();
    if (name.startsWith('/') || name.isEmpty || name.split('/').contains('..')) {
      throw FormatException('"$name" leaves the folder');
    }
    if (!RegExp(r'^[0-9a-f]{64}$').hasMatch(digest)) {
      throw FormatException('"$digest" is no SHA-256');
    }
    return _Entry(name, json['size']! as int, digest);
  }

  final String name;
  final int size;
  final String digest;
}
