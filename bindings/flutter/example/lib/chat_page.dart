import 'dart:async';

import 'package:flutter/material.dart';

import 'conversation.dart';
import 'l10n/app_localizations.dart';
import 'memory_chart.dart';

class ChatPage extends StatefulWidget {
  const ChatPage(this.conversation, {super.key});

  final Conversation conversation;

  @override
  State<ChatPage> createState() => _ChatPageState();
}

class _ChatPageState extends State<ChatPage> {
  final TextEditingController _text = TextEditingController();
  final ScrollController _scroll = ScrollController();
  final List<String> _sentences = [];
  late final StreamSubscription<void> _changes;
  late final StreamSubscription<String> _spoken;

  Conversation get _conversation => widget.conversation;

  @override
  void initState() {
    super.initState();
    _changes = _conversation.changes.listen((_) => _show());
    _spoken = _conversation.spoken.listen(_speak);
  }

  /// A bubble grows by tokens; a screen reader that read out each of them would stammer. It reads the live region,
  /// which gets whole sentences; those that come within one frame together.
  void _speak(String sentence) {
    if (_sentences.isEmpty) {
      WidgetsBinding.instance.addPostFrameCallback((_) => _sentences.clear());
    }
    setState(() => _sentences.add(sentence));
  }

  void _show() {
    final atEnd = !_scroll.hasClients ||
        _scroll.position.pixels > _scroll.position.maxScrollExtent - 80;
    setState(() {});
    if (!atEnd) return; // somebody reads further up
    WidgetsBinding.instance.addPostFrameCallback((_) {
      if (_scroll.hasClients) {
        _scroll.jumpTo(_scroll.position.maxScrollExtent);
      }
    });
  }

  void _send() {
    final text = _text.text;
    if (text.trim().isEmpty || _conversation.answering) return;
    _text.clear();
    unawaited(_conversation.send(text));
  }

  @override
  void dispose() {
    unawaited(_changes.cancel());
    unawaited(_spoken.cancel());
    _text.dispose();
    _scroll.dispose();
    super.dispose();
  }

  @override
  Widget build(BuildContext context) {
    final words = AppLocalizations.of(context);
    final loading = _conversation.loading;
    return Scaffold(
      appBar: AppBar(title: Text(words.title)),
      body: SafeArea(
        child: Column(
          children: [
            _MemoryRow(_conversation),
            Semantics(
              liveRegion: true,
              label: _sentences.join(' '),
              child: const SizedBox(width: 1, height: 1),
            ),
            Expanded(
              child: ListView.builder(
                controller: _scroll,
                padding: const EdgeInsets.all(12),
                itemCount: _conversation.exchanges.length,
                itemBuilder: (context, index) =>
                    _ExchangeView(_conversation.exchanges[index]),
              ),
            ),
            if (loading != null) ...[
              LinearProgressIndicator(value: loading.$2),
              Padding(
                padding: const EdgeInsets.all(4),
                child:
                    Text(words.loading(loading.$1, (100 * loading.$2).round())),
              ),
            ],
            Padding(
              padding: const EdgeInsets.all(12),
              child: Row(
                children: [
                  Expanded(
                    child: TextField(
                      controller: _text,
                      decoration: InputDecoration(hintText: words.hint),
                      textInputAction: TextInputAction.send,
                      minLines: 1,
                      maxLines: 4,
                      onSubmitted: (_) => _send(),
                    ),
                  ),
                  _conversation.answering
                      ? IconButton(
                          icon: const Icon(Icons.stop),
                          tooltip: words.cancel,
                          onPressed: () => unawaited(_conversation.cancel()),
                        )
                      : IconButton(
                          icon: const Icon(Icons.send),
                          tooltip: words.send,
                          onPressed: _send,
                        ),
                ],
              ),
            ),
          ],
        ),
      ),
    );
  }
}

class _ExchangeView extends StatelessWidget {
  const _ExchangeView(this.exchange);

  final Exchange exchange;

  @override
  Widget build(BuildContext context) {
    final words = AppLocalizations.of(context);
    final colors = Theme.of(context).colorScheme;
    final agent = exchange.agent, confidence = exchange.confidence;
    final help = exchange.help, error = exchange.error;
    final percent = (100 * (confidence ?? 0)).round();
    return Column(
      crossAxisAlignment: CrossAxisAlignment.start,
      children: [
        Align(
          alignment: AlignmentDirectional.centerEnd,
          child: Semantics(
            label: words.you,
            child: _Bubble(exchange.question, colors.primaryContainer),
          ),
        ),
        if (agent != null)
          Semantics(
            label: confidence == null ? agent : words.badgeLabel(agent, percent),
            excludeSemantics: true,
            child: Chip(
              label: Text(
                  confidence == null ? agent : words.badge(agent, percent)),
            ),
          ),
        if (help != null) _Bubble(help, colors.errorContainer),
        if (exchange.answer.isNotEmpty)
          _Bubble(exchange.answer, colors.surfaceContainerHighest),
        if (exchange.stopped)
          Text(words.stopped, style: Theme.of(context).textTheme.labelSmall),
        if (error != null)
          Semantics(
            liveRegion: true,
            child: _Bubble(words.failed(error), colors.errorContainer),
          ),
      ],
    );
  }
}

class _Bubble extends StatelessWidget {
  const _Bubble(this.text, this.color);

  final String text;
  final Color color;

  @override
  Widget build(BuildContext context) => Container(
        margin: const EdgeInsets.symmetric(vertical: 4),
        padding: const EdgeInsets.all(12),
        decoration: BoxDecoration(
            color: color, borderRadius: BorderRadius.circular(16)),
        child: SelectableText(text),
      );
}

class _MemoryRow extends StatelessWidget {
  const _MemoryRow(this.conversation);

  final Conversation conversation;

  @override
  Widget build(BuildContext context) {
    final resident = conversation.resident;
    if (resident.isEmpty) return const SizedBox.shrink();
    final words = AppLocalizations.of(context);
    final colors = Theme.of(context).colorScheme;
    final megabytes = resident.last ~/ 1000000;
    final budget = conversation.budget ~/ 1000000;
    return Padding(
      padding: const EdgeInsets.symmetric(horizontal: 12),
      child: Row(
        children: [
          Text(budget == 0
              ? words.memory(megabytes)
              : words.memoryOf(megabytes, budget)),
          const SizedBox(width: 12),
          Expanded(
            child: ExcludeSemantics(
              child: SizedBox(
                height: 32,
                child: CustomPaint(
                  painter: MemoryChart(
                    List.of(resident),
                    budget: conversation.budget,
                    line: colors.primary,
                    limit: colors.error,
                  ),
                ),
              ),
            ),
          ),
        ],
      ),
    );
  }
}
