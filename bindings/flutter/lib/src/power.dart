/// How hot the device is, in the words of iOS.
enum Thermal { nominal, fair, serious, critical }

/// Battery saver and heat. They are hints: the library does not read them. The system slows the processor down by
/// itself; an app that opens its team with fewer threads then is slower at once, and cooler.
final class PowerState {
  const PowerState({required this.lowPower, required this.thermal});

  factory PowerState.of(Map<Object?, Object?> fields) => PowerState(
      lowPower: fields['lowPower'] == true,
      thermal: Thermal.values.firstWhere(
          (thermal) => thermal.name == fields['thermal'],
          orElse: () => Thermal.nominal));

  final bool lowPower;
  final Thermal thermal;

  /// Whether to do with less.
  bool get constrained => lowPower || thermal.index >= Thermal.serious.index;

  /// For `threads` of `Team.open`: 2, or 0, which is the library's own choice.
  int get threads => constrained ? 2 : 0;
}
