import 'dart:async';

import 'package:arny/arny.dart';

import 'assets.dart';
import 'channel.dart';
import 'lifecycle.dart';

/// A team in an app: its models from assets, its state in the app's own folder, its memory and its sleep as the system
/// wants it.
///
/// Hot restart ends the isolate, and with it what it had opened; the next [open] begins where the files are.
final class ArnyApp {
  ArnyApp._(this.team, this.session, this.lifecycle);

  final Team team;
  final Session session;
  final ArnyLifecycle lifecycle;

  /// [assets]: the folder of assets that has the team.json and a manifest.json, see [ArnyAssets]. Or [folder]: where a
  /// team.json lies, such as one that was downloaded.
  ///
  /// [encrypted]: what is kept on disk is encrypted, with a key that only this device has. [name] and [persist] are
  /// those of the session; [threads], [language] those of the team.
  static Future<ArnyApp> open(
    String? assets, {
    String? folder,
    String? name,
    Persist? persist,
    bool encrypted = false,
    int threads = 0,
    String? language,
    ArnyChannel? channel,
    AssetSource? source,
    void Function(String file, double share)? onProgress,
    void Function(Object error)? onError,
  }) async {
    if ((assets == null) == (folder == null)) {
      throw const ArnyArgumentException(
          'one of assets and folder is wanted: where is the team?');
    }
    final own = channel ?? ArnyChannel();
    final place = folder ??
        await ArnyAssets(source: source ?? AppAssets(own))
            .folder(assets!, onProgress: onProgress);
    final folders = await own.folders();
    // A name that stays the same: on iOS the path of an app changes with each update.
    final kept =
        (assets ?? place.split('/').last).replaceAll(RegExp('[^A-Za-z0-9]+'), '-');
    final team = await Team.open(place,
        threads: threads,
        language: language,
        state: '${folders['support']}/state/$kept',
        key: encrypted ? await own.sessionKey() : null);
    try {
      final session = await team.session(name: name, persist: persist);
      final lifecycle = ArnyLifecycle(team,
          sessions: [session], channel: own, onError: onError)
        ..attach();
      return ArnyApp._(team, session, lifecycle);
    } catch (_) {
      await team.close();
      rethrow;
    }
  }

  Future<void> close() async {
    lifecycle.detach();
    await session.close();
    await team.close();
  }
}
