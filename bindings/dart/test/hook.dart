// hook/build.dart, given what an SDK with build hooks would give it.
import 'dart:convert';
import 'dart:io';

import '../hook/build.dart' as hook;
import 'harness.dart';

Map<String, Object?> run(String folder, {Object? types, Object? defines}) {
  final input = File('$folder/input.json')
    ..writeAsStringSync(jsonEncode({
      'config': {
        'build_asset_types': types ?? ['code_assets/code'],
        'linking_enabled': false,
        'extensions': {
          'code_assets': {'target_os': 'linux', 'target_architecture': 'x64', 'link_mode_preference': 'dynamic'}
        },
      },
      if (defines != null) 'user_defines': {'workspace_pubspec': {'base_path': folder, 'defines': defines}},
      'out_file': '$folder/out/output.json',
      'package_name': 'arny',
      'package_root': folder,
    }));
  hook.main(['--config=${input.path}']);
  return jsonDecode(File('$folder/out/output.json').readAsStringSync()) as Map<String, Object?>;
}

void hooks() {
  test('the build hook bundles the library that is there', () => withFolder({'own.so': ''}, (folder) async {
        expect(jsonEncode(run(folder)['assets']), '[]');
        File('$folder/native/linux-x64/libarny.so').createSync(recursive: true);
        final output = run(folder);
        expect(output['status'], 'success');
        expect(jsonEncode(output['assets']),
            '[{"type":"code_assets/code","encoding":{"id":"package:arny/arny","file":"$folder/native/linux-x64/libarny.so","link_mode":{"type":"dynamic_loading_bundle"}}}]');
        expect(jsonEncode(output['dependencies']), '["$folder/native/linux-x64/libarny.so"]');
        expect(jsonEncode(run(folder, defines: {'library': 'own.so'})['dependencies']), '["$folder/own.so"]');
        expect(jsonEncode(run(folder, types: ['data_assets/data'])['assets']), '[]');
      }));
}
