import 'dart:ffi';
import 'dart:isolate';
import 'dart:typed_data';

import 'errors.dart';
import 'events.dart';
import 'handle.dart';
import 'heap.dart';
import 'library.dart';
import 'native.dart';
import 'sampling.dart';
import 'session.dart';

/// One of a team.
final class Agent {
  const Agent(this.name, this.description);

  final String name;
  final String description;
}

/// Who should answer.
final class Decision {
  const Decision(
      this.agent, this.confidence, this.scores, this.danger, this.ms);

  /// An agent's name, or "none".
  final String agent;

  /// Its probability, 0 to 1.
  final double confidence;

  /// Of each agent, and of "none".
  final Map<String, double> scores;

  /// The probability that the message speaks of danger to life; -1: the gateway does not tell.
  final double danger;
  final double ms;

  @override
  String toString() => 'Decision($agent, $confidence)';
}

/// The state of an agent's model.
enum ModelState { closed, parked, open }

/// What one agent has in memory; bytes.
final class AgentMemory {
  const AgentMemory(this.agent, this.model, this.state,
      {required this.weights,
      required this.context,
      required this.snapshot,
      required this.contextTokens,
      required this.resident});

  final String agent;
  final String model;
  final ModelState state;
  final int weights;
  final int context;
  final int snapshot;
  final int contextTokens;
  final int resident;
}

/// What is in memory now; bytes. See `arny_memory` in arny/team.h.
final class Memory {
  const Memory(
      {required this.rss,
      required this.anon,
      required this.peak,
      required this.budget,
      required this.file,
      required this.left,
      required this.agents});

  final int rss;
  final int anon;
  final int peak;
  final int budget;
  final int file;
  final int left;
  final List<AgentMemory> agents;
}

/// What one agent will take; bytes.
final class AgentEstimate {
  const AgentEstimate(this.agent,
      {required this.weights,
      required this.kv,
      required this.compute,
      required this.adapter});

  final String agent;
  final int weights;
  final int kv;
  final int compute;
  final int adapter;
}

/// What a team will take, told from its files alone; bytes.
final class Estimate {
  const Estimate(
      {required this.peak,
      required this.budget,
      required this.fits,
      required this.agents});

  final int peak;
  final int budget;
  final bool fits;
  final List<AgentEstimate> agents;
}

/// How short of memory the system is.
enum Pressure { none, low, critical }

/// Agents, a gateway, and the memory that they share.
final class Team {
  Team._(this.path, int address, this.plan, this.engine, this.budget,
      List<(String, String)> agents)
      : agents = [for (final (name, about) in agents) Agent(name, about)],
        _handle = Handle('team', address, 'arny_team_drop', _free);

  final String path;

  /// "monolith", "hybrid", "adapters".
  final String plan;

  /// "gguf", "pte", "fake".
  final String engine;

  /// Bytes; 0: none was set.
  final int budget;
  final List<Agent> agents;
  final Handle _handle;

  bool get isClosed => _handle.isClosed;

  /// Opens the team in a folder with a team.json. Models are opened when they are needed.
  ///
  /// [budget]: bytes; [language]: of the app, such as "pt-BR"; [state]: a folder for what is kept on disk; [key]: 32 bytes that encrypt it;
  /// [watch]: obey the system's own signs of memory pressure.
  static Future<Team> open(
    String path, {
    String? engine,
    int budget = 0,
    int threads = 0,
    String? language,
    String? state,
    Uint8List? key,
    bool watch = false,
  }) async {
    if (key != null && key.length != 32) {
      throw ArnyArgumentException(
          'the key has ${key.length} bytes: 32 expected');
    }
    return _opened(
        path,
        await inBackground(() => withHeap((heap) {
              final out =
                  heap.bytes<Pointer<arny_team>>(sizeOf<Pointer<Void>>());
              final options =
                  heap.bytes<arny_team_options>(sizeOf<arny_team_options>());
              options.ref
                ..size = sizeOf<arny_team_options>()
                ..engine = heap.text(engine, 'engine')
                ..budget = budget
                ..threads = int32(threads, 'threads')
                ..language = heap.text(language, 'language')
                ..state = heap.text(state, 'state')
                ..watch = watch ? 1 : 0;
              if (key != null) {
                options.ref.key = heap.bytes<Uint8>(key.length)
                  ..asTypedList(key.length).setAll(0, key);
              }
              check(native.arny_team_open(
                  out, heap.text(path, 'the path'), options));
              return _describe(out.value);
            })));
  }

  /// A team of one: a model file, an agent called "assistant", no gateway.
  static Future<Team> ofModel(String path,
          {String? system,
          String? chat,
          int context = 0,
          int threads = 0}) async =>
      _opened(
          path,
          await inBackground(() => withHeap((heap) {
                final out =
                    heap.bytes<Pointer<arny_team>>(sizeOf<Pointer<Void>>());
                final options = heap
                    .bytes<arny_model_options>(sizeOf<arny_model_options>());
                options.ref
                  ..size = sizeOf<arny_model_options>()
                  ..chat = heap.text(chat, 'chat')
                  ..context = int32(context, 'context')
                  ..threads = int32(threads, 'threads');
                check(native.arny_team_open_model(
                    out,
                    heap.text(path, 'the path'),
                    options,
                    heap.text(system, 'the system message')));
                return _describe(out.value);
              })));

  static Team _opened(
      String path, (int, String, String, int, List<(String, String)>) team) {
    final (address, plan, engine, budget, agents) = team;
    return Team._(path, address, plan, engine, budget, agents);
  }

  static (int, String, String, int, List<(String, String)>) _describe(
          Pointer<arny_team> team) =>
      (
        team.address,
        decodeText(native.arny_team_plan(team))!,
        decodeText(native.arny_team_engine(team))!,
        native.arny_team_budget(team),
        [
          for (var i = 0; i < native.arny_team_agent_count(team); i++)
            (
              decodeText(native.arny_team_agent_name(team, i))!,
              decodeText(native.arny_team_agent_description(team, i))!
            )
        ]
      );

  /// A conversation. [persist]: where it is kept; null: as team.json says.
  Future<Session> session({String? name, Persist? persist}) =>
      _handle.useLater((address) => openSession(address, name, persist));

  /// Who should answer the message; [before]: what the user has said so far, oldest first.
  Future<Decision> route(String message, {List<String> before = const []}) =>
      _handle.useLater((address) => _route(address, [...before, message]));

  static Future<Decision> _route(int address, List<String> turns) =>
      inBackground(() => withHeap((heap) {
            final out =
                heap.bytes<Pointer<arny_decision>>(sizeOf<Pointer<Void>>());
            check(native.arny_team_route_turns(
                out,
                Pointer.fromAddress(address),
                heap.texts(turns, 'the message'),
                turns.length));
            final decision = out.value;
            try {
              return Decision(
                  decodeText(native.arny_decision_agent(decision))!,
                  native.arny_decision_confidence(decision),
                  scoresOf(native.arny_decision_scores(decision),
                      native.arny_decision_count(decision)),
                  native.arny_decision_danger(decision),
                  native.arny_decision_ms(decision));
            } finally {
              native.arny_decision_free(decision);
            }
          }));

  /// Makes everybody ready who fits the budget. [onProgress] hears 0 to 1.
  Future<void> warm({void Function(double progress)? onProgress}) =>
      _withProgress(onProgress, null);

  /// Opens the agent's model and prefills its role prompt, taking memory from others where that must be.
  Future<void> preload(String agent,
          {void Function(double progress)? onProgress}) =>
      _withProgress(onProgress, agent);

  Future<void> _withProgress(
      void Function(double progress)? onProgress, String? agent) async {
    final port = ReceivePort();
    if (onProgress != null) {
      port.listen((share) => onProgress(share as double));
    }
    try {
      await _handle
          .useLater((address) => _prepare(address, agent, port.sendPort));
    } finally {
      port.close();
    }
  }

  static Future<void> _prepare(int address, String? agent, SendPort port) =>
      inBackground(() => withHeap((heap) {
            final callback =
                NativeCallable<arny_progress_callback>.isolateLocal(
                    (double share, Pointer<Void> _) {
              port.send(share);
              return 0;
            }, exceptionalReturn: 0);
            try {
              final team = Pointer<arny_team>.fromAddress(address);
              check(agent == null
                  ? native.arny_team_warm(
                      team, callback.nativeFunction, nullptr)
                  : native.arny_agent_preload(team, heap.text(agent, 'agent'),
                      callback.nativeFunction, nullptr));
            } finally {
              callback.close();
            }
          }));

  // ---- memory

  /// What is in memory now.
  Future<Memory> memory() => _handle.useLater((address) => _memory(address, agents.length + 1));

  static Future<Memory> _memory(int address, int most) =>
      inBackground(() => withHeap((heap) {
            final total = heap.bytes<arny_memory>(sizeOf<arny_memory>());
            final rows =
                heap.bytes<arny_agent_memory>(most * sizeOf<arny_agent_memory>());
            final count = heap.bytes<Size>(sizeOf<Size>());
            total.ref.size = sizeOf<arny_memory>();
            check(native.arny_team_memory(
                total, rows, most, count, Pointer.fromAddress(address)));
            return Memory(
                rss: total.ref.rss,
                anon: total.ref.anon,
                peak: total.ref.peak,
                budget: total.ref.budget,
                file: total.ref.file,
                left: total.ref.left,
                agents: [
                  for (var i = 0; i < count.value; i++)
                    AgentMemory(decodeText(rows[i].agent)!,
                        decodeText(rows[i].model)!,
                        ModelState.values[rows[i].state],
                        weights: rows[i].weights,
                        context: rows[i].context,
                        snapshot: rows[i].snapshot,
                        contextTokens: rows[i].context_tokens,
                        resident: rows[i].resident)
                ]);
          }));

  /// What the team will take, told from its files alone.
  Future<Estimate> estimate() => _handle
      .useLater((address) => _estimate(address, agents.length + 1));

  static Future<Estimate> _estimate(int address, int most) =>
      inBackground(() => withHeap((heap) {
            final total =
                heap.bytes<arny_team_estimate>(sizeOf<arny_team_estimate>());
            final rows = heap
                .bytes<arny_agent_estimate>(most * sizeOf<arny_agent_estimate>());
            final count = heap.bytes<Size>(sizeOf<Size>());
            total.ref.size = sizeOf<arny_team_estimate>();
            check(native.arny_team_estimate_memory(
                total, rows, most, count, Pointer.fromAddress(address)));
            return Estimate(
                peak: total.ref.peak,
                budget: total.ref.budget,
                fits: total.ref.fits != 0,
                agents: [
                  for (var i = 0; i < count.value; i++)
                    AgentEstimate(decodeText(rows[i].agent)!,
                        weights: rows[i].weights,
                        kv: rows[i].kv,
                        compute: rows[i].compute,
                        adapter: rows[i].adapter)
                ]);
          }));

  /// The system is short of memory. An answer that is running goes on.
  Future<void> pressure(Pressure level) =>
      _handle.useLater((address) => _pressure(address, level.index));

  static Future<void> _pressure(int address, int level) =>
      inBackground(() => check(native.arny_team_pressure(
          Pointer<arny_team>.fromAddress(address), level)));

  /// The app goes to the background: KV is written, memory and file locks are let go. Everything stays usable. See `arny_team_suspend`.
  Future<void> suspend() => _handle.useLater(_suspend);

  static Future<void> _suspend(int address) => inBackground(() => check(
      native.arny_team_suspend(Pointer<arny_team>.fromAddress(address))));

  // ---- agents

  /// It is likely to be asked next.
  void expect(String agent) => _handle.use((address) => withHeap((heap) =>
      check(native.arny_team_expect(
          Pointer.fromAddress(address), heap.text(agent, 'agent')))));

  /// A pinned agent keeps its model and context once it has them.
  Future<void> pin(String agent, {bool pinned = true}) =>
      _handle.useLater((address) => _pin(address, agent, pinned));

  static Future<void> _pin(int address, String agent, bool pinned) =>
      inBackground(() => withHeap((heap) => check(native.arny_agent_pin(
          Pointer.fromAddress(address),
          heap.text(agent, 'agent'),
          pinned ? 1 : 0))));

  /// Frees its context and closes its model where nobody else uses it.
  Future<void> unload(String agent) =>
      _handle.useLater((address) => _unload(address, agent));

  static Future<void> _unload(int address, String agent) =>
      inBackground(() => withHeap((heap) => check(native.arny_agent_unload(
          Pointer.fromAddress(address), heap.text(agent, 'agent')))));

  // ---- what is kept on disk

  /// Names of the sessions that are kept on disk.
  Future<List<String>> sessions() => _handle.useLater(_sessions);

  static Future<List<String>> _sessions(int address) => inBackground(() {
        final names = <String>[];
        final visit =
            NativeCallable<Int Function(Pointer<Char>, Pointer<Void>)>.isolateLocal(
                (Pointer<Char> name, Pointer<Void> _) {
          names.add(decodeText(name)!);
          return 0;
        }, exceptionalReturn: 1);
        try {
          check(native.arny_session_each(
              Pointer<arny_team>.fromAddress(address), visit.nativeFunction, nullptr));
        } finally {
          visit.close();
        }
        return names..sort();
      });

  /// Nothing of that session stays, open or not, in memory or on disk.
  Future<void> forget(String name) =>
      _handle.useLater((address) => _forget(address, name));

  static Future<void> _forget(int address, String name) =>
      inBackground(() => withHeap((heap) => check(native.arny_session_forget(
          Pointer.fromAddress(address), heap.text(name, 'the name')))));

  /// Frees it, once the last session on it is closed too: the order does not matter.
  Future<void> close() => _handle.close();

  static void _free(int address) =>
      native.arny_team_free(Pointer<arny_team>.fromAddress(address));
}
