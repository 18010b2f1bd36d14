// Models out of assets: what is interrupted, damaged, or has no room.
import 'dart:convert';
import 'dart:io';
import 'dart:typed_data';

import 'package:arny_flutter/arny_flutter.dart';
import 'package:arny_flutter/src/digest.dart';

import '../bin/manifest.dart' as manifest;
import 'harness.dart';

/// A folder plays the app's package.
final class _Package implements AssetSource {
  _Package(this.folder, {this.inPlace = false, this.breakAt});

  final String folder;
  final bool inPlace;
  int? breakAt;
  int read_ = 0;

  @override
  Future<String?> path(String asset) async => inPlace ? '$folder/$asset' : null;

  @override
  Future<Uint8List> read(String asset, int offset, int length) async {
    final end = breakAt;
    if (end != null && !asset.endsWith('.json') && offset >= end) {
      throw const FormatException('the app was killed');
    }
    final bytes = File('$folder/$asset').readAsBytesSync();
    if (offset >= bytes.length) return Uint8List(0);
    final till = offset + length < bytes.length ? offset + length : bytes.length;
    if (!asset.endsWith('manifest.json')) read_ += till - offset;
    return Uint8List.sublistView(bytes, offset, till);
  }

  @override
  Future<String> support() async => '$folder/support';
}

const _size = (5 << 20) ~/ 2; // two pieces and a half

Future<void> _withPackage(Future<void> Function(_Package package, String models) body) =>
    withFolder({}, (folder) async {
      final models = Directory('$folder/assets/models/sub')..createSync(recursive: true);
      File('${models.parent.path}/a.gguf').writeAsBytesSync(
          Uint8List.fromList(List.generate(_size, (i) => (i * 7) ~/ 3 & 0xff)));
      File('${models.path}/team.txt').writeAsStringSync('hello');
      await manifest.main([models.parent.path]);
      await body(_Package(folder), '$folder/support/models');
    });

void assetsTests() {
  test('the digest is SHA-256', () {
    String of(String text) => (Sha256()..add(utf8.encode(text))).close();
    expect(of(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(of('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(of('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'),
        '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1');
    expect(of('a' * 1000), '41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3');
  });

  test('assets are copied out once', () => _withPackage((package, models) async {
        final shares = <double>[];
        final assets = ArnyAssets(source: package);
        final both = await Future.wait([
          assets.folder('assets/models', onProgress: (_, share) => shares.add(share)),
          assets.folder('assets/models')
        ]);
        expect(both.join(' '), '$models $models');
        expect(package.read_, _size + 5, 'what was read');
        expect(File('$models/sub/team.txt').readAsStringSync(), 'hello');
        expect(File('$models/a.gguf').lengthSync(), _size);
        expect(shares.last, 1.0);
        expect(await assets.folder('assets/models'), models);
        expect(package.read_, _size + 5, 'what was read');
        expect(Directory(models).listSync(recursive: true).any((f) => f.path.endsWith('.part')), false);
      }));

  test('a copy that was interrupted goes on where it was', () => _withPackage((package, models) async {
        final assets = ArnyAssets(source: package);
        package.breakAt = 2 << 20;
        await expectThrows<FormatException>(() => assets.folder('assets/models'));
        expect(File('$models/a.gguf').existsSync(), false);
        expect(File('$models/a.gguf.part').lengthSync(), 2 << 20);
        package.breakAt = null;
        await assets.folder('assets/models');
        expect(package.read_, _size + 5, 'what was read');
        expect(await ArnyAssets.digest('$models/a.gguf'),
            await ArnyAssets.digest('${package.folder}/assets/models/a.gguf'));
      }));

  test('what was half copied of an older app is copied anew', () => _withPackage((package, models) async {
        final assets = ArnyAssets(source: package);
        Directory(models).createSync(recursive: true);
        File('$models/a.gguf.part').writeAsBytesSync(Uint8List(1 << 20));
        await expectThrows<ArnyDataException>(() => assets.folder('assets/models'));
        expect(File('$models/a.gguf.part').existsSync(), false);
        await assets.folder('assets/models');
        File('$models/a.gguf.part').writeAsBytesSync(Uint8List(2 * _size)); // longer than the file
        File('$models/a.gguf').deleteSync();
        await assets.folder('assets/models');
        expect(File('$models/a.gguf').lengthSync(), _size);
      }));

  test('a new version of the same size is copied, and what nobody lists goes', () =>
      _withPackage((package, models) async {
        final assets = ArnyAssets(source: package);
        await assets.folder('assets/models');
        final asset = File('${package.folder}/assets/models/sub/team.txt')..writeAsStringSync('world');
        File('${package.folder}/assets/models/a.gguf').deleteSync();
        await manifest.main(['${package.folder}/assets/models']);
        await assets.folder('assets/models');
        expect(File('$models/sub/team.txt').readAsStringSync(), await asset.readAsString());
        expect(File('$models/a.gguf').existsSync(), false);
        expect(File('$models/a.gguf.sha256').existsSync(), false);
      }));

  test('a wrong digest, a short and a long asset are told, and nothing gets its name', () =>
      _withPackage((package, models) async {
        final assets = ArnyAssets(source: package);
        final asset = File('${package.folder}/assets/models/a.gguf');
        final right = asset.readAsBytesSync();
        Future<void> says(Uint8List bytes, String text) async {
          asset.writeAsBytesSync(bytes);
          final error = await expectThrows<ArnyDataException>(() => assets.folder('assets/models'));
          expect(error.message.contains(text), true, '"${error.message}" has "$text"');
          expect(File('$models/a.gguf').existsSync(), false);
          final part = File('$models/a.gguf.part');
          if (part.existsSync()) part.deleteSync();
        }

        await says(Uint8List.fromList(right)..[9] ^= 1, 'SHA-256');
        await says(right.sublist(0, _size - 1), 'ends after ${_size - 1} bytes');
        await says(Uint8List.fromList([...right, 0]), 'longer than the $_size bytes');
        asset.writeAsBytesSync(right);
        await assets.folder('assets/models');
      }));

  test('a full disk is told, and what is there stays', () => _withPackage((package, models) async {
        if (!File('/dev/full').existsSync()) return; // Linux has a disk that is always full
        Directory(models).createSync(recursive: true);
        final part = Link('$models/a.gguf.part')..createSync('/dev/full');
        final assets = ArnyAssets(source: package);
        final error = await expectThrows<ArnyWriteException>(() => assets.folder('assets/models'));
        expect(error.message.contains('disk is full'), true, error.message);
        part.deleteSync();
        await assets.folder('assets/models');
        expect(File('$models/a.gguf').lengthSync(), _size);
      }));

  test('a bad manifest is told', () => _withPackage((package, _) async {
        final file = File('${package.folder}/assets/models/manifest.json');
        final digest = '0' * 64;
        for (final text in [
          '', '{', '[]', '{}', '{"files": 5}', '{"files": [{"name": "a.gguf"}]}',
          '{"files": [{"name": "../a", "size": 1, "sha256": "$digest"}]}',
          '{"files": [{"name": "/a", "size": 1, "sha256": "$digest"}]}',
          '{"files": [{"name": "a", "size": 1.5, "sha256": "$digest"}]}',
          '{"files": [{"name": "a", "size": 1, "sha256": "abc"}]}',
        ]) {
          file.writeAsStringSync(text);
          await expectThrows<ArnyDataException>(() => ArnyAssets(source: package).folder('assets/models'));
        }
      }));

  test('assets that are files are used where they are', () => _withPackage((package, models) async {
        final phone = _Package(package.folder, inPlace: true);
        final assets = ArnyAssets(source: phone);
        final folder = await assets.folder('assets/models');
        expect(folder, '${package.folder}/assets/models');
        expect(phone.read_, 0);
        File('$folder/a.gguf').writeAsStringSync('cut');
        await expectThrows<ArnyDataException>(() => assets.folder('assets/models'));
        expect(await assets.downloads(), '${package.folder}/support/downloads');
      }));
}
