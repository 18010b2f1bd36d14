/// Makes sentences of tokens, for screen readers: one that read out each token would stammer.
///
/// ```dart
/// for (final sentence in announcer.add(token.text)) spoken.add(sentence); // what a live region shows
/// ```
final class SentenceAnnouncer {
  final StringBuffer _text = StringBuffer();

  static final RegExp _end = RegExp(
      // ., ! or ? with what closes after it and a blank; the full stops of Chinese and Japanese need none
      '''[.!?\u2026]+["')\\]\u00bb\u201d\u2019]*\\s|[\u3002\uff01\uff1f]+["')\\]\u00bb\u201d\u300d]*|\\n''');

  // "1." of a list, "e.g.", "J. Smith": no sentence ends there.
  static final RegExp _noEnd =
      RegExp(r'^\s*\d+\.\s$|\.[A-Za-z]\.\s$|(^|\s)[A-Z]\.\s$');

  /// The sentences that are complete now.
  List<String> add(String text) {
    _text.write(text);
    final all = _text.toString();
    final found = <String>[];
    var from = 0;
    for (final match in _end.allMatches(all)) {
      final sentence = all.substring(from, match.end);
      if (_noEnd.hasMatch(sentence)) continue;
      from = match.end;
      if (sentence.trim().isNotEmpty) found.add(sentence.trim());
    }
    _text
      ..clear()
      ..write(all.substring(from));
    return found;
  }

  /// What is left when the answer has ended; null: nothing.
  String? end() {
    final rest = _text.toString().trim();
    _text.clear();
    return rest.isEmpty ? null : rest;
  }
}
