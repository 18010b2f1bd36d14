import 'heap.dart';
import 'library.dart';
import 'native.dart';

/// What the library refuses or fails at: one class for each code of `enum arny_status`.
sealed class ArnyException implements Exception {
  const ArnyException(this.message);

  /// One sentence that says what is wrong, where, and what would be right.
  final String message;

  /// The C library's number, below 0.
  int get code;

  /// Its short name: "argument", "not-found", ...
  String get status;

  /// What helps against such an error in general.
  String get remedy => decodeText(native.arny_status_remedy(code)) ?? '';

  @override
  String toString() => '$runtimeType: $message';
}

/// The caller's mistake: out of range, a name that does not exist, something that is closed.
final class ArnyArgumentException extends ArnyException {
  const ArnyArgumentException(super.message);
  @override
  int get code => ARNY_E_ARGUMENT;
  @override
  String get status => 'argument';
}

/// No such file or folder.
final class ArnyNotFoundException extends ArnyException {
  const ArnyNotFoundException(super.message);
  @override
  int get code => ARNY_E_NOT_FOUND;
  @override
  String get status => 'not-found';
}

/// A file, a message or a team that is not what it should be.
final class ArnyDataException extends ArnyException {
  const ArnyDataException(super.message);
  @override
  int get code => ARNY_E_DATA;
  @override
  String get status => 'data';
}

/// The system gave no memory.
final class ArnyMemoryException extends ArnyException {
  const ArnyMemoryException(super.message);
  @override
  int get code => ARNY_E_MEMORY;
  @override
  String get status => 'memory';
}

/// It would not fit the team's budget now.
final class ArnyBudgetException extends ArnyException {
  const ArnyBudgetException(super.message);
  @override
  int get code => ARNY_E_BUDGET;
  @override
  String get status => 'budget';
}

/// Reading failed.
final class ArnyIoException extends ArnyException {
  const ArnyIoException(super.message);
  @override
  int get code => ARNY_E_IO;
  @override
  String get status => 'io';
}

/// Creating, writing or renaming failed.
final class ArnyWriteException extends ArnyException {
  const ArnyWriteException(super.message);
  @override
  int get code => ARNY_E_WRITE;
  @override
  String get status => 'write';
}

/// This build or this engine cannot do it.
final class ArnyUnsupportedException extends ArnyException {
  const ArnyUnsupportedException(super.message);
  @override
  int get code => ARNY_E_UNSUPPORTED;
  @override
  String get status => 'unsupported';
}

/// Stopped by a cancel.
final class ArnyCancelledException extends ArnyException {
  const ArnyCancelledException(super.message);
  @override
  int get code => ARNY_E_CANCELLED;
  @override
  String get status => 'cancelled';
}

/// The text is longer than the context of the model.
final class ArnyContextException extends ArnyException {
  const ArnyContextException(super.message);
  @override
  int get code => ARNY_E_CONTEXT;
  @override
  String get status => 'context';
}

/// It is in use in a way that cannot be queued.
final class ArnyBusyException extends ArnyException {
  const ArnyBusyException(super.message);
  @override
  int get code => ARNY_E_BUSY;
  @override
  String get status => 'busy';
}

/// The engine under the library failed; the log has its words.
final class ArnyEngineException extends ArnyException {
  const ArnyEngineException(super.message);
  @override
  int get code => ARNY_E_ENGINE;
  @override
  String get status => 'engine';
}

/// The exception of a status.
ArnyException exceptionOf(int status, String message) => switch (status) {
      ARNY_E_ARGUMENT => ArnyArgumentException(message),
      ARNY_E_NOT_FOUND => ArnyNotFoundException(message),
      ARNY_E_DATA => ArnyDataException(message),
      ARNY_E_MEMORY => ArnyMemoryException(message),
      ARNY_E_BUDGET => ArnyBudgetException(message),
      ARNY_E_IO => ArnyIoException(message),
      ARNY_E_WRITE => ArnyWriteException(message),
      ARNY_E_UNSUPPORTED => ArnyUnsupportedException(message),
      ARNY_E_CANCELLED => ArnyCancelledException(message),
      ARNY_E_CONTEXT => ArnyContextException(message),
      ARNY_E_BUSY => ArnyBusyException(message),
      _ => ArnyEngineException(message),
    };

/// Throws what a call of this thread has failed with.
void checkIn(ArnyLibrary library, int status) {
  if (status < 0) {
    throw exceptionOf(status, decodeText(library.arny_last_error()) ?? '');
  }
}

/// The same for a call of this isolate's own library.
void check(int status) => checkIn(native, status);
