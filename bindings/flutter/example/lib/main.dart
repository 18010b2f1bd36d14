import 'dart:async';

import 'package:arny_flutter/arny_flutter.dart';
import 'package:flutter/material.dart';

import 'chat_page.dart';
import 'conversation.dart';
import 'l10n/app_localizations.dart';

void main() => runApp(const ExampleApp());

class ExampleApp extends StatelessWidget {
  const ExampleApp({super.key});

  @override
  Widget build(BuildContext context) => MaterialApp(
        onGenerateTitle: (context) => AppLocalizations.of(context).title,
        localizationsDelegates: AppLocalizations.localizationsDelegates,
        supportedLocales: AppLocalizations.supportedLocales,
        theme: ThemeData(colorSchemeSeed: Colors.teal),
        darkTheme: ThemeData(
            colorSchemeSeed: Colors.teal, brightness: Brightness.dark),
        home: const OpeningPage(),
      );
}

/// Opens the team, and shows how far that is.
class OpeningPage extends StatefulWidget {
  const OpeningPage({super.key});

  @override
  State<OpeningPage> createState() => _OpeningPageState();
}

class _OpeningPageState extends State<OpeningPage> {
  ArnyApp? _app;
  Conversation? _conversation;
  (String, double)? _copying;
  Object? _problem;

  @override
  void didChangeDependencies() {
    super.didChangeDependencies();
    if (_app == null && _problem == null && _copying == null) {
      _copying = ('', 0);
      unawaited(_open(Localizations.localeOf(context).toLanguageTag()));
    }
  }

  Future<void> _open(String language) async {
    try {
      final app = await ArnyApp.open('assets/models',
          language: language, onProgress: (file, share) {
        if (mounted) setState(() => _copying = (file, share));
      });
      if (!mounted) return await app.close();
      setState(() {
        _app = app;
        _conversation = Conversation(app.session.ask, app.team.memory);
      });
    } catch (problem) {
      if (mounted) setState(() => _problem = problem);
    }
  }

  void _again() {
    setState(() {
      _problem = null;
      _copying = ('', 0);
    });
    unawaited(_open(Localizations.localeOf(context).toLanguageTag()));
  }

  @override
  void dispose() {
    final conversation = _conversation, app = _app;
    unawaited(() async {
      await conversation?.dispose();
      await app?.close();
    }());
    super.dispose();
  }

  @override
  Widget build(BuildContext context) {
    final conversation = _conversation, problem = _problem;
    if (conversation != null) return ChatPage(conversation);
    final words = AppLocalizations.of(context);
    final (file, share) = _copying ?? ('', 0.0);
    return Scaffold(
      body: Center(
        child: Padding(
          padding: const EdgeInsets.all(24),
          child: Column(
            mainAxisSize: MainAxisSize.min,
            children: problem == null
                ? [
                    Text(file.isEmpty
                        ? words.opening
                        : words.loading(file, (100 * share).round())),
                    const SizedBox(height: 16),
                    LinearProgressIndicator(value: file.isEmpty ? null : share),
                  ]
                : [
                    Text(words.failed(problem is ArnyException
                        ? '${problem.message}\n${problem.remedy}'
                        : '$problem')),
                    const SizedBox(height: 16),
                    FilledButton(onPressed: _again, child: Text(words.again)),
                  ],
          ),
        ),
      ),
    );
  }
}
