// Writes the manifest of a folder of models, for ArnyAssets: dart run arny_flutter:manifest assets/models
import 'dart:convert';
import 'dart:io';

import 'package:arny_flutter/src/digest.dart';

Future<void> main(List<String> arguments) async {
  if (arguments.length != 1 || !Directory(arguments.single).existsSync()) {
    stderr.writeln('which folder? such as assets/models');
    exitCode = 2;
    return;
  }
  final folder = Directory(arguments.single);
  final files = [
    for (final file in folder.listSync(recursive: true))
      if (file is File)
        file.path.substring(folder.path.length + 1).replaceAll(r'\', '/')
  ]..sort();
  final manifest = {
    'files': [
      for (final name in files)
        if (name != 'manifest.json')
          {
            'name': name,
            'size': File('${folder.path}/$name').lengthSync(),
            'sha256': await digestOf('${folder.path}/$name'),
          }
    ]
  };
  File('${folder.path}/manifest.json').writeAsStringSync(
      '${const JsonEncoder.withIndent('  ').convert(manifest)}\n');
}
