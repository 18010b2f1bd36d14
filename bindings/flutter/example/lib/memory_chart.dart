import 'dart:math';

import 'package:flutter/material.dart';

/// Resident bytes after each answer, and the budget as a line.
class MemoryChart extends CustomPainter {
  MemoryChart(this.resident,
      {required this.budget, required this.line, required this.limit});

  final List<int> resident;

  /// Bytes; 0: none.
  final int budget;
  final Color line;
  final Color limit;

  @override
  void paint(Canvas canvas, Size size) {
    if (resident.isEmpty) return;
    final top = max(budget, resident.reduce(max)).toDouble();
    double height(int bytes) => size.height * (1 - bytes / top);
    final step = size.width / max(1, resident.length - 1);
    final path = Path()..moveTo(0, height(resident.first));
    for (var i = 1; i < resident.length; i++) {
      path.lineTo(i * step, height(resident[i]));
    }
    final paint = Paint()
      ..style = PaintingStyle.stroke
      ..strokeWidth = 2;
    canvas.drawPath(path, paint..color = line);
    if (budget > 0) {
      final y = height(budget);
      canvas.drawLine(Offset(0, y), Offset(size.width, y), paint..color = limit);
    }
  }

  @override
  bool shouldRepaint(MemoryChart old) =>
      old.resident.length != resident.length ||
      old.resident.last != resident.last ||
      old.budget != budget;
}
