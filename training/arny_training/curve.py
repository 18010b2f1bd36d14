"""The loss curve as SVG: the loss of each step, faint; its running mean; and the loss on conversations that are not trained on."""

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 320, 56, 34, 16, 40


def running_mean(values, reach=20):
    total, means = 0.0, []
    for i, value in enumerate(values):
        total += value - (values[i - reach] if i >= reach else 0)
        means.append(total / min(i + 1, reach))
    return means


def svg(title, steps, held):
    """steps: [loss] of step 1, 2, ...; held: [(step, loss)]."""
    if not steps:
        return ""
    highest = max(running_mean(steps)[min(len(steps) - 1, 3):] + [loss for _, loss in held])
    highest = max(highest * 1.05, 0.1)

    def x(step):
        return LEFT + (WIDTH - LEFT - RIGHT) * step / max(len(steps), 1)

    def y(loss):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(loss, highest) / highest

    def line(points, style):
        return f'<polyline fill="none" {style} points="{" ".join(f"{x(s):.1f},{y(v):.1f}" for s, v in points)}"/>'

    numbered = list(enumerate(steps, 1))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/><text x="{LEFT}" y="20" font-size="14">{title}</text>']
    for i in range(5):
        value = highest * i / 4
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#ddd"/>'
                     f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.2f}</text>')
    for i in range(5):
        step = round(len(steps) * i / 4)
        parts.append(f'<text x="{x(step):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{step}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 6}" text-anchor="middle">steps; loss in nats a token that the assistant says</text>')
    parts.append(line(numbered, 'stroke="#9bb8d8" stroke-width="0.7"'))
    parts.append(line(list(zip(range(1, len(steps) + 1), running_mean(steps))), 'stroke="#1f5fa8" stroke-width="2"'))
    if held:
        parts.append(line(held, 'stroke="#c0392b" stroke-width="2" stroke-dasharray="5 3"'))
        parts += [f'<circle cx="{x(s):.1f}" cy="{y(v):.1f}" r="3" fill="#c0392b"/>' for s, v in held]
        parts.append(f'<text x="{WIDTH - RIGHT}" y="20" text-anchor="end" fill="#c0392b">not trained on: {held[-1][1]:.3f}</text>')
    parts.append("</svg>")
    return "\n".join(parts) + "\n"
