/// A team of small language models in one memory budget.
///
/// ```dart
/// final team = await Team.open('models/demo');
/// final chat = await team.session();
/// await for (final event in chat.ask('Solve 2x + 5 = 15')) {
///   switch (event) {
///     case Routed(:final agent, :final confidence):
///       stdout.write('[$agent ${(100 * confidence).round()} %] ');
///     case Token(:final text):
///       stdout.write(text);
///     default:
///   }
/// }
/// await chat.close();
/// await team.close();
/// ```
///
/// Nothing here keeps an isolate waiting: what takes longer than a moment is computed on threads of the library or in a helper isolate. The
/// words are those of the C library, whose headers (include/arny/*.h) say of each what it does. What goes wrong is an [ArnyException].
library;

export 'src/errors.dart' hide check, checkIn, exceptionOf;
export 'src/events.dart' hide eventOf;
export 'src/files.dart';
export 'src/library.dart' show Arny;
export 'src/model.dart';
export 'src/sampling.dart' hide fillSampling;
export 'src/session.dart' hide openSession;
export 'src/team.dart';
