import 'dart:ffi';

import 'answer.dart';
import 'errors.dart';
import 'events.dart';
import 'handle.dart';
import 'heap.dart';
import 'library.dart';
import 'native.dart';
import 'sampling.dart';

/// Where a session's KV and turns are kept: nowhere, in memory, on disk.
enum Persist { none, memory, disk }

/// What was asked and answered.
final class Turn {
  const Turn(this.agent, this.user, this.reply);

  final String agent;
  final String user;
  final String reply;

  @override
  String toString() => 'Turn($agent: $user -> $reply)';
}

/// A conversation with a team: `team.session()`.
final class Session {
  Session._(this.name, int address)
      : _handle = Handle('session', address, 'arny_session_drop', _free);

  final String name;
  final Handle _handle;

  bool get isClosed => _handle.isClosed;

  /// The answer to a message, which begins when the stream is listened to. [agent]: this one answers, and nothing is routed. Cancelling
  /// the subscription cancels the answer; what was spoken until then is kept as a turn.
  Stream<ArnyEvent> ask(String text,
          {String? agent, int maxTokens = 0, Sampling? sampling}) =>
      answer((heap, out, receiver, data) => _handle.use((address) {
            final options =
                heap.bytes<arny_ask_options>(sizeOf<arny_ask_options>());
            options.ref
              ..size = sizeOf<arny_ask_options>()
              ..agent = heap.text(agent, 'agent')
              ..max_tokens = int32(maxTokens, 'maxTokens')
              ..sampling = fillSampling(heap, sampling);
            return native.arny_session_post(out, Pointer.fromAddress(address),
                heap.text(text, 'the text'), options, receiver, data);
          }));

  /// Stops all answers of this session that are running or queued. They still end, with [Reason.cancelled].
  void cancel() => _handle.use(_cancel);

  /// From now on this agent answers, and nothing is routed; null: the gateway decides again.
  void use(String? agent) => _handle.use((address) => withHeap((heap) => check(
      native.arny_session_use(
          Pointer.fromAddress(address), heap.text(agent, 'agent')))));

  /// Who answered last.
  String? get agent => _handle.use((address) => decodeText(
      native.arny_session_agent(Pointer<arny_session>.fromAddress(address))));

  /// What was said so far, oldest first.
  List<Turn> get turns => _handle.use((address) {
        final turns = <Turn>[];
        final visit = NativeCallable<
                Int Function(Pointer<arny_turn>, Pointer<Void>)>.isolateLocal(
            (Pointer<arny_turn> turn, Pointer<Void> _) {
          turns.add(Turn(decodeText(turn.ref.agent)!,
              decodeText(turn.ref.user)!, decodeText(turn.ref.reply)!));
          return 0;
        }, exceptionalReturn: 1);
        try {
          check(native.arny_session_each_turn(
              Pointer<arny_session>.fromAddress(address),
              visit.nativeFunction,
              nullptr));
        } finally {
          visit.close();
        }
        return turns;
      });

  /// Forgets all turns, on disk too.
  Future<void> clear() => _handle.useLater(_clear);

  static Future<void> _clear(int address) => inBackground(() => check(
      native.arny_session_clear(Pointer<arny_session>.fromAddress(address))));

  static void _cancel(int address) =>
      native.arny_session_cancel(Pointer<arny_session>.fromAddress(address));

  /// Cancels its answers and frees it. What is kept on disk is there when the future is complete.
  Future<void> close() {
    if (!isClosed) cancel();
    return _handle.close();
  }

  static void _free(int address) =>
      native.arny_session_free(Pointer<arny_session>.fromAddress(address));
}

/// Opens a session of the team at that address.
Future<Session> openSession(int team, String? name, Persist? persist) async {
  final (address, own) = await inBackground(() => withHeap((heap) {
        final out = heap.bytes<Pointer<arny_session>>(sizeOf<Pointer<Void>>());
        final options =
            heap.bytes<arny_session_options>(sizeOf<arny_session_options>());
        options.ref
          ..size = sizeOf<arny_session_options>()
          ..persist = persist == null ? 0 : persist.index + ARNY_PERSIST_NONE;
        check(native.arny_session_open_with(out, Pointer.fromAddress(team),
            heap.text(name, 'the name'), options));
        return (
          out.value.address,
          decodeText(native.arny_session_name(out.value))!
        );
      }));
  return Session._(own, address);
}
