// The two chats of docs/flutter.md are those of the example, and work.
import 'dart:io';
import 'dart:typed_data';

import 'package:arny_flutter_example/chat_channel.dart';
import 'package:arny_flutter_example/chat_ffi.dart';
import 'package:flutter/services.dart';

import '../bin/manifest.dart' as manifest;
import 'harness.dart';

const _name = 'com.example.app/executorch';

void docsTests() {
  test('the page shows the chats that are tested', () {
    final here = File.fromUri(Platform.script).parent.parent;
    final page = File('${here.parent.parent.path}/docs/flutter.md').readAsStringSync();
    for (final name in ['chat_ffi', 'chat_channel']) {
      final code = File('${here.path}/example/lib/$name.dart').readAsStringSync();
      expect(page.contains('```dart\n$code```'), true, '$name.dart in docs/flutter.md');
    }
  });

  test('the chat by FFI', () => withFolder({}, (folder) async {
        Directory('$folder/assets/models').createSync(recursive: true);
        writeTeam('$folder/assets/models');
        await manifest.main(['$folder/assets/models']);
        _play(folder, (method, _) => null);
        final chat = FfiChat();
        await chat.open((_) {});
        final shown = StringBuffer();
        await chat.ask('Solve 2x', shown.write);
        await chat.close();
        expect('$shown', 'math, 100 %\nx is 5. That is all.');
      }));

  test('the chat by the channel', () => withFolder({}, (folder) async {
        Directory('$folder/assets/models').createSync(recursive: true);
        writeTeam('$folder/assets/models');
        await manifest.main(['$folder/assets/models']);
        final calls = <String>[];
        _play(folder, (method, given) {
          calls.add(method);
          if (method != 'startText') return null;
          final send = listeners['$_name/events']!;
          for (final fields in [
            {'type': 'routed', 'agent': 'math', 'confidence': 0.98},
            {'type': 'token', 'text': 'x is 5.'},
            {'type': 'done', 'reason': 'stop'}
          ]) {
            send({...fields, 'id': given['id']});
          }
          return true;
        });
        final chat = ChannelChat();
        await chat.open((_) {});
        final shown = StringBuffer();
        await chat.ask('Solve 2x', shown.write);
        await chat.close();
        expect('$shown', 'math, 98 %\nx is 5.');
        expect(calls.join(' '), 'initializeModels startText disposeModels');
      }));
}

/// A native side whose assets are files in [folder]; the rest is [other]'s.
void _play(String folder, Object? Function(String method, Map<Object?, Object?> given) other) {
  natives[_name] = (method, raw) {
    final given = raw as Map<Object?, Object?>? ?? const {};
    switch (method) {
      case 'assetPath':
        return '$folder/${given['asset']}';
      case 'readAsset':
        final bytes = File('$folder/${given['asset']}').readAsBytesSync();
        return given['offset'] == 0 ? bytes : Uint8List(0);
      case 'folders':
        return {'support': '$folder/support', 'cache': '$folder/cache'};
      default:
        return other(method, given);
    }
  };
}
