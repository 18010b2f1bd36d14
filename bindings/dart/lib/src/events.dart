import 'dart:ffi';

import 'heap.dart';
import 'native.dart';

/// What an answer is made of, in this order: [Routed], [Safety], [Dropped], [Loading] ..., [Ready], [Token] ..., [Done].
sealed class ArnyEvent {
  const ArnyEvent();
}

/// The gateway's decision.
final class Routed extends ArnyEvent {
  const Routed(this.agent, this.confidence, this.scores, this.ms);

  final String agent;

  /// The probability of [agent], 0 to 1.
  final double confidence;

  /// The probability of each agent, and of "none".
  final Map<String, double> scores;

  /// What the decision took.
  final double ms;

  @override
  String toString() => 'Routed($agent, $confidence)';
}

/// The message speaks of danger to life.
final class Safety extends ArnyEvent {
  const Safety(this.confidence, this.text);

  final double confidence;

  /// The team's own text of help, in the app's language; null: it has none.
  final String? text;

  @override
  String toString() => 'Safety($confidence)';
}

/// Old turns left the context to make room.
final class Dropped extends ArnyEvent {
  const Dropped(this.droppedTurns);

  final int droppedTurns;

  @override
  String toString() => 'Dropped($droppedTurns)';
}

/// A model's file is being opened.
final class Loading extends ArnyEvent {
  const Loading(this.model, this.progress);

  final String model;

  /// 0 to 1.
  final double progress;

  @override
  String toString() => 'Loading($model, $progress)';
}

/// Where a ready agent came from: its context was live, its file was open, or its file had to be opened.
enum From { hot, parked, closed }

/// The agent can speak.
final class Ready extends ArnyEvent {
  const Ready(
      this.agent, this.from, this.restoredTokens, this.prefillTokens, this.ms);

  /// Null: one model talks without a team.
  final String? agent;
  final From from;

  /// Tokens whose KV was there already.
  final int restoredTokens;

  /// Tokens that had to be prefilled.
  final int prefillTokens;

  /// From the decision until the first token could be computed.
  final double ms;

  @override
  String toString() => 'Ready($agent, ${from.name}, $restoredTokens restored, '
      '$prefillTokens prefilled)';
}

/// A token of the answer.
final class Token extends ArnyEvent {
  const Token(this.id, this.text);

  /// Its number in the model's vocabulary; -1 for text that was held back until the end.
  final int id;
  final String text;

  @override
  String toString() => 'Token($text)';
}

/// Why an answer ended: the model's end or a stop string, the most tokens, a cancel, a full context, or danger that no agent answers.
enum Reason { stop, length, cancelled, context, safety }

/// The answer is complete.
final class Done extends ArnyEvent {
  const Done(
    this.agent,
    this.reason, {
    required this.promptTokens,
    required this.tokens,
    required this.ttftMs,
    required this.prefillTps,
    required this.decodeTps,
    required this.rss,
    required this.anon,
    required this.written,
  });

  final String? agent;
  final Reason reason;

  /// Tokens of the prompt, restored ones included.
  final int promptTokens;

  /// Tokens generated.
  final int tokens;

  /// From the call to the first token, routing and loading included.
  final double ttftMs;
  final double prefillTps;
  final double decodeTps;

  /// Resident bytes of the process, and how many of them no file backs.
  final int rss;
  final int anon;

  /// Bytes of turns and KV that went to disk since the last answer.
  final int written;

  @override
  String toString() => 'Done($agent, ${reason.name}, $tokens tokens)';
}

/// Of an event that is no error.
ArnyEvent eventOf(arny_event e) {
  switch (e.type) {
    case ARNY_EVENT_TOKEN:
      return Token(e.id, decodeText(e.text, e.text_len) ?? '');
    case ARNY_EVENT_ROUTED:
      return Routed(decodeText(e.agent)!, e.confidence,
          scoresOf(e.scores, e.scores_count), e.ms);
    case ARNY_EVENT_LOADING:
      return Loading(decodeText(e.model) ?? '', e.progress);
    case ARNY_EVENT_READY:
      return Ready(decodeText(e.agent), From.values[e.from - ARNY_FROM_HOT],
          e.restored_tokens, e.prefill_tokens, e.ms);
    case ARNY_EVENT_DROPPED:
      return Dropped(e.dropped_turns);
    case ARNY_EVENT_SAFETY:
      return Safety(e.confidence, decodeText(e.text));
    default:
      return Done(
          decodeText(e.agent), Reason.values[e.reason - ARNY_REASON_STOP],
          promptTokens: e.prompt_tokens,
          tokens: e.tokens,
          ttftMs: e.ttft_ms,
          prefillTps: e.prefill_tps,
          decodeTps: e.decode_tps,
          rss: e.rss,
          anon: e.anon,
          written: e.written);
  }
}

Map<String, double> scoresOf(Pointer<arny_score> scores, int count) => {
      for (var i = 0; i < count; i++)
        decodeText(scores[i].agent)!: scores[i].p,
    };
