// As much of Flutter's widgets as the package names.
enum AppLifecycleState { detached, resumed, inactive, hidden, paused }

mixin class WidgetsBindingObserver {
  void didHaveMemoryPressure() {}
  void didChangeAppLifecycleState(AppLifecycleState state) {}
}

final class WidgetsBinding {
  static final WidgetsBinding instance = WidgetsBinding();

  final List<WidgetsBindingObserver> observers = [];

  void addObserver(WidgetsBindingObserver observer) => observers.add(observer);

  bool removeObserver(WidgetsBindingObserver observer) =>
      observers.remove(observer);
}
